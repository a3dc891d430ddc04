// Elementwise ops: NumPy's broadcasting and promotion, and what each op gives, also for NaN and infinities.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type TensorLike, tensor } from '../../src/ops/index.ts';
import { type DType, DTypeError, dtypes, promote, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { suites } from '../graph/primitives/suites.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { expectGrid, expectNumbers, type Grid, makeGrid, toGrid } from '../helpers/grids.ts';
import { commonShape, computing, highest, spread, spreadAt } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

type Binary = (x: TensorLike, y: TensorLike) => Tensor;

/** Two tensors of any dtypes whose shapes broadcast. */
const pair = (kind: fc.Arbitrary<DType> = arbitrary.dtype): fc.Arbitrary<[Tensor, Tensor]> =>
  arbitrary
    .shape(0, 3)
    .chain((shape) =>
      fc
        .tuple(arbitrary.broadcastable(shape), arbitrary.broadcastable(shape), kind, kind)
        .chain(([a, b, c, d]) => fc.tuple(arbitrary.tensorOf(a, c), arbitrary.tensorOf(b, d))),
    );

/** Both broadcast to their common shape, in the dtype that their common one computes in. */
function together(x: Tensor, y: Tensor, atLeast: DType): Grid[] {
  const shape = commonShape(x.shape, y.shape);
  const dtype = computing(x.dtype, y.dtype, atLeast);
  return [x, y].map((t) => spread(toGrid(t), shape, dtype));
}

describe('Arithmetic', () => {
  const table = [
    ['add', ops.add, suites.add.oracle],
    ['sub', ops.sub, suites.sub.oracle],
    ['mul', ops.mul, suites.mul.oracle],
  ] as const;

  test.each(table)('%s broadcasts and promotes, bools to i32 (property)', (_, op, oracle) => {
    fc.assert(
      fc.property(pair(), ([x, y]) => {
        expectGrid(op(x, y), oracle(together(x, y, 'i32'), {}));
      }),
    );
  });

  test('div is true division, in f32 unless an operand is f64 (property)', () => {
    fc.assert(
      fc.property(pair(), ([x, y]) => {
        const [a, b] = together(x, y, highest(x.dtype, y.dtype) === 'f64' ? 'f64' : 'f32');
        expectGrid(
          ops.div(x, y),
          makeGrid(a.dtype, a.shape, (i) => spreadAt(a, i) / spreadAt(b, i)),
        );
      }),
    );
  });

  test('floorDivide and remainder of whole numbers divide down (property)', () => {
    fc.assert(
      fc.property(pair(fc.constantFrom('bool', 'i32')), ([x, y]) => {
        const both = together(x, y, 'i32');
        expectGrid(ops.floorDivide(x, y), suites.div.oracle(both, {}));
        expectGrid(ops.remainder(x, y), suites.mod.oracle(both, {}));
      }),
    );
  });

  test('floorDivide and remainder have the signs that Python gives them', () => {
    const x = tensor([7, -7, 7, -7, 0, 7.5, -7.5], 'f64');
    const y = tensor([3, 3, -3, -3, 3, 2, 2], 'f64');
    expectNumbers(ops.floorDivide(x, y).data, [2, -3, -3, 2, 0, 3, -4]);
    expectNumbers(ops.remainder(x, y).data, [1, 2, -2, -1, 0, 1.5, 0.5]);
    expectNumbers(ops.floorDivide(tensor([1, -1, 0], 'f32'), 0).data, [Infinity, -Infinity, NaN]);
    expectNumbers(ops.remainder(tensor([1, NaN]), tensor([0, 2])).data, [NaN, NaN]);
    expect(ops.floorDivide(tensor([7, -7, 1], 'i32'), 0).toArray()).toEqual([0, 0, 0]);
    expect(ops.remainder(tensor([7, -7, 1], 'i32'), 0).toArray()).toEqual([0, 0, 0]);
  });

  test('x is floorDivide · y + remainder (property)', () => {
    const value = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [tensor(a, 'f64'), tensor(b || 1, 'f64')];
        expect(ops.add(ops.mul(ops.floorDivide(x, y), y), ops.remainder(x, y)).item()).toBe(a);
      }),
    );
  });

  test('pow takes whole powers of whole numbers, and roots of floats', () => {
    expect(ops.pow(tensor([2, -3, 0], 'i32'), 3).toArray()).toEqual([8, -27, 0]);
    expect(ops.pow(tensor([2, -3, 0], 'i32'), 3).dtype).toBe('i32');
    expectNumbers(ops.pow(tensor([4, 9], 'i32'), 0.5).data, [2, 3]);
    expectNumbers(ops.pow(2, tensor([-1, 0, 10], 'f32')).data, [0.5, 1, 1024]);
    expectNumbers(ops.pow(tensor([0, 0, -1, -8], 'f64'), tensor([0, -1, 2, 1 / 3], 'f64')).data, [
      1,
      Infinity,
      1,
      NaN,
    ]);
  });
});

