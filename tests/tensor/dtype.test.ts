// The four dtypes: their arrays, sizes and order.
import { describe, expect, test } from 'vitest';
import {
  allocate,
  checkDType,
  DTypeError,
  dtypes,
  holds,
  isFloat,
  itemSize,
  MemoryError,
  toFloat,
} from '../../src/tensor/index.ts';

describe('dtypes', () => {
  test('are stored in typed arrays of these sizes', () => {
    expect(dtypes.map(itemSize)).toEqual([1, 4, 4, 8]);
    for (const dtype of dtypes) {
      const array = allocate(dtype, 3);
      expect(Array.from(array)).toEqual([0, 0, 0]);
      expect(dtypes.filter((other) => holds(array, other))).toEqual([dtype]);
    }
  });

  test('take no more than there is, and say what, where and how much', () => {
    const wayOut = 'and there is not that much memory; take smaller shapes or batches';
    expect(() => allocate('f64', [2 ** 20, 2 ** 25], 'full')).toThrow(
      new MemoryError(`full: f64[1048576, 33554432] takes 281 TB, ${wayOut}`),
    );
    expect(() => allocate('f32', 2 ** 42)).toThrow(
      new MemoryError(`tensor: f32[4398046511104] takes 17.6 TB, ${wayOut}`),
    );
  });

  test('are floats, or become them', () => {
    expect(dtypes.filter(isFloat)).toEqual(['f32', 'f64']);
    expect(dtypes.map(toFloat)).toEqual(['f32', 'f32', 'f32', 'f64']);
  });

  test('are these four alone', () => {
    for (const dtype of dtypes) expect(checkDType(dtype)).toBe(dtype);
    for (const other of ['f16', '', undefined, 'toString'])
      expect(() => checkDType(other)).toThrow(
        new DTypeError(`unknown dtype ${other}; one of bool, i32, f32, f64`),
      );
  });
});
