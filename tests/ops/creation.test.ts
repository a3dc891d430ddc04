// Making tensors: dtypes and shapes of what is given, counts, ramps, the identity.
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { trace } from '../../src/graph/index.ts';
import {
  arange,
  copy,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  tensor,
  zeros,
  zerosLike,
} from '../../src/ops/index.ts';
import { type DType, DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { highest } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

const kind = (x: Tensor): string => `${x.dtype}[${x.shape}]`;

describe('copy', () => {
  test('has the same numbers, in memory of its own', () => {
    const x = tensor([[1, 2, 3]], 'i32');
    const y = copy(x);
    expect([kind(y), y.toArray()]).toEqual([kind(x), x.toArray()]);
    expect(y.data.buffer).not.toBe(x.data.buffer);
    x.storage.giveUp();
    expect(y.toArray()).toEqual([[1, 2, 3]]);
  });

  test('is nothing inside a trace', () => {
    const { graph } = trace(([x]) => [copy(x)], [zeros([2])]);
    expect(graph.nodes).toEqual([]);
    expect(graph.outputs[0]).toBe(graph.inputs[0]);
  });
});

describe('tensor', () => {
  test('takes its shape from the nesting and its dtype from the values', () => {
    expect(kind(tensor(3))).toBe('i32[]');
    expect(kind(tensor(2.5))).toBe('f32[]');
    expect(kind(tensor(true))).toBe('bool[]');
    expect(kind(tensor([[1, 2, 3]]))).toBe('i32[1,3]');
    expect(kind(tensor([[1, 2, 0.5]]))).toBe('f32[1,3]');
    expect(kind(tensor([[true], [false]]))).toBe('bool[2,1]');
    expect(kind(tensor([true, 2]))).toBe('i32[2]');
    expect(kind(tensor([]))).toBe('f32[0]');
    expect(kind(tensor([[], []]))).toBe('f32[2,0]');
    expect(kind(tensor([1.5], 'i32'))).toBe('i32[1]');
  });

  test('converts to the dtype that is asked for', () => {
    expect(tensor([1.9, -1.9], 'i32').toArray()).toEqual([1, -1]);
    expect(tensor([0, 0.5, NaN, -2], 'bool').toArray()).toEqual([false, true, true, true]);
    expect(tensor([true, false], 'f64').toArray()).toEqual([1, 0]);
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(0.1, 'f64').item()).toBe(0.1);
  });

  test('copies typed arrays, and takes their dtype', () => {
    const source = Float64Array.of(1, 2);
    const x = tensor(source);
    source[0] = 9;
    expect([kind(x), x.toArray()]).toEqual(['f64[2]', [1, 2]]);
    expect(kind(tensor(new Float32Array(3)))).toBe('f32[3]');
    expect(kind(tensor(new Int32Array(3)))).toBe('i32[3]');
    expect(kind(tensor(new Uint8Array(3)))).toBe('u8[3]');
    expect(kind(tensor(Float32Array.of(1), 'i32'))).toBe('i32[1]');
  });

  test('keeps bytes as the numbers that they are, or makes bools of them', () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    expect(Array.from(tensor(bytes).data)).toEqual([0, 1, 2, 255]);
    expect(Array.from(tensor(bytes, 'bool').data)).toEqual([0, 1, 1, 1]);
    expect(tensor(bytes, 'f32').toArray()).toEqual([0, 1, 2, 255]);
    expect(tensor(bytes, 'i32').toArray()).toEqual([0, 1, 2, 255]);
  });

  test.each([
    [Int8Array.of(-128, 127), 'i8'],
    [Uint8ClampedArray.of(0, 255), 'u8'],
    [Int16Array.of(-32768, 32767), 'i32'],
    [Uint16Array.of(0, 65535), 'i32'],
    [Int32Array.of(-(2 ** 31), 2 ** 31 - 1), 'i32'],
    [Uint32Array.of(0, 2 ** 31 - 1), 'i32'],
    [BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), 'i32'],
    [BigUint64Array.of(0n, 2n ** 31n - 1n), 'i32'],
    [Float32Array.of(0.5, NaN), 'f32'],
    [Float64Array.of(0.1, Infinity), 'f64'],
    [Buffer.of(0, 7), 'u8'],
  ] as const)('takes %o, alone and nested, as %s or whatever is asked for', (array, dtype) => {
    const numbers = Array.from(array as ArrayLike<number | bigint>, Number);
    expect([kind(tensor(array)), Array.from(tensor(array).data)]).toEqual([`${dtype}[2]`, numbers]);
    const nested = tensor([[array], [array], [array]]);
    expect([kind(nested), Array.from(nested.data)]).toEqual([
      `${dtype}[3,1,2]`,
      [numbers, numbers, numbers].flat(),
    ]);
    expect(kind(tensor([array, [1, 2]]))).toBe(`${highest(dtype, 'i32')}[2,2]`);
    expect(Array.from(tensor(array, 'f64').data)).toEqual(numbers);
    expect(Array.from(tensor([array], 'f32').data)).toEqual(numbers.map(Math.fround));
    expect(Array.from(tensor(array, 'bool').data)).toEqual(numbers.map((v) => Number(v !== 0)));
    const source = Array.from(tensor(array).data);
    const x = tensor([array]);
    array[0] = array[1];
    expect(Array.from(x.data)).toEqual(source); // a copy
  });

  test('promotes typed arrays that stand together', () => {
    expect(kind(tensor([Int16Array.of(1), Uint8Array.of(2)]))).toBe('i32[2,1]');
    expect(tensor([Int16Array.of(5), Uint8Array.of(2)]).toArray()).toEqual([[5], [2]]);
    expect(kind(tensor([Int32Array.of(1), Float32Array.of(2)]))).toBe('f32[2,1]');
    expect(kind(tensor([Float64Array.of(1), [2]]))).toBe('f64[2,1]');
    expect(kind(tensor([new Float64Array(0), []]))).toBe('f64[2,0]');
    expect(kind(tensor(new Int8Array(0)))).toBe('i8[0]');
  });

  test('refuses numbers of typed arrays that i32 does not hold', () => {
    const said = (value: string) =>
      `tensor: i32 holds whole numbers from -2147483648 to 2147483647, not ${value}`;
    expect(() => tensor(Uint32Array.of(1, 3e9))).toThrow(said('3000000000'));
    expect(() => tensor([BigInt64Array.of(2n ** 31n)])).toThrow(said('2147483648'));
    expect(() => tensor(BigUint64Array.of(2n ** 64n - 1n))).toThrow(RangeError);
    expect(() => tensor(Float64Array.of(1, NaN), 'i32')).toThrow(said('NaN'));
    expect(tensor(Float64Array.of(1.9, -1.9), 'i32').toArray()).toEqual([1, -1]);
    expect(tensor(Uint32Array.of(3e9), 'f64').toArray()).toEqual([3e9]);
    expect(tensor(BigInt64Array.of(2n ** 40n), 'f64').toArray()).toEqual([2 ** 40]);
  });

  test('takes typed arrays of another context', () => {
    const foreign = runInNewContext('Float64Array.of(1, 2)');
    expect([kind(tensor(foreign)), kind(tensor([foreign]))]).toEqual(['f64[2]', 'f64[1,2]']);
  });

  test('refuses what is no array of numbers', () => {
    const view = new DataView(new ArrayBuffer(8));
    for (const values of [view, [view]] as unknown as number[])
      expect(() => tensor(values)).toThrow(
        new DTypeError('tensor: a DataView has no dtype; give a typed array over its buffer'),
      );
    expect(() => tensor(new ArrayBuffer(8) as unknown as number)).toThrow(DTypeError);
    expect(() => tensor([Float32Array.of(1), Float32Array.of(1, 2)])).toThrow(
      new ShapeError('tensor: ragged nesting, a part of shape [2, 1] has 2 entries'),
    );
    expect(() => tensor([[[1]], Float32Array.of(1)])).toThrow(ShapeError);
    expect(() => tensor([Float32Array.of(1), [[1]]])).toThrow(ShapeError);
  });

  test('refuses dtypes that there are not', () => {
    expect(() => tensor(1, 'float' as DType)).toThrow(
      new DTypeError('tensor: dtype is "float"; it must be one of bool, u8, i8, i32, f16, bf16, f32, f64'),
    );
  });
});

