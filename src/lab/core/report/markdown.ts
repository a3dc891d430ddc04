// Tables as Markdown, for a README to hold.
import type { Table } from './tables.ts';

const escaped = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

/** `table` as GitHub reads it, its notes as a list below. */
export const markdownOf = ({ head, rows, notes }: Table): string =>
  [
    line(head),
    `| --- |${head
      .slice(1)
      .map(() => ' ---: |')
      .join('')}`,
    ...rows.map(line),
    '',
    ...notes.map((note) => `- ${escaped(note)}`),
  ].join('\n');
