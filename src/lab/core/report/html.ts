// HTML that cannot be broken by what it is filled with: all text is escaped, unless it is HTML already.
import type { Table } from './tables.ts';

/** HTML as it stands in the page. */
export class Html {
  constructor(readonly text: string) {}
}

export type Content = string | number | Html | false | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` for an element or an attribute; characters that HTML cannot hold become U+FFFD. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => entities[character])
    .replace(/[^\P{Cc}\t\n]|\p{Cs}|\p{Noncharacter_Code_Point}/gu, '\ufffd');

function written(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Html) return content.text;
  return typeof content === 'object' ? content.map(written).join('') : escaped(String(content));
}

/** A template whose values are escaped. */
export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Html =>
  new Html(parts.reduce((text, part, i) => text + written(values[i - 1]) + part));

/** A figure's `svg` for the middle of a page, as wide as its place; ids begin with `prefix`, to be the page's only. */
export const inlineSvg = (svg: string, prefix: string, label: string): Html =>
  new Html(
    svg
      .replace(/^[\s\S]*?(?=<svg\b)/, '')
      .replace(
        /^<svg\b[^>]*?\bwidth="(\d+)" height="(\d+)"[^>]*>/,
        (_, width: string, height: string) =>
          html`<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">`
            .text,
      )
      .replace(/(?<=\b(?:id="|href="#|url\(#))/g, prefix)
      .replace(/\n\s*/g, '\n')
      .trim(),
  );

/** `table` with its caption above and its notes below; too wide a one scrolls in its place. */
export const htmlTable = ({ caption, head, rows, notes }: Table): Html => html`<div class="tabled">
<div class="table">
<table>
${caption && html`<caption>${caption}</caption>`}
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table>
</div>
${notes.map((note) => html`<p class="note">${note}</p>\n`)}</div>
`;
