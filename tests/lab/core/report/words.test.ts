import { expect, test } from 'vitest';
import { listed, seconds, sentence } from '../../../../src/lab/core/report/words.ts';

test('durations are written in minutes and seconds, never in sixty seconds', () => {
  expect([0.4, 59.4, 59.6, 119.7, 490.3].map(seconds)).toEqual([
    '0 s',
    '59 s',
    '1 min 0 s',
    '2 min 0 s',
    '8 min 10 s',
  ]);
});

test('numbers that follow one another are written by their ends', () => {
  expect(listed([4, 5, 6, 7])).toBe('4 to 7');
  expect(listed([0, 1])).toBe('0, 1');
  expect(listed([0, 2, 3])).toBe('0, 2, 3');
  expect(listed([0, 1, 2, 5, 7, 8, 9])).toBe('0 to 2, 5, 7 to 9');
  expect(listed([7])).toBe('7');
});

test('a sentence ends with one full stop', () => {
  expect(['It does', 'It does.', 'Does it?'].map(sentence)).toEqual(['It does.', 'It does.', 'Does it?']);
});