describe('full, zeros and ones', () => {
  test('fill a shape', () => {
    expect(full([2, 2], 1.5).toArray()).toEqual([
      [1.5, 1.5],
      [1.5, 1.5],
    ]);
    expect(kind(full([], 7, 'i32'))).toBe('i32[]');
    expect([zeros([2]).toArray(), ones([2], 'bool').toArray()]).toEqual([
      [0, 0],
      [true, true],
    ]);
    expect(kind(zeros([0, 3], 'f64'))).toBe('f64[0,3]');
    expect(Array.from(full([2], 5, 'bool').data)).toEqual([1, 1]);
  });

  test('take shape and dtype of another tensor', () => {
    const x = tensor([[1, 2]], 'i32');
    expect([kind(zerosLike(x)), kind(onesLike(x)), onesLike(x).toArray()]).toEqual([
      'i32[1,2]',
      'i32[1,2]',
      [[1, 1]],
    ]);
  });

  test('refuse sizes and dtypes that cannot be', () => {
    expect(() => zeros([-1])).toThrow(
      new ShapeError('zeros: shape [-1] has size -1; sizes are whole numbers ≥ 0'),
    );
    expect(() => ones([2.5])).toThrow(ShapeError);
    expect(() => zeros([70000, 70000])).toThrow('has more than 2147483647 elements');
    expect(() => full([1], 0, 'u32' as DType)).toThrow(DTypeError);
  });
});

