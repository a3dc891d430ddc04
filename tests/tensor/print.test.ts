// How tensors read: exact strings.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fromNested, fromTypedArray, type Tensor } from '../../src/tensor/index.ts';

const counted = (shape: number[]): Tensor =>
  fromTypedArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    shape,
    'f32',
  );

describe('A printed tensor', () => {
  test.each([
    [fromNested(3), 'i32[] 3'],
    [fromNested(3, 'f32'), 'f32[] 3'],
    [fromNested(0.5), 'f32[] 0.5000'],
    [fromNested(true), 'bool[] true'],
    [fromNested([1, 2, 3], 'i32'), 'i32[3] [1, 2, 3]'],
    [fromNested([1, -10, 100], 'i32'), 'i32[3] [  1, -10, 100]'],
    [fromNested([true, false]), 'bool[2] [ true, false]'],
    [fromNested([1, 0.25, -3]), 'f32[3] [ 1.0000,  0.2500, -3.0000]'],
    [fromNested([1, NaN, -Infinity]), 'f32[3] [        1,       NaN, -Infinity]'],
    [fromNested([1e-7, 1], 'f64'), 'f64[2] [1.0000e-7, 1.0000e+0]'],
    [fromNested([123456789, 0.5], 'f64'), 'f64[2] [1.2346e+8, 5.0000e-1]'],
    [fromNested([]), 'f32[0] []'],
    [fromNested([[], []]), 'f32[2, 0]\n[[],\n []]'],
    [
      fromNested([
        [1, 2],
        [3, 4],
      ]),
      'i32[2, 2]\n[[1, 2],\n [3, 4]]',
    ],
    [
      fromNested([
        [
          [1, 20],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ]),
      'i32[2, 2, 2]\n[[[ 1, 20],\n  [ 3,  4]],\n\n [[ 5,  6],\n  [ 7,  8]]]',
    ],
  ])('number %# is exactly this', (x, text) => {
    expect(x.toString()).toBe(text);
    expect(`${x}`).toBe(text);
    expect(inspect(x)).toBe(text);
  });

  test('shows a thousand elements in full, and of more the ends of each axis', () => {
    expect(counted([1000]).toString()).not.toContain('…');
    expect(counted([1001]).toString()).toBe('f32[1001] [   0,    1,    2, …,  998,  999, 1000]');
    expect(counted([200, 6]).toString()).toBe(`f32[200, 6]
[[   0,    1,    2,    3,    4,    5],
 [   6,    7,    8,    9,   10,   11],
 [  12,   13,   14,   15,   16,   17],
 …,
 [1182, 1183, 1184, 1185, 1186, 1187],
 [1188, 1189, 1190, 1191, 1192, 1193],
 [1194, 1195, 1196, 1197, 1198, 1199]]`);
  });

  test('leaves out what is between three entries at either end, and nothing of six', () => {
    const rows = (n: number): string[] =>
      fromTypedArray(new Int32Array(n * 200), [n, 200], 'i32')
        .toString()
        .split('\n');
    expect(rows(7)).toHaveLength(8);
    expect(rows(7)[4]).toBe(' …,');
    expect(rows(6)).toHaveLength(7);
    expect(rows(6)[4]).toBe(' [0, 0, 0, …, 0, 0, 0],');
  });

  test('takes its width from what is shown', () => {
    const array = new Float64Array(2000).fill(1);
    array[1000] = 1e12;
    expect(fromTypedArray(array, [2000], 'f64').toString()).toBe('f64[2000] [1, 1, 1, …, 1, 1, 1]');
  });

  test('does not run out of stack in many dimensions', () => {
    expect(counted([6, 6, 6, 6, 6, 6, 3]).toString()).toMatch(/^f32\[6, 6, 6, 6, 6, 6, 3\]\n/);
  });
});
