// The table of dtypes: their arrays and sizes, how they promote, and what they compute in.
import { describe, expect, test } from 'vitest';
import {
  allocate,
  checkDType,
  computeDType,
  DTypeError,
  dtypes,
  elementOf,
  holds,
  isFloat,
  isInteger,
  isStorage,
  itemSize,
  MemoryError,
  promote,
  tangentDType,
  toFloat,
  toNumber,
} from '../../src/tensor/index.ts';

const each = <T>(of: (dtype: (typeof dtypes)[number]) => T): Record<string, T> =>
  Object.fromEntries(dtypes.map((dtype) => [dtype, of(dtype)]));

describe('dtypes', () => {
  test('are stored in typed arrays of these sizes', () => {
    expect(each(itemSize)).toEqual({ bool: 1, u8: 1, i8: 1, i32: 4, f16: 2, bf16: 2, f32: 4, f64: 8 });
    for (const dtype of dtypes) {
      const array = allocate(dtype, 3);
      expect(Array.from(array)).toEqual([0, 0, 0]);
      expect(array.BYTES_PER_ELEMENT).toBe(itemSize(dtype));
      expect(holds(array, dtype)).toBe(true);
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
    expect(dtypes.filter(isFloat)).toEqual(['f16', 'bf16', 'f32', 'f64']);
    expect(dtypes.filter(isInteger)).toEqual(['u8', 'i8', 'i32']);
    expect(new Set(dtypes.filter((dtype) => dtype !== 'f64').map(toFloat))).toEqual(new Set(['f32']));
    expect(toFloat('f64')).toBe('f64');
  });

  test('are for storage where they compute in another', () => {
    expect(dtypes.filter(isStorage)).toEqual(['u8', 'i8', 'f16', 'bf16']);
    expect(each(computeDType)).toEqual({
      ...{ bool: 'bool', u8: 'i32', i8: 'i32', i32: 'i32' },
      ...{ f16: 'f32', bf16: 'f32', f32: 'f32', f64: 'f64' },
    });
    expect(each(toNumber)).toEqual({ ...each(computeDType), bool: 'i32' });
    expect(each(tangentDType)).toEqual({ ...each(() => 'f32'), f64: 'f64' });
  });

  test('hold these whole numbers, and say which other dtype holds more', () => {
    expect([
      elementOf('op', 255.9, 'u8'),
      elementOf('op', -128.5, 'i8'),
      elementOf('op', -0.5, 'u8'),
    ]).toEqual([255, -128, 0]);
    expect(() => elementOf('op', 256, 'u8')).toThrow(
      new RangeError(
        "op: u8 holds whole numbers from 0 to 255, not 256; take dtype 'i32', for a tensor by astype(x, 'i32')",
      ),
    );
    for (const [value, dtype] of [
      [-129, 'i8'],
      [128, 'i8'],
      [-1, 'u8'],
      [Number.NaN, 'u8'],
      [2 ** 31, 'i32'],
    ] as const)
      expect(() => elementOf('op', value, dtype)).toThrow(RangeError);
  });

  test('are these alone', () => {
    for (const dtype of dtypes) expect(checkDType(dtype)).toBe(dtype);
    for (const other of ['u32', '', undefined, 'toString'])
      expect(() => checkDType(other)).toThrow(
        new DTypeError(`unknown dtype ${other}; one of bool, u8, i8, i32, f16, bf16, f32, f64`),
      );
  });
});

describe('Promotion', () => {
  test('is that of the lattice bool < u8, i8 < i32 < bf16, f16 < f32 < f64', () => {
    const above = (dtype: (typeof dtypes)[number]) =>
      dtypes.filter((other) => promote(dtype, other) === other);
    expect(each(above)).toEqual({
      bool: [...dtypes],
      u8: ['u8', 'i32', 'f16', 'bf16', 'f32', 'f64'],
      i8: ['i8', 'i32', 'f16', 'bf16', 'f32', 'f64'],
      i32: ['i32', 'f16', 'bf16', 'f32', 'f64'],
      f16: ['f16', 'f32', 'f64'],
      bf16: ['bf16', 'f32', 'f64'],
      f32: ['f32', 'f64'],
      f64: ['f64'],
    });
    expect([promote('u8', 'i8'), promote('bf16', 'f16'), promote('i8', 'bf16')]).toEqual([
      'i32',
      'f32',
      'bf16',
    ]);
  });

  test('is a join: idempotent, commutative and associative', () => {
    for (const a of dtypes) {
      expect(promote(a, a)).toBe(a);
      for (const b of dtypes) {
        expect(promote(a, b)).toBe(promote(b, a));
        for (const c of dtypes) expect(promote(promote(a, b), c)).toBe(promote(a, promote(b, c)));
      }
    }
  });
});