describe('Comparison', () => {
  const table: [string, Binary, (x: number, y: number) => boolean][] = [
    ['equal', ops.equal, (x, y) => x === y],
    ['notEqual', ops.notEqual, (x, y) => x !== y],
    ['less', ops.less, (x, y) => x < y],
    ['lessEqual', ops.lessEqual, (x, y) => x <= y],
    ['greater', ops.greater, (x, y) => x > y],
    ['greaterEqual', ops.greaterEqual, (x, y) => x >= y],
  ];

  test.each(table)('%s broadcasts, promotes and gives bools (property)', (_, op, f) => {
    fc.assert(
      fc.property(pair(), ([x, y]) => {
        const [a, b] = together(x, y, 'bool');
        expectGrid(
          op(x, y),
          makeGrid('bool', a.shape, (i) => Number(f(spreadAt(a, i), spreadAt(b, i)))),
        );
      }),
    );
  });

  test.each(table)('%s treats NaN, infinities and zeros as IEEE 754 does', (_, op, f) => {
    const x = [NaN, NaN, 1, 0, Infinity, -Infinity];
    const y = [NaN, 1, NaN, -0, Infinity, Infinity];
    const expected = x.map((a, i) => f(a, y[i]));
    expect(op(tensor(x), tensor(y)).toArray()).toEqual(expected);
  });
});

describe('maximum, minimum and clip', () => {
  test('are in the dtype that their arguments compute in, bools too (property)', () => {
    fc.assert(
      fc.property(pair(), ([x, y]) => {
        const [a, b] = together(x, y, 'bool');
        for (const [op, f] of [
          [ops.maximum, Math.max],
          [ops.minimum, Math.min],
        ] as const)
          expectGrid(
            op(x, y),
            makeGrid(a.dtype, a.shape, (i) => f(spreadAt(a, i), spreadAt(b, i))),
            0,
          );
      }),
    );
  });

  test('give NaN where either is', () => {
    const [x, y] = [tensor([NaN, 1, NaN]), tensor([1, NaN, NaN])];
    expectNumbers(ops.maximum(x, y).data, [NaN, NaN, NaN]);
    expectNumbers(ops.minimum(x, y).data, [NaN, NaN, NaN]);
  });

  test('clip keeps between bounds that broadcast', () => {
    expect(ops.clip(tensor([-5, 0, 5]), -1, 2).toArray()).toEqual([-1, 0, 2]);
    expect(ops.clip(tensor([-5, 0, 5], 'i32'), -1, 2).dtype).toBe('i32');
    expect(ops.clip(tensor([[1], [9]]), tensor([2, 3]), tensor(8)).toArray()).toEqual([
      [2, 3],
      [8, 8],
    ]);
    expectNumbers(ops.clip(tensor([NaN]), 0, 1).data, [NaN]);
  });
});

