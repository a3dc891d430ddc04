import { expect, test } from 'vitest';
import { markdownOf } from '../../../../src/lab/core/report/markdown.ts';

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
