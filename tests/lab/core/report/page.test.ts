import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resultFor } from '../../../../src/lab/core/experiments/experiment.ts';
import { figureOf } from '../../../../src/lab/core/figures/index.ts';
import { inlineSvg } from '../../../../src/lab/core/report/html.ts';
import { takeInventory } from '../../../../src/lab/core/report/inventory.ts';
import { type Report, reportPage, summary } from '../../../../src/lab/core/report/page.ts';
import { hashConfig, type Json, type Result, writeResult } from '../../../../src/lab/core/runs/result.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { makeFolders } from '../../../../src/store/atomic.ts';
import { ranOtherwise } from '../runs/sample.ts';
import { paperResult, torchResult } from './paper.ts';

const root = mkdtempSync(join(tmpdir(), 'umbra-page-'));
afterAll(() => rmSync(root, { recursive: true }));

function report(directory: string, commit: string | null = null): Report {
  return reportPage(takeInventory(experiments, directory), {
    catalogue: experiments,
    directory,
    costOf: ({ name }, preset) => `cost of ${name} ${preset}`,
    commit,
  });
}

const withConfig = (result: Result, config: Record<string, Json>): Result => ({
  ...result,
  config,
  configHash: hashConfig(config),
});

const hostile = '<script>alert("&")</script>';

const good = join(root, 'good');
const bad = join(root, 'bad');
const empty = join(root, 'empty');
let page: Report;
let troubled: Report;

beforeAll(() => {
  for (const folder of [good, bad, empty]) makeFolders(join(folder, 'peers'));
  writeResult(join(good, 'mnist-paper.json'), ranOtherwise(paperResult(), { commit: 'c0ffee' }));
  writeResult(join(good, 'peers', 'mnist-paper-torch.json'), torchResult());
  page = report(good, 'abc123');

  const stale = withConfig(paperResult(), { ...paperResult().config, batch: 512 });
  writeResult(join(bad, 'mnist-paper.json'), ranOtherwise(stale, { machine: { cpu: hostile, threads: 1 } }));
  const custom = { ...paperResult().config, preset: 'custom', [hostile]: hostile };
  writeResult(join(bad, 'mnist-custom.json'), withConfig(paperResult(), custom));
  writeFileSync(join(bad, 'mnist-quick.json'), '{');
  writeResult(join(bad, 'other.json'), { ...paperResult(), experiment: hostile });
  const [swept] = experiments.filter((experiment) => experiment !== mnist);
  writeResult(join(bad, 'swept.json'), { ...paperResult(), experiment: swept.name });
  troubled = report(bad);
});

