// Random programs as long and as large as engines have to be right on: 5 to 40 instructions, each a few
// primitives, on operands of few sizes, so that they meet in products, broadcasts and reductions.
import fc from 'fast-check';
import { prims } from '../../src/graph/index.ts';
import {
  type DType,
  isFloat,
  range,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  without,
} from '../../src/tensor/index.ts';
import { convolved } from './convolutions.ts';
import { generator } from './draws.ts';
import type { Grid } from './grids.ts';

type Choices = readonly [a: number, b: number, c: number, d: number];
type Instruction = (x: Tensor, y: Tensor, choices: Choices) => Tensor | null;

export interface LongProgram {
  /** What axes are as long as. */
  readonly sizes: readonly number[];
  readonly seed: number;
  readonly steps: readonly (readonly [op: string, choices: Choices])[];
}

const largest = 20_000;
const works = 400_000; // multiplications of one product

const number = (like: Tensor, value: number): Tensor => prims.full(like.shape, value, like.dtype);

/** `y` in the shape of `x`: as it is, or as much of it as one axis holds, repeated along the others. */
function fitted(x: Tensor, y: Tensor, choice: number): Tensor {
  if (sameShape(x.shape, y.shape)) return y;
  const axis = x.ndim ? choice % x.ndim : 0;
  const n = x.ndim && y.size >= x.shape[axis] ? x.shape[axis] : 1;
  if (y.size < n) return prims.full(x.shape, 1, y.dtype);
  const part = prims.slice(prims.reshape(y, [y.size]), { start: [0], stop: [n], step: [1] });
  return x.ndim && n === x.shape[axis]
    ? prims.broadcast(part, x.shape, [axis])
    : prims.broadcast(prims.reshape(part, []), x.shape, []);
}

const some = (n: number, choice: number): number[] => range(n).filter((i) => choice & (1 << i));
const turned = (x: Tensor, by: number): Tensor =>
  prims.transpose(
    x,
    range(x.ndim).map((i) => (i + by) % x.ndim),
  );

const unary =
  (f: (x: Tensor) => Tensor): Instruction =>
  (x) =>
    isFloat(x.dtype) ? f(x) : null;

const binary =
  (f: (x: Tensor, y: Tensor) => Tensor, takes: (dtype: DType) => boolean = () => true): Instruction =>
  (x, y, [, , c]) =>
    x.dtype === y.dtype && takes(x.dtype) ? f(x, fitted(x, y, c)) : null;

