// Tables as Markdown, for a README to hold between markers.
import { ResultError } from '../runs/result.ts';
import type { Table } from './tables.ts';

const escaped = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

/** `table` as GitHub reads it, its notes as a list below; the cells behind the first are numbers, or else sentences. */
export const markdownOf = (
  { head, rows, notes }: Table,
  cells: 'numbers' | 'sentences' = 'numbers',
): string =>
  [
    line(head),
    `| ${head.map((_, i) => (i > 0 && cells === 'numbers' ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(line),
    ...(notes.length > 0 ? [''] : []),
    ...notes.map((note) => `- ${escaped(note)}`),
  ].join('\n');

/** What stands in a document between markers of its name. */
export interface Block {
  readonly name: string;
  readonly text: string;
}

const end = '<!-- end of report -->';

/** `block` between its markers. */
export const marked = ({ name, text }: Block): string => `<!-- report: ${name} -->\n${text}\n${end}`;

/** `document`, which `source` names in errors, with what it has between markers from `blocks`. Throws ResultError. */
export const renewed = (document: string, blocks: readonly Block[], source: string): string =>
  document.replace(/<!-- report: (.*) -->\n[\s\S]*?<!-- end of report -->/g, (_, name: string) => {
    const block = blocks.find((each) => each.name === name);
    if (!block)
      throw new ResultError(
        `${source}: it has a place for ${name}, and there is only ${blocks.map((each) => each.name).join(', ')}; run what is missing, or take the place out`,
      );
    return marked(block);
  });
