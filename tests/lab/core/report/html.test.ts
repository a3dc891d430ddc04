import { describe, expect, test } from 'vitest';
import { Html, html, htmlTable, inlineSvg } from '../../../../src/lab/core/report/html.ts';

describe('html', () => {
  test('escapes every value, in text and in attributes', () => {
    expect(html`<p title="${`"'`}">${'<script>&'}</p>`.text).toBe(
      '<p title="&quot;&#39;">&lt;script&gt;&amp;</p>',
    );
  });

  test('leaves HTML as it is, and joins lists', () => {
    expect(html`<ul>${['<', '>'].map((item) => html`<li>${item}</li>`)}</ul>${new Html('<hr>')}`.text).toBe(
      '<ul><li>&lt;</li><li>&gt;</li></ul><hr>',
    );
  });

  test('writes numbers, zero too, and nothing for undefined and false', () => {
    expect(html`${0}${undefined}${false}${1.5}`.text).toBe('01.5');
  });

  test('replaces what no HTML page may hold', () => {
    expect(html`${'a\u0000b\u0007c\ud800d\uffffe\u0085f\tg\nh'}`.text).toBe(
      'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\tg\nh',
    );
  });
});

describe('inlineSvg', () => {
  const svg =
    '<?xml version="1.0" encoding="utf-8" ?>\n<svg xmlns="x" width="900" height="560">\n\t<clipPath id="c1"/>\n\t<g clip-path="url(#c1)"/>\n\t<use href="#c1"/>\n</svg>\n';

  test('has no prologue, a view box for a size, and a label', () => {
    const { text } = inlineSvg(svg, 'f1-', 'a "figure"');
    expect(text).toMatch(
      /^<svg role="img" aria-label="a &quot;figure&quot;" viewBox="0 0 900 560" [^>]*>\n[\s\S]*<\/svg>$/,
    );
    expect(text).not.toMatch(/<svg[^>]* (width|height)=/);
  });

  test('has ids of its own, and what refers to them', () => {
    const { text } = inlineSvg(svg, 'f1-', '');
    expect(text).toContain('id="f1-c1"');
    expect(text).toContain('url(#f1-c1)');
    expect(text).toContain('href="#f1-c1"');
  });
});

test('a table has its caption, headers for columns and rows, and its notes', () => {
  const { text } = htmlTable({ caption: 'A & B', head: ['', 'n'], rows: [['<x>', '1']], notes: ['note'] });
  expect(text).toContain('<caption>A &amp; B</caption>');
  expect(text).toContain('<th scope="col">n</th>');
  expect(text).toContain('<tr><th scope="row">&lt;x&gt;</th><td>1</td></tr>');
  expect(text).toContain('<p class="note">note</p>');
  expect(htmlTable({ caption: '', head: [''], rows: [], notes: [] }).text).not.toContain('caption');
});