describe('Logic', () => {
  const bits = [false, true];
  const table: [string, Binary, (x: boolean, y: boolean) => boolean][] = [
    ['logicalAnd', ops.logicalAnd, (x, y) => x && y],
    ['logicalOr', ops.logicalOr, (x, y) => x || y],
    ['logicalXor', ops.logicalXor, (x, y) => x !== y],
  ];

  test.each(table)('%s has its truth table', (_, op, f) => {
    for (const x of bits) for (const y of bits) expect(op(x, y).toArray()).toBe(f(x, y));
  });

  test.each(table)('%s takes anything that is not 0 as true (property)', (_, op, f) => {
    fc.assert(
      fc.property(pair(), ([x, y]) => {
        const shape = commonShape(x.shape, y.shape);
        const [a, b] = [toGrid(x), toGrid(y)];
        expectGrid(
          op(x, y),
          makeGrid('bool', shape, (i) => Number(f(spreadAt(a, i) !== 0, spreadAt(b, i) !== 0))),
        );
      }),
    );
  });

  test('logicalNot is true at 0 alone', () => {
    expect(ops.logicalNot(tensor([0, -0, 2, NaN])).toArray()).toEqual([true, true, false, false]);
    expect(ops.logicalNot(true).toArray()).toBe(false);
  });

  test('isnan, isinf and isfinite tell kinds of floats apart', () => {
    const x = tensor([NaN, Infinity, -Infinity, 0, 1e38]);
    expect(ops.isnan(x).toArray()).toEqual([true, false, false, false, false]);
    expect(ops.isinf(x).toArray()).toEqual([false, true, true, false, false]);
    expect(ops.isfinite(x).toArray()).toEqual([false, false, false, true, true]);
    const i = tensor([1, -(2 ** 31)], 'i32');
    expect([ops.isnan(i), ops.isinf(i), ops.isfinite(i)].map((t) => t.toArray())).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ]);
  });
});

describe('Promotion', () => {
  test('goes from bool over integers to f64, and arithmetic on from what is for storage', () => {
    for (const a of dtypes)
      for (const b of dtypes) {
        expect(promote(a, b)).toBe(highest(a, b));
        expect(ops.maximum(tensor(1, a), tensor(1, b)).dtype).toBe(computing(a, b));
      }
  });

  test.each([
    [tensor(1, 'f32'), 2, 'f32'],
    [tensor(1, 'f64'), 2.5, 'f64'],
    [tensor(1, 'i32'), 2, 'i32'],
    [tensor(1, 'i32'), 2.5, 'f32'],
    [tensor(1, 'i32'), Infinity, 'f32'],
    [tensor(1, 'i32'), true, 'i32'],
    [tensor(true), 2, 'i32'],
    [tensor(1, 'u8'), 300, 'i32'],
    [tensor(1, 'i8'), 2.5, 'f32'],
    [tensor(1, 'bf16'), 2.5, 'f32'],
    [tensor(true), 2.5, 'f32'],
    [tensor(true), false, 'i32'],
    [tensor(1, 'f64'), true, 'f64'],
    [tensor(1, 'i32'), tensor(1, 'f32'), 'f32'],
    [1, 2, 'f32'],
    [true, 2, 'f32'],
    [true, true, 'i32'],
  ] as const)('of %s and %s gives %s', (x, y, dtype) => {
    expect(ops.add(x, y).dtype).toBe(dtype);
    expect(ops.add(y, x).dtype).toBe(dtype);
  });

  test('makes integers floats where the result is no integer', () => {
    const i = tensor([1, 4], 'i32');
    for (const f of [ops.exp, ops.log, ops.sqrt, ops.sin, ops.tanh, ops.sigmoid, ops.rsqrt, ops.reciprocal])
      expect([f(i).dtype, f(tensor(true)).dtype, f(tensor(1, 'f64')).dtype]).toEqual(['f32', 'f32', 'f64']);
    for (const f of [ops.neg, ops.abs, ops.sign, ops.square])
      expect([f(i).dtype, f(tensor(true)).dtype]).toEqual(['i32', 'i32']);
    for (const f of [ops.floor, ops.ceil, ops.round, ops.trunc])
      expect([f(i).dtype, f(tensor(true)).dtype, f(2.5).dtype]).toEqual(['i32', 'bool', 'f32']);
  });
});

