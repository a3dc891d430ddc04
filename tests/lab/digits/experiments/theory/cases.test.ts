// What the theorem is tried with: small digits, and images of every distribution.
import { describe, expect, test } from 'vitest';
import { random, slice, useEngine } from '../../../../../src/index.ts';
import { inner, moved } from '../../../../../src/lab/core/training/vectors.ts';
import { loadData } from '../../../../../src/lab/digits/data/load.ts';
import {
  adversarialInputs,
  plainInputs,
  smallDigits,
  someDigits,
} from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import {
  caseOf,
  studentStep,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { networks } from './networks.ts';

useEngine('reference');

const { train } = await loadData({ data: 'embedded', trainDigits: 200, testDigits: 100, splitSeed: 0 }, '');
const digits = smallDigits(train);

test('a small digit has the mean of 4 × 4 pixels in each of its own', () => {
  expect([digits.images.shape, digits.images.dtype]).toEqual([[200, 49], 'f64']);
  const image = slice(train.images, 7).data;
  const block = (row: number, column: number): number => {
    let sum = 0;
    for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) sum += image[(4 * row + i) * 28 + 4 * column + j];
    return sum / 16;
  };
  const small = slice(digits.images, 7).data;
  for (const [row, column] of [
    [0, 0],
    [3, 2],
    [6, 6],
  ])
    expect(small[row * 7 + column]).toBeCloseTo(block(row, column), 6);
});

describe('plain inputs', () => {
  const of = (name: keyof typeof plainInputs) => plainInputs[name](random.key(1), 6, digits);
  test.each(Object.keys(plainInputs) as (keyof typeof plainInputs)[])(
    '%s are images [n, 49] in f64',
    (name) => {
      expect([of(name).shape, of(name).dtype]).toEqual([[6, 49], 'f64']);
    },
  );

  test('a single image is the same n times, zero images are zero, digits are among the digits', () => {
    const rows = of('single').toArray() as number[][];
    expect(rows[5]).toEqual(rows[0]);
    expect(new Set(rows[0]).size).toBe(49);
    expect(of('zero').data.every((x) => x === 0)).toBe(true);
    const known = new Set((digits.images.toArray() as number[][]).map(String));
    for (const row of of('digits').toArray() as number[][]) expect(known).toContain(String(row));
  });
});

test('adversarial images lower the inner product that they are made to lower, mostly by far, and not below 0', () => {
  const of = caseOf(networks.relu, 'aux', 'kl'); // tanh saturates on the way up, too
  const left: number[] = [];
  for (const seed of [1, 2, 3]) {
    const keys = random.split(random.key(seed), 3);
    const params = networks.relu.init(slice(keys, 0), { width: 8, aux: 3 });
    const some = someDigits(digits, slice(keys, 1), 16);
    const toTeacher = teacherStep(networks.relu, params, some);
    const epsilon = 1e-3;
    const agreement = (images: typeof digits.images): number =>
      inner(studentStep(of, params, moved(params, epsilon, toTeacher), images), toTeacher).item();
    const start = plainInputs.uniform(slice(keys, 2), 16);
    const chosen = agreement(adversarialInputs(of, params, some, epsilon, start));
    expect(chosen).toBeLessThan(agreement(start));
    expect(chosen).toBeGreaterThanOrEqual(0);
    left.push(chosen / agreement(start));
  }
  expect(Math.cbrt(left[0] * left[1] * left[2])).toBeLessThan(0.2);
});
