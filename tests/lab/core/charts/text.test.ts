import { describe, expect, test } from 'vitest';
import { fitEvenly, fitLabels, fitText, widest, widthOf } from '../../../../src/lab/core/charts/text.ts';

test('width grows with text, size and weight', () => {
  expect(widthOf('', 13)).toBe(0);
  expect(widthOf('iiii', 13)).toBeLessThan(widthOf('mmmm', 13));
  expect(widthOf('word', 26)).toBeCloseTo(2 * widthOf('word', 13), 0);
  expect(widthOf('word', 13, 'bold')).toBeGreaterThan(widthOf('word', 13));
});

describe('text in a room', () => {
  const sentence = 'a student of the same initialisation learns from auxiliary logits';

  test('stays one line in the best size where there is room', () => {
    expect(fitText(sentence, { width: 900, sizes: [13, 11], lines: 2 })).toEqual({
      lines: [sentence],
      size: 13,
    });
  });

  test('is broken at spaces, and nothing is lost', () => {
    const { lines, size } = fitText(sentence, { width: 200, sizes: [13, 11], lines: 9 });
    expect(size).toBe(13);
    expect(lines.join(' ')).toBe(sentence);
    expect(widest(lines, 13)).toBeLessThanOrEqual(200);
  });

  test('shrinks rather than take too many lines, and takes them if it cannot shrink further', () => {
    const room = { width: widthOf(sentence, 11) + 1, lines: 1 };
    expect(fitText(sentence, { ...room, sizes: [13, 12, 11, 10] }).size).toBe(11);
    expect(fitText(sentence, { ...room, sizes: [13, 12] })).toMatchObject({ size: 12, lines: { length: 2 } });
  });

  test('is broken behind a hyphen before a letter, not in a negative number', () => {
    const room = { width: widthOf('spectrum-', 13) + 1, sizes: [13], lines: 2 };
    expect(fitText('spectrum-matched', room).lines).toEqual(['spectrum-', 'matched']);
    expect(fitText('from a -0.25', { ...room, width: widthOf('from a -', 13) + 1 }).lines).toEqual([
      'from a',
      '-0.25',
    ]);
  });

  test('shrinks rather than tear a word, and tears it rather than cut it', () => {
    const word = 'Donaudampfschiff';
    const width = widthOf(word, 11) + 1;
    expect(fitText(word, { width, sizes: [13, 11], lines: 3 })).toEqual({ lines: [word], size: 11 });
    const { lines } = fitText(word, { width: 40, sizes: [13, 11], lines: 3 });
    expect(lines.join('')).toBe(word);
    expect(widest(lines, 11)).toBeLessThanOrEqual(40);
  });

  test('keeps the lines that it is given', () => {
    expect(fitText(['one', 'two'], { width: 500, sizes: [13], lines: 2 }).lines).toEqual(['one', 'two']);
  });

  test('has one size for all labels beside each other', () => {
    const width = widthOf('spectrum', 12) + 1;
    const fitted = fitLabels(['low', 'spectrum'], { width, sizes: [13, 12], lines: 1 });
    expect(fitted.map(({ size }) => size)).toEqual([12, 12]);
  });

  test('has lines about equally long where it is broken evenly', () => {
    const room = { width: 0.9 * widthOf(sentence, 13), sizes: [13], lines: 2 };
    const [first, second] = fitEvenly(sentence, room).lines.map((line) => widthOf(line, 13));
    expect(second / first).toBeGreaterThan(0.75);
    const greedy = fitText(sentence, room).lines.map((line) => widthOf(line, 13));
    expect(greedy[1] / greedy[0]).toBeLessThan(0.5);
    expect(fitEvenly('Gaussian, sd', { ...room, width: widthOf('Gaussian, ', 13) + 2 }).lines).toEqual([
      'Gaussian,',
      'sd',
    ]); // no word torn for it
    expect(fitEvenly('short', room).lines).toEqual(['short']);
    expect(fitLabels([sentence, ['a', 'b']], room).map(({ lines }) => lines)).toEqual([
      fitEvenly(sentence, room).lines,
      ['a', 'b'],
    ]);
  });
});
