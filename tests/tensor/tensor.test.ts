// The tensor value: what it is made of, how it is read, and what cannot be one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DType,
  DTypeError,
  dtypes,
  fromNested,
  fromTypedArray,
  type NestedArray,
  ShapeError,
  TraceError,
  tensorsOver,
} from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';

describe('fromNested', () => {
  test('undoes toArray (property)', () => {
    const filled = arbitrary.anyTensor().filter((x) => x.size > 0);
    fc.assert(
      fc.property(filled, (x) => {
        const again = fromNested(x.toArray(), x.dtype);
        expect([again.dtype, again.shape, again.data]).toEqual([x.dtype, x.shape, x.data]);
      }),
    );
  });

  test.each([
    [[[1, 2], [3]], 'tensor: ragged nesting, a part of shape [2, 2] has 1 entries'],
    [[[1], [2, 3]], 'tensor: ragged nesting, a part of shape [2, 1] has 2 entries'],
    [[1, [2]], 'tensor: ragged nesting, a part of shape [2] has 1 entries'],
    [[[1], 2], 'tensor: ragged nesting, a part of shape [2, 1] has no entries'],
    [[[[1]], [2]], 'tensor: ragged nesting, a part of shape [2, 1, 1] has no entries'],
    [[[], [1]], 'tensor: ragged nesting, a part of shape [2, 0] has 1 entries'],
  ] as [NestedArray, string][])('refuses the ragged %j', (values, message) => {
    expect(() => fromNested(values)).toThrow(new ShapeError(message));
  });

  test.each([['x'], [undefined], [null], [10n]])('refuses %s among the values', (value) => {
    const values = [1, value as unknown as number];
    expect(() => fromNested(values)).toThrow(
      new DTypeError(`tensor: ${String(value)} is not a number or a boolean`),
    );
  });
});

describe('fromTypedArray', () => {
  test('keeps the array, without a copy', () => {
    const array = Float64Array.of(1, 2, 3, 4);
    const x = fromTypedArray(array, [2, 2], 'f64');
    expect(x.data).toBe(array);
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('refuses lengths that do not fill the shape', () => {
    expect(() => fromTypedArray(new Float32Array(5), [2, 3], 'f32')).toThrow(
      new ShapeError('fromTypedArray: 5 values do not fill shape [2, 3], which has 6'),
    );
    expect(() => fromTypedArray(new Float32Array(0), [], 'f32')).toThrow('0 values do not fill shape []');
    expect(() => fromTypedArray(new Float32Array(1), [-1], 'f32')).toThrow('shape [-1] has size -1');
  });

  test.each([
    [new Float32Array(1), 'f64'],
    [new Float64Array(1), 'f32'],
    [new Uint8Array(1), 'i32'],
    [new Int32Array(1), 'bool'],
  ] as const)('refuses a %o as %s', (array, dtype) => {
    expect(() => fromTypedArray(array, [1], dtype)).toThrow(
      new DTypeError(`fromTypedArray: a ${array.constructor.name} does not hold ${dtype}`),
    );
  });
});

describe('A tensor', () => {
  test('knows its dimensions and size', () => {
    const x = fromNested([[1, 2, 3]]);
    expect([x.ndim, x.size, x.shape, x.dtype]).toEqual([2, 3, [1, 3], 'i32']);
    expect([fromNested(1).ndim, fromNested(1).size, fromNested([]).size]).toEqual([0, 1, 0]);
  });

  test('gives its only element, whatever its shape', () => {
    expect([fromNested(3).item(), fromNested([[[4]]]).item(), fromNested([true]).item()]).toEqual([3, 4, 1]);
    expect(() => fromNested([1, 2]).item()).toThrow(
      new ShapeError('item: shape [2] has 2 elements, not one'),
    );
    expect(() => fromNested([]).item()).toThrow(new ShapeError('item: shape [0] has 0 elements, not one'));
  });

  test('gives nested arrays, of booleans for bool', () => {
    expect(fromNested(2).toArray()).toBe(2);
    expect(fromNested(true).toArray()).toBe(true);
    expect(fromNested([[true], [false]]).toArray()).toEqual([[true], [false]]);
    expect(fromTypedArray(new Float32Array(0), [2, 0, 3], 'f32').toArray()).toEqual([[], []]);
    expect(fromTypedArray(new Float32Array(0), [0, 2], 'f32').toArray()).toEqual([]);
  });

  test('shares its elements', () => {
    const x = fromNested([1, 2]);
    expect(x.data).toBe(x.data);
    const arrays: Record<DType, unknown> = {
      bool: Uint8Array,
      u8: Uint8Array,
      i8: Int8Array,
      i32: Int32Array,
      f16: Uint16Array,
      bf16: Uint16Array,
      f32: Float32Array,
      f64: Float64Array,
    };
    for (const dtype of dtypes) expect(fromNested([1], dtype).data).toBeInstanceOf(arrays[dtype]);
  });
});

describe('tensorsOver', () => {
  const vector = { dtype: 'f32', shape: [2] } as const;
  const array = (): Float32Array => Float32Array.of(1, 2);

  test('makes tensors of the given kinds over the arrays themselves', () => {
    const [a, b] = [array(), Int32Array.of(3, 4)];
    const [x, y] = tensorsOver([a, b], [vector, { dtype: 'i32', shape: [1, 2] }], []);
    expect([x.data, y.data]).toEqual([a, b]);
    expect(x.data).toBe(a);
    expect([x.dtype, x.shape, y.dtype, y.shape]).toEqual(['f32', [2], 'i32', [1, 2]]);
  });

  test('lets tensors over one array be given up together only', () => {
    const [a, b] = [array(), array()];
    const [x, reshaped, other] = tensorsOver(
      [a, a, b],
      [vector, { dtype: 'f32', shape: [2, 1] }, vector],
      [],
    );
    x.storage.giveUp();
    expect(() => x.data).toThrow(TraceError);
    expect(() => reshaped.data).toThrow('this tensor was given up');
    expect(other.data).toEqual(b);
  });

  test('lets a tensor be given up with the input whose array it has', () => {
    const [a, b] = [array(), array()];
    const input = fromTypedArray(a, [2], 'f32');
    const [x, other] = tensorsOver([a, b], [vector, vector], [input, fromTypedArray(array(), [2], 'f32')]);
    expect(x.storage).toBe(input.storage);
    input.storage.giveUp();
    expect(() => x.data).toThrow(TraceError);
    expect(other.data).toEqual(b);
  });
});