describe('Operands that do not fit', () => {
  test.each([
    ['add', ops.add],
    ['div', ops.div],
    ['maximum', ops.maximum],
    ['equal', ops.equal],
    ['logicalAnd', ops.logicalAnd],
    ['remainder', ops.remainder],
  ] as const)('are named by %s', (name, op) => {
    expect(() => op(ops.zeros([2, 3]), ops.zeros([2]))).toThrow(
      new ShapeError(`${name}: shapes [2, 3] and [2] do not broadcast (sizes 3 and 2 differ)`),
    );
    expect(() => op(ops.zeros([3]), ops.zeros([0]))).toThrow(ShapeError);
  });

  test('are named by where', () => {
    expect(() => ops.where(true, ops.zeros([2]), ops.zeros([3]))).toThrow(
      'where: shapes [2] and [3] do not broadcast',
    );
    expect(() => ops.where(ops.zeros([4]), ops.zeros([2]), 1)).toThrow('where: shapes [4] and [2]');
  });
});

describe('Functions of one number', () => {
  const values = [-2.5, -1, -0.3, 0, 0.2, 1, 2.5, 3.7, NaN, Infinity, -Infinity];
  const table: [string, (x: TensorLike) => Tensor, (x: number) => number][] = [
    ['neg', ops.neg, (x) => -x],
    ['abs', ops.abs, Math.abs],
    ['sign', ops.sign, Math.sign],
    ['exp', ops.exp, Math.exp],
    ['expm1', ops.expm1, Math.expm1],
    ['log', ops.log, Math.log],
    ['log1p', ops.log1p, Math.log1p],
    ['log2', ops.log2, Math.log2],
    ['sqrt', ops.sqrt, Math.sqrt],
    ['rsqrt', ops.rsqrt, (x) => 1 / Math.sqrt(x)],
    ['reciprocal', ops.reciprocal, (x) => 1 / x],
    ['sin', ops.sin, Math.sin],
    ['cos', ops.cos, Math.cos],
    ['tan', ops.tan, Math.tan],
    ['tanh', ops.tanh, Math.tanh],
    ['sigmoid', ops.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
    ['square', ops.square, (x) => x * x],
    ['floor', ops.floor, Math.floor],
    ['ceil', ops.ceil, Math.ceil],
    ['trunc', ops.trunc, Math.trunc],
  ];

  test.each(table)('%s is what JavaScript gives, in f64 and f32', (_, op, f) => {
    expectNumbers(op(tensor(values, 'f64')).data, values.map(f), 1e-15);
    const narrow = values.map(Math.fround);
    expectNumbers(op(tensor(values)).data, narrow.map(f), 1e-6);
  });

  test('sigmoid overflows nowhere', () => {
    expect(ops.sigmoid(tensor([-1000, 1000, 0])).toArray()).toEqual([0, 1, 0.5]);
  });

  test('erf is odd and known at some points', () => {
    const x = tensor([0, 0.5, 1, 2, 3], 'f64');
    const known = [0, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9999779095030014];
    expectNumbers(ops.erf(x).data, known, 1e-15);
    expectNumbers(
      ops.erf(ops.neg(x)).data,
      known.map((y) => -y),
      1e-15,
    );
  });

  test('round takes halves to the even neighbour', () => {
    const x = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 2.4, 2.6, -2.6, 8388609, NaN, Infinity];
    expectNumbers(ops.round(tensor(x)).data, [0, 2, 2, 0, -2, -2, 0, 2, 3, -3, 8388609, NaN, Infinity]);
  });

  test('sign keeps whole numbers whole', () => {
    expect(ops.sign(tensor([-7, 0, 9], 'i32')).toArray()).toEqual([-1, 0, 1]);
  });

  test('take bare numbers and booleans', () => {
    expect([ops.neg(2).item(), ops.exp(0).item(), ops.neg(true).item(), ops.floor(1.5).item()]).toEqual([
      -2, 1, -1, 1,
    ]);
  });
});