/** Sums or greatest elements over `axes`, repeated in the shape of `x`. */
const back = (reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  prims.broadcast(reduced, x.shape, without(range(x.ndim), axes));

const numbers = (dtype: DType): boolean => dtype !== 'bool';
const lastAxis = (x: Tensor): number[] => [x.ndim - 1];

const instructions: Record<string, Instruction> = {
  neg: (x) => (numbers(x.dtype) ? prims.neg(x) : null),
  abs: (x) => (numbers(x.dtype) ? prims.abs(x) : null),
  sin: unary(prims.sin),
  tanh: unary(prims.tanh),
  erf: unary(prims.erf),
  floor: unary(prims.floor),
  sigmoid: unary((x) =>
    prims.div(number(x, 1), prims.add(prims.exp(prims.neg(prims.tanh(x))), number(x, 1))),
  ),
  logarithm: unary((x) => prims.log1p(prims.abs(x))),
  root: unary((x) => prims.sqrt(prims.abs(x))),
  decay: unary((x) => prims.exp(prims.neg(prims.abs(x)))),
  relu: unary((x) => prims.max(x, number(x, 0))),
  add: binary(prims.add, numbers),
  sub: binary(prims.sub, numbers),
  mul: binary((x, y) => prims.mul(x, isFloat(y.dtype) ? prims.tanh(y) : y), numbers),
  ratio: binary((x, y) => prims.div(x, prims.add(prims.abs(y), number(y, 0.5))), isFloat),
  divide: binary(prims.div, (dtype) => dtype === 'i32'),
  remainder: binary(prims.mod, (dtype) => dtype === 'i32'),
  max: binary(prims.max),
  min: binary(prims.min),
  lt: binary(prims.lt),
  eq: binary(prims.eq, (dtype) => !isFloat(dtype)),
  mask: binary((x, y) => prims.select(prims.lt(number(x, 0), x), y, number(x, 0)), numbers),
  where: binary((x, y) => prims.select(prims.lt(x, y), prims.add(x, y), y), numbers),
  toFloat: (x, y) => (isFloat(y.dtype) && !isFloat(x.dtype) ? prims.cast(x, y.dtype) : null),
  toWhole: (x) => (x.dtype === 'bool' ? prims.cast(x, 'i32') : null),
  sum: (x, _, [, , c]) => (numbers(x.dtype) ? prims.sum(x, some(x.ndim, c)) : null),
  mean: (x, _, [, , c]) => {
    const axes = some(x.ndim, c);
    if (!isFloat(x.dtype)) return null;
    const total = back(prims.sum(x, axes), x, axes);
    return prims.sub(x, prims.mul(total, number(x, 1 / Math.max(1, sizeOf(axes.map((i) => x.shape[i]))))));
  },
  softmax: (x, _, [, , c]) => {
    if (!isFloat(x.dtype) || x.ndim === 0) return null;
    const axes = c % 2 ? lastAxis(x) : [0];
    const powers = prims.exp(prims.sub(x, back(prims.reduceMax(x, axes), x, axes)));
    return prims.div(powers, back(prims.sum(powers, axes), x, axes));
  },
  reduceMax: (x, _, [, , c]) => prims.reduceMax(x, some(x.ndim, c)),
  argMax: (x, _, [, , c]) =>
    numbers(x.dtype) && x.ndim && x.shape[c % x.ndim] ? prims.argMax(x, c % x.ndim) : null,
  cumSum: (x, _, [, , c]) => (numbers(x.dtype) && x.ndim ? prims.cumSum(x, c % x.ndim) : null),
  argSort: (x, _, [, , c]) => (numbers(x.dtype) && x.ndim ? prims.argSort(x, c % x.ndim) : null),
  flatten: (x) => prims.reshape(x, [x.size]),
  split: (x, _, [, , c]) => {
    const n = [2, 3, 5, 7][c % 4];
    return x.ndim < 4 && x.ndim && x.shape[0] % n === 0
      ? prims.reshape(x, [n, x.shape[0] / n, ...x.shape.slice(1)])
      : null;
  },
  transpose: (x, _, [, , c]) => turned(x, c),
  broadcast: (x, y, [, , c, d]) => {
    const at = c % (x.ndim + 1);
    const shape = x.shape.toSpliced(at, 0, y.ndim ? y.shape[d % y.ndim] : 3);
    return x.ndim < 4 && sizeOf(shape) <= largest
      ? prims.broadcast(x, shape, without(range(x.ndim + 1), [at]))
      : null;
  },
  slice: (x, _, [, , c, d]) =>
    prims.slice(x, {
      start: x.shape.map((n, i) => Math.min(n, (c >> (2 * i)) % 4)),
      stop: x.shape.map((n, i) => Math.max(Math.min(n, (c >> (2 * i)) % 4), n - ((d >> (2 * i)) % 3))),
      step: x.shape.map((_, i) => 1 + (((c + d) >> i) & 1)),
    }),
  pad: (x, _, [, , c, d]) =>
    sizeOf(x.shape.map((n) => 2 * n + 1)) > largest
      ? null
      : prims.pad(x, {
          low: x.shape.map((_, i) => (c >> i) & 1),
          high: x.shape.map((_, i) => (d >> i) & 1),
          interior: x.shape.map((_, i) => (c >> (i + 4)) & 1),
        }),
  flip: (x, _, [, , c]) => prims.flip(x, some(x.ndim, c)),
  concat: (x, y, [, , c]) =>
    x.ndim && y.dtype === x.dtype ? prims.concat([x, fitted(x, y, c)], c % x.ndim) : null,
  gather: (x, y, [, , c]) =>
    x.ndim && x.ndim < 3 && y.dtype === 'i32' && y.ndim < 3 && x.size * y.size <= largest
      ? prims.gather(x, y, { axis: c % x.ndim, batch: 0 })
      : null,
  scatterAdd: (x, y, [, , c]) =>
    numbers(x.dtype) && x.ndim && y.dtype === 'i32' && sameShape(y.shape, [x.shape[0]])
      ? prims.scatterAdd(x, y, { axis: 0, batch: 0, size: 1 + (c % 9) })
      : null,
  dot: product(false),
  batchedDot: product(true),
  conv: (x, y, [, , c, d]) => (x.size * y.size > works ? null : convolved(x, y, c, d)),
};

/** A product over one axis of either that are of one size, and along another such pair if it is batched. */
function product(batched: boolean): Instruction {
  return (x, y, [, , c, d]) => {
    if (x.dtype !== y.dtype || !numbers(x.dtype) || x.ndim + y.ndim > 6) return null;
    const pairs = range(x.ndim).flatMap((i) => range(y.ndim).map((j) => [i, j] as const));
    const equal = pairs.filter(([i, j]) => x.shape[i] === y.shape[j]);
    const first = equal[c % (equal.length || 1)];
    const others = equal.filter(([i, j]) => i !== first?.[0] && j !== first?.[1]);
    const second = batched ? others[d % (others.length || 1)] : undefined;
    if (!first || (batched && !second)) return null;
    const lhs = [...'abc'].slice(0, x.ndim);
    const rhs = [...'def'].slice(0, y.ndim);
    if (lhs.length < x.ndim || rhs.length < y.ndim) return null;
    rhs[first[1]] = lhs[first[0]];
    if (second) rhs[second[1]] = lhs[second[0]];
    const free = [...new Set([...lhs, ...rhs])].filter((letter) => letter !== lhs[first[0]]);
    const out = d % 3 ? free : free.toReversed();
    const size = (letter: string): number =>
      lhs.includes(letter) ? x.shape[lhs.indexOf(letter)] : y.shape[rhs.indexOf(letter)];
    const n = size(lhs[first[0]]);
    const results = sizeOf(out.map(size));
    if (out.length > 4 || results > largest || results * n > works) return null;
    const found = prims.dot(x, y, { lhs: lhs.join(''), rhs: rhs.join(''), out: out.join('') });
    return isFloat(x.dtype) && d % 2 ? prims.mul(found, number(found, 1 / Math.max(1, n))) : found;
  };
}

/** What compilers of tensors are most often wrong about comes up more often. */
const frequent = [
  'dot',
  'dot',
  'dot',
  'batchedDot',
  'batchedDot',
  'sum',
  'mean',
  'softmax',
  'transpose',
  'add',
  'mul',
];

const size = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 5, arbitrary: fc.constantFrom(2, 3, 5, 7) },
  { weight: 10, arbitrary: fc.constantFrom(8, 13, 16, 17, 31, 33, 67, 70) },
);

