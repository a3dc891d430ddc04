import { expect, test } from 'vitest';
import { markdownOf, marked, renewed } from '../../../../src/lab/core/report/markdown.ts';

test('a table is a table on GitHub, numbers to the right, with its notes in a list', () => {
  const table = { caption: '', head: ['', 'mean'], rows: [['teacher', '94.3%']], notes: ['over 25 seeds'] };
  expect(markdownOf(table)).toBe('|  | mean |\n| --- | ---: |\n| teacher | 94.3% |\n\n- over 25 seeds');
});

test('no cell breaks its table or becomes markup', () => {
  const table = { caption: '', head: ['a|b', 'c\nd'], rows: [['student_aux', '<b>*x*</b>']], notes: ['[n]'] };
  expect(markdownOf(table)).toBe(
    '| a\\|b | c d |\n| --- | ---: |\n| student\\_aux | \\<b\\>\\*x\\*\\</b\\> |\n\n- \\[n\\]',
  );
});

test('sentences stand to the left, and there is no list without notes', () => {
  const table = { caption: '', head: ['experiment', 'shows'], rows: [['mnist', 'It reads.']], notes: [] };
  expect(markdownOf(table, 'sentences')).toBe('| experiment | shows |\n| --- | --- |\n| mnist | It reads. |');
});

test('a document gets what belongs between its markers, and keeps all else', () => {
  const [birds, fish] = ['Birds', 'Fish'].map((name) => ({ name, text: `$& of ${name}` }));
  const old = { ...birds, text: 'old\nlines' };
  const document = (block: typeof birds): string =>
    `# Title\n\n${marked(block)}\n\ntext\n\n${marked(fish)}\n`;
  expect(renewed(document(old), [fish, birds], 'a.md')).toBe(document(birds));
  expect(() => renewed(document(old), [fish], 'a.md')).toThrow(
    'a.md: it has a place for Birds, and there is only Fish; run what is missing, or take the place out',
  );
});