describe('where', () => {
  test('chooses by element; all three broadcast (property)', () => {
    const three = arbitrary
      .shape(0, 3)
      .chain((shape) =>
        fc
          .tuple(
            arbitrary.broadcastable(shape),
            arbitrary.broadcastable(shape),
            arbitrary.broadcastable(shape),
            arbitrary.dtype,
            arbitrary.dtype,
            arbitrary.dtype,
          )
          .chain(([a, b, c, d, e, f]) =>
            fc.tuple(arbitrary.tensorOf(a, d), arbitrary.tensorOf(b, e), arbitrary.tensorOf(c, f)),
          ),
      );
    fc.assert(
      fc.property(three, ([condition, yes, no]) => {
        const shape = commonShape(condition.shape, yes.shape, no.shape);
        const dtype = highest(yes.dtype, no.dtype);
        const [c, a, b] = [toGrid(condition), toGrid(yes), toGrid(no)];
        expectGrid(
          ops.where(condition, yes, no),
          makeGrid(dtype, shape, (i) => spreadAt(spreadAt(c, i) !== 0 ? a : b, i)),
        );
      }),
    );
  });

  test('takes bare numbers, which follow the other side', () => {
    const c = tensor([true, false]);
    expect(ops.where(c, tensor([1, 2], 'i32'), 0).dtype).toBe('i32');
    expect(ops.where(c, tensor([1, 2], 'f64'), 0.5).toArray()).toEqual([1, 0.5]);
    expect(ops.where(c, 1, 2).toArray()).toEqual([1, 2]);
    expect(ops.where(true, tensor([1, 2]), 0).toArray()).toEqual([1, 2]);
  });
});

describe('astype, asTensor and broadcastTo', () => {
  test('astype truncates and saturates towards i32, and is ≠ 0 for bool', () => {
    const x = tensor([1.9, -1.9, 3e9, NaN, 0]);
    expect(ops.astype(x, 'i32').toArray()).toEqual([1, -1, 2 ** 31 - 1, 0, 0]);
    expect(ops.astype(x, 'bool').toArray()).toEqual([true, true, true, true, false]);
    expect(ops.astype(true, 'f64').item()).toBe(1);
    expect(() => ops.astype(x, 'int' as DType)).toThrow(DTypeError);
  });

  test('asTensor makes bools of numbers that are not 0', () => {
    expect(Array.from(ops.asTensor(2, 'bool').data)).toEqual([1]);
  });

  test('asTensor gives a tensor back as it is', () => {
    const x = tensor([1]);
    expect(ops.asTensor(x)).toBe(x);
    expect(ops.asTensor(x, 'f64').dtype).toBe('f64');
    expect([ops.asTensor(2).dtype, ops.asTensor(true).dtype, ops.asTensor(2, 'i32').dtype]).toEqual([
      'f32',
      'bool',
      'i32',
    ]);
  });

  test('broadcastTo repeats as NumPy does (property)', () => {
    const setting = arbitrary.shape(0, 4).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        arbitrary.broadcastable(shape).chain((d) => arbitrary.tensorOf(d, 'i32')),
      ),
    );
    fc.assert(
      fc.property(setting, ([shape, x]) => {
        expectGrid(ops.broadcastTo(x, shape), spread(toGrid(x), shape));
      }),
    );
  });

  test('broadcastTo refuses to shrink', () => {
    expect(() => ops.broadcastTo(ops.zeros([3]), [1])).toThrow(
      new ShapeError('broadcastTo: shape [3] does not broadcast to [1]'),
    );
    expect(() => ops.broadcastTo(ops.zeros([2, 3]), [3])).toThrow('does not broadcast to [3]');
    expect(() => ops.broadcastTo(ops.zeros([2]), [3])).toThrow('do not broadcast (sizes 2 and 3 differ)');
  });
});

describe('stopGradient', () => {
  test('is the identity on every dtype', () => {
    for (const dtype of dtypes) {
      const x = tensor([1, 0], dtype);
      expect(ops.stopGradient(x).toArray()).toEqual(x.toArray());
    }
  });
});