export const longProgram: fc.Arbitrary<LongProgram> = fc.record({
  sizes: fc.tuple(size, size, size),
  seed: fc.nat(1000),
  steps: fc.array(
    fc.tuple(
      fc.constantFrom(...Object.keys(instructions), ...frequent),
      fc.tuple(fc.nat(99), fc.nat(99), fc.nat(255), fc.nat(255)),
    ),
    { minLength: 5, maxLength: 40, size: 'max' },
  ),
});

/** Numbers from -3 to 3, whole ones from -4 to 14. */
export function filled(dtype: DType, shape: Shape, seed: number): Grid {
  const next = generator(seed);
  const value = (): number => {
    if (dtype === 'bool') return Math.floor(2 * next());
    return dtype === 'i32' ? Math.floor(19 * next()) - 4 : Math.fround(6 * next() - 3);
  };
  return { dtype, shape, data: Array.from({ length: sizeOf(shape) }, value) };
}

/** The operands that a program begins with. */
export const operands = ({ sizes: [a, b, c], seed }: LongProgram, dtype: DType): Grid[] => {
  const floating: Shape[] = [[a, b], [b, c], [3, c, a], [b], [a], []];
  return [
    ...floating.map((shape, i) => filled(dtype, shape, seed + i)),
    filled('i32', [b], seed + 10),
    filled('i32', [a, c], seed + 11),
    filled('bool', [a, b], seed + 12),
  ];
};

/** What is tried in place of an operand that an instruction does not take. */
const attempts = 8;

/**
 * Runs the program: half of its operands are recent results, and few are single numbers. An instruction that
 * applies to nothing is left out. Gives every result that nothing else was computed from, and some that are.
 */
export function performLong({ steps }: LongProgram, inputs: readonly Tensor[]): Tensor[] {
  const values = [...inputs];
  const used = new Set<Tensor>();
  const pick = (choice: number): Tensor => {
    const recent = choice % 2 ? values.length : Math.min(5, values.length);
    const candidates = range(recent).map((i) => values[values.length - 1 - ((i + choice) % recent)]);
    return (choice % 8 && candidates.find((value) => value.size > 1)) || candidates[0];
  };
  for (const [op, choices] of steps) {
    const x = pick(choices[0]);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const y = pick(choices[1] + attempt);
      const made = instructions[op](x, y, choices);
      if (!made || made.size > largest || values.includes(made)) continue;
      used.add(x).add(y);
      values.push(made);
      break;
    }
  }
  const made = values.slice(inputs.length);
  return [...made.filter((value, i) => !used.has(value) || i % 8 === 0), values[0]];
}