describe('the report', () => {
  test('has the question, the source, the finding and the figure of a result', () => {
    const result = paperResult();
    for (const text of [mnist.question, mnist.source, `${mnist.finding(resultFor(mnist, result))}.`])
      expect(page.html).toContain(text);
    const { svg } = figureOf(experiments, ranOtherwise(result, { commit: 'c0ffee' }), '');
    const drawn = inlineSvg(svg, 'figure-1-', '').text.replace(/^<svg[^>]*>/, '');
    expect(page.html).toContain(drawn);
    expect(page.problems).toEqual([]);
  });

  test('has the numbers of a result: means and intervals, paired differences, and the comparison', () => {
    for (const caption of ['Accuracy on test digits', 'Arms against each other', 'Ours against others'])
      expect(page.html).toContain(`<caption>${caption}`);
    expect(page.html).toContain(
      '<th scope="row">teacher</th><td>94.3%</td><td>94.1% to 94.5%</td><td>3</td>',
    );
    expect(page.html).toContain('<td>94.3% (94.1 to 94.5) ✓</td>');
  });

  test('has what made a result: settings, seeds, commit, engine, machine, wall time and config hash', () => {
    const { config, configHash } = paperResult();
    const shown = (name: string, value: string) =>
      expect(page.html).toContain(`<dt>${name}</dt><dd>${value}</dd>`);
    for (const [name, value] of Object.entries(config))
      shown(name, Array.isArray(value) ? value.join(', ') : String(value));
    shown('3 seeds', '0 to 2');
    shown('commit', '<code>c0ffee</code>');
    shown('measured on', '10,000 test digits');
    shown('engine', 'native');
    shown('machine', 'a processor, 2 threads');
    shown('wall time', '1 min 40 s');
    shown('config hash', `<code>${configHash}</code>`);
    expect(page.html).toContain('at commit <code>abc123</code>');
  });

  test('has the experiments of a field together, in contents and sections, under what they are about', () => {
    const fields = [...new Map(experiments.map(({ field }) => [field.name, field])).values()];
    expect(fields.length).toBeGreaterThan(1);
    const places = fields.flatMap(({ name, about }) => {
      const own = experiments.filter(({ field }) => field.name === name);
      return [`<h2 class="field">${name}</h2>\n<p>${about}</p>`, ...own.map((one) => `id="${one.name}"`)];
    });
    const found = places.map((place) => page.html.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    for (const { name } of fields)
      expect(page.html.match(new RegExp(`<h3>${name}</h3>`, 'g'))).toHaveLength(1);
  });

  test('lists what is missing with its command and its cost', () => {
    const { html } = report(empty);
    for (const { name, presets } of experiments)
      for (const preset of Object.keys(presets))
        expect(html).toContain(
          `<span class="state missing">missing</span> <code>npm run lab -- ${name} --preset ${preset}</code>, cost of ${name} ${preset}`,
        );
    expect(page.html).toContain(
      '<span class="state unrun">not run</span> <code>npm run lab -- mnist --preset quick',
    );
  });

  test('marks a result that is out of date, with what differs and the command', () => {
    expect(troubled.html).toContain(
      '<span class="state stale">out of date</span> it has --batch 512, not 1024',
    );
    expect(troubled.html).toContain(
      'anew: <code>npm run lab -- mnist --preset paper --seeds 3</code>, cost of',
    );
    expect(page.html).not.toContain('class="state stale"');
    expect(page.html).toContain('<span class="state current">up to date</span> with --seeds 3, not 25');
  });

  test("marks settings that are no preset's", () => {
    expect(troubled.html).toContain('<span class="state custom">custom settings</span>');
  });

  test('shows a line for each file that cannot be used, and everything else', () => {
    expect(troubled.problems).toEqual([
      expect.stringContaining(`${join(bad, 'other.json')}: there is no experiment`),
      expect.stringContaining(`${join(bad, 'mnist-quick.json')}: it is not whole JSON`),
      expect.stringContaining(`${join(bad, 'swept.json')}: it cannot be shown`),
    ]);
    expect(troubled.html.match(/<svg/g)).toHaveLength(2);
    expect(troubled.html.match(/<strong>Figure \d\.<\/strong>/g)).toEqual([
      '<strong>Figure 1.</strong>',
      '<strong>Figure 2.</strong>',
    ]);
  });

  test("a broken peer's file is a line, too", () => {
    writeFileSync(join(empty, 'peers', 'mnist-paper-torch.json'), '{');
    writeResult(join(empty, 'mnist-paper.json'), paperResult());
    const { problems, html } = report(empty);
    rmSync(join(empty, 'mnist-paper.json'));
    expect(problems).toEqual([expect.stringContaining('mnist-paper-torch.json: it is not whole JSON')]);
    expect(html).toContain('no column for PyTorch');
  });

  test('says how much of it there is', () => {
    const rest = experiments.length - 1;
    expect(summary(takeInventory(experiments, good))).toBe(
      `Of ${experiments.length} experiments, 1 with results, ${rest} missing.`,
    );
    expect(summary(takeInventory(experiments, bad))).toMatch(
      /2 with a result that is out of date, 1 with a file that is broken\.$/,
    );
  });
});

describe('the page stands alone', () => {
  test('it has no scripts, and fetches nothing', () => {
    for (const { html } of [page, troubled]) {
      expect(html).not.toMatch(/<(script|link|img|iframe|object|embed)\b/i);
      expect(html).not.toMatch(/\b(src|srcset|action)=|@import|\burl\((?!#)|\son\w+=/i);
      expect(html).not.toMatch(/\bhref="(?!#)/);
    }
  });

  test('text from files is escaped', () => {
    expect(troubled.html).not.toContain('<script');
    expect(troubled.html).toContain('&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;, 1 thread');
  });

  test('every link leads to one place', () => {
    for (const { html } of [page, troubled]) {
      const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, to] of html.matchAll(/ (?:href="#|[a-z-]+="url\(#)([^")]*)/g)) expect(ids).toContain(to);
    }
  });

  test('every element that is opened is closed in its place', () => {
    for (const { html } of [page, troubled]) {
      const open: string[] = [];
      const tags = html
        .replace(/<style>[\s\S]*?<\/style>/, '')
        .matchAll(/<(\/?)([a-zA-Z]\w*)\b[^>]*?(\/?)>/g);
      for (const [, closing, name, empties] of tags) {
        if (empties || name === 'meta') continue;
        if (closing) expect(open.pop()).toBe(name);
        else open.push(name);
      }
      expect(open).toEqual([]);
      expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    }
  });

  test('the same results give the same page', () => {
    expect(report(good, 'abc123').html).toBe(page.html);
  });

  test('it is made for paper and for a phone', () => {
    expect(page.html).toContain('@media print');
    expect(page.html).toContain('name="viewport"');
    expect(page.html).toContain('@media screen and (max-width');
  });
});
