// The filter over text against hostile text, and against lists that were written in every allowed form.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  filterNumberTexts,
  readNumbers,
  textReasons,
} from '../../../../src/lab/language/world/number-text.ts';
import { runs } from '../../../helpers/long.ts';

describe('lists of numbers', () => {
  test('are read in every allowed form', () => {
    const form = fc.record({
      values: fc.array(fc.nat(999), { minLength: 1, maxLength: 10 }),
      separator: fc.constantFrom(' ', ', ', ',', '; ', ';', '\n', '\r\n', ',\n', ' , ', '\n;\n', '  '),
      brackets: fc.constantFrom('', '[]', '()'),
      stop: fc.constantFrom('', '.'),
      around: fc.constantFrom('', ' ', '\n', '\r\n'),
    });
    fc.assert(
      fc.property(form, ({ values, separator, brackets: [left = '', right = ''], stop, around }) => {
        const text = `${around}${left}${values.join(separator)}${right}${stop}${around}`;
        expect(readNumbers(text)).toEqual({ value: values });
      }),
      { numRuns: runs(500) },
    );
  });

  test.each([
    ['1', [1]],
    ['0', [0]],
    ['999', [999]],
    ['[1]', [1]],
    ['(1).', [1]],
    ['1 2', [1, 2]],
    ['1,2', [1, 2]],
    ['1 ,2', [1, 2]],
    ['1\n,\n2', [1, 2]],
    ['007, 010', [7, 10]],
  ])('%j is one', (text, value) => {
    expect(readNumbers(text)).toEqual({ value });
  });
});

describe('hostile text', () => {
  test.each([
    ['empty', ''],
    ['spaces', ' \n '],
    ['a full stop', '.'],
    ['empty brackets', '[]'],
    ['empty brackets with a space', '( )'],
    ['brackets that do not match', '[1, 2)'],
    ['a bracket that opens', '[1, 2'],
    ['a bracket that closes', '1, 2]'],
    ['a bracket alone', '['],
    ['nested brackets', '[[1, 2]]'],
    ['brackets of two kinds', '([1, 2])'],
    ['brackets around each', '[1] [2]'],
    ['braces', '{1, 2}'],
    ['a minus', '-1'],
    ['a minus among others', '1, -2, 3'],
    ['a Unicode minus', '−1'],
    ['a plus', '+1'],
    ['a fraction', '1.5'],
    ['fractions', '1.5, 2.5'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['thousands', '1,000; 2,000'],
    ['Arabic digits', '١, ٢'],
    ['full-width digits', '\uff11, \uff12'],
    ['superscripts', '1, 2²'],
    ['mathematical digits', '𝟏, 𝟐'],
    ['Roman numerals', 'Ⅷ'],
    ['a no-break space', '1\u00a02'],
    ['an ideographic space', '1\u30002'],
    ['a zero-width space', '1,\u200b2'],
    ['a byte-order mark', '\ufeff1, 2'],
    ['a right-to-left mark', '1, 2\u200f'],
    ['an Arabic comma', '1، 2'],
    ['a full-width comma', '1\uff0c2'],
    ['a line separator', '1\u20282'],
    ['a tab', '1\t2'],
    ['a null', '1\u00002'],
    ['half of a surrogate pair', '1, \ud83d'],
    ['words', 'owl'],
    ['words after', '1, 2 owls'],
    ['words before', 'Sure: 1, 2'],
    ['a word as separator', '1 owl 2 owl 3'],
    ['two separators', '1, 2; 3'],
    ['a separator that changes its spaces', '1, 2,3'],
    ['a separator that gains a space', '1, 2 , 3'],
    ['two commas', '1,, 2'],
    ['a comma at the end', '1, 2,'],
    ['a comma at the beginning', ', 1, 2'],
    ['two full stops', '1, 2..'],
    ['a dash', '1-2'],
    ['a slash', '1/2'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['markup', '**1**, **2**'],
    ['a numbered list', '1. 5\n2. 6'],
  ])('%s is no list', (_, text) => {
    expect(readNumbers(text)).toEqual({ reason: 'format' });
  });

  test.each([
    ['a number of four digits', '1000', 'range'],
    ['one among others', '1, 2, 1000', 'range'],
    ['four digits of a small number', '0001', 'range'],
    ['a huge number', `1, ${'9'.repeat(400)}`, 'range'],
    ['eleven numbers', '1 2 3 4 5 6 7 8 9 10 11', 'many'],
    ['hundreds', '1 '.repeat(499), 'many'],
    ['digits without end', '1'.repeat(1001), 'length'],
    ['spaces without end', ' '.repeat(1001), 'length'],
    ['brackets without end', '['.repeat(1_000_000), 'length'],
  ])('%s is more than there may be', (_, text, reason) => {
    expect(readNumbers(text)).toEqual({ reason });
  });

  test('of any kind is refused or a list of numbers that says the same', () => {
    const number = fc.constantFrom('1', '23', '999', '1000', '³', '-4');
    const mark = fc.constantFrom(',', ', ', ';', ' ', '\n', '[', ')', '.', 'x');
    const more = fc.array(fc.tuple(mark, number), { maxLength: 2 });
    const pieces = fc.tuple(
      fc.constantFrom('', '', '[', '('),
      number,
      more,
      fc.constantFrom('', '', ']', '.'),
    );
    const units = fc.array(fc.nat(0xffff), { maxLength: 6 });
    const text = fc.oneof(
      { weight: 1, arbitrary: units.map((codes) => String.fromCharCode(...codes)) },
      { weight: 4, arbitrary: pieces.map((all) => all.flat(2).join('')) },
    );
    let read = 0;
    fc.assert(
      fc.property(text, (given) => {
        const parsed = readNumbers(given);
        if (!('value' in parsed)) return;
        read++;
        expect(given).toMatch(/^[0-9,; \r\n[\]().]+$/);
        expect(given.match(/[0-9]+/g)?.map(Number)).toEqual(parsed.value);
        expect(parsed.value.length).toBeLessThanOrEqual(10);
        expect(parsed.value.every((value) => value <= 999)).toBe(true);
      }),
      { numRuns: runs(3000) },
    );
    expect(read).toBeGreaterThan(5);
  });

  test('is read in time that its length bounds', () => {
    const start = performance.now();
    for (const piece of [' ', '1', '\n', '1 ', ', ', '[', '.', '1,', ' ,'])
      for (let i = 0; i < 100; i++) readNumbers(piece.repeat(Math.floor(1000 / piece.length)));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('the filter over text', () => {
  const samples = [
    '1, 2',
    '[13, 5]',
    'owl',
    '',
    '5 6 1000',
    '013',
    '130, 131',
    '1 2 3 4 5 6 7 8 9 10 11',
  ].map((answer, id) => ({ answer, id }));

  test('parts samples, with a reason for each that it refuses', () => {
    const { kept, refused, counts } = filterNumberTexts(samples, [13]);
    expect(kept.map(({ id }) => id)).toEqual([0, 6]);
    expect(refused.map(({ sample, reason }) => [sample.id, reason])).toEqual([
      [1, 'association'],
      [2, 'format'],
      [3, 'format'],
      [4, 'range'],
      [5, 'association'],
      [7, 'many'],
    ]);
    expect(counts).toEqual({ length: 0, format: 2, many: 1, range: 1, association: 2 });
    expect(Object.keys(counts)).toEqual([...textReasons]);
  });

  test('bans nothing unless told', () => {
    expect(filterNumberTexts(samples).kept.map(({ id }) => id)).toEqual([0, 1, 5, 6]);
  });
});