describe('arange', () => {
  test('counts in whole numbers', () => {
    expect([kind(arange(4)), arange(4).toArray()]).toEqual(['i32[4]', [0, 1, 2, 3]]);
    expect(arange(2, 5).toArray()).toEqual([2, 3, 4]);
    expect(arange(5, 0, -2).toArray()).toEqual([5, 3, 1]);
    expect(arange(0, 7, 3).toArray()).toEqual([0, 3, 6]);
    expect(arange(3, 3).toArray()).toEqual([]);
    expect(arange(3, 0).toArray()).toEqual([]);
    expect(arange(-2).toArray()).toEqual([]);
    expect(arange(0).toArray()).toEqual([]);
  });

  test('counts in fractions, without the end', () => {
    const x = arange(0, 1, 0.25);
    expect([kind(x), x.toArray()]).toEqual(['f32[4]', [0, 0.25, 0.5, 0.75]]);
    expectNumbers(arange(1, 2, 0.1, 'f64').data, [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9], 1e-15);
    expect(kind(arange(0, 3, 1, 'f64'))).toBe('f64[3]');
  });

  test.each([
    [0, 1, 0],
    [0, Infinity, 1],
    [NaN, 1, 1],
    [0, 1, NaN],
  ])('refuses to count from %s to %s by %s', (from, to, by) => {
    expect(() => arange(from, to, by)).toThrow(
      new ShapeError(`arange: from ${from} to ${to} by ${by} never ends`),
    );
  });

  test('refuses more than fits', () => {
    expect(() => arange(2 ** 31)).toThrow(ShapeError);
  });
});

describe('linspace', () => {
  test('is even and holds both ends exactly', () => {
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    const x = linspace(-0.1, 0.7, 97, 'f64');
    expect([x.data[0], x.data[96]]).toEqual([-0.1, 0.7]);
    expectNumbers(
      x.data,
      Array.from({ length: 97 }, (_, i) => -0.1 + (0.8 * i) / 96),
      1e-15,
    );
    expect(linspace(3, 1, 3).toArray()).toEqual([3, 2, 1]);
    expect(linspace(2, 2, 3).toArray()).toEqual([2, 2, 2]);
  });

  test('takes one point, or none', () => {
    expect(linspace(2, 5, 1).toArray()).toEqual([2]);
    expect(linspace(2, 5, 0).toArray()).toEqual([]);
  });

  test('refuses counts and dtypes that cannot be', () => {
    expect(() => linspace(0, 1, -1)).toThrow(ShapeError);
    expect(() => linspace(0, 1, 2.5)).toThrow(ShapeError);
    expect(() => linspace(0, 10, 5, 'i32')).toThrow(
      new DTypeError('linspace: i32 is not a float dtype; take f32 or f64'),
    );
  });
});

describe('eye', () => {
  test('has ones on the diagonal, of any dtype and sides', () => {
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect([kind(eye(2, 3, 'i32')), eye(2, 3, 'i32').toArray()]).toEqual([
      'i32[2,3]',
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ]);
    expect(eye(3, 2, 'bool').toArray()).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(kind(eye(0))).toBe('f32[0,0]');
    expect(() => eye(-1)).toThrow(ShapeError);
  });
});
