// Where a formula meets 0 / 0, 0 · ∞, ∞ − ∞ or an overflow and the function does not: values and first two derivatives,
// eagerly and compiled. Rows are cases.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as ops from '../../src/ops/index.ts';
import { mul, sum, tensor } from '../../src/ops/index.ts';
import type { NestedArray, Tensor } from '../../src/tensor/index.ts';
import { grad, jit } from '../../src/transforms/index.ts';
import { long } from '../helpers/long.ts';

type Float = 'f32' | 'f64';
/** What is right; of `null` nothing is said. */
type Numbers = readonly (number | null)[];

interface Point {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly at: NestedArray;
  readonly value: Numbers;
  /** Of the sum of the values. */
  readonly slope?: Numbers;
  /** Of the sum of the slopes. */
  readonly bend?: Numbers;
}

const inf = Infinity;
const i32 = (values: number[]): Tensor => tensor(values, 'i32');
const column = (x: Tensor, i: number): Tensor => ops.slice(x, '...', i);
const repeated = (n: number, value: number | null): Numbers => new Array(n).fill(value);

/** Sizes at which squares are fine, and at which they are not; the last two are the ends of what there is. */
const sizes: Record<Float, readonly number[]> = {
  f32: [1, 1e-30, 1e30, 1e-15, 1e18, 2 ** -42, 2 ** 48, 5e-39, 2 ** -147, 2 ** 125],
  f64: [1, 1e-200, 1e200, 1e-130, 1e130, 2 ** -450, 2 ** 480, 1e-308, 2 ** -1072, 2 ** 1021],
};

function norms(dtype: Float): Point[] {
  const corners = [
    [0, 0],
    [-inf, 1],
    [NaN, 1],
  ];
  /** Where rounding of what is subnormal takes no part. */
  const scales = sizes[dtype].filter((by) => by * 2 ** -24 > (dtype === 'f32' ? 2 ** -150 : 2 ** -1060));
  const regular = [0, 0, null, null, null, null];
  return [
    {
      name: 'norm',
      f: (x) => ops.norm(x, 1),
      at: [...corners, ...sizes[dtype].map((by) => [3 * by, 4 * by])],
      value: [0, inf, NaN, ...sizes[dtype].map((by) => 5 * by)],
      slope: [...regular, ...sizes[dtype].flatMap(() => [0.6, 0.8])],
      bend: [...regular, 0.032, -0.024, ...repeated(2 * sizes[dtype].length - 2, null)],
    },
    {
      name: 'norm of order 3',
      f: (x) => ops.norm(x, 1, true, 3),
      at: [...corners, ...scales.map((by) => [by, by])],
      value: [0, inf, NaN, ...scales.map((by) => 2 ** (1 / 3) * by)],
      slope: [...regular, ...repeated(2 * scales.length, 2 ** (-2 / 3))],
      bend: [...regular, ...repeated(2 * scales.length, null)],
    },
    ...[1, inf].map((ord) => ({
      name: `norm of order ${ord}`,
      f: (x: Tensor) => ops.norm(x, -1, false, ord),
      at: [...corners, [3, 4]],
      value: [0, inf, NaN, ord === 1 ? 7 : 4],
      slope: [...regular, ord === 1 ? 1 : 0, 1],
      bend: [...regular, 0, 0],
    })),
    { name: 'norm of one 0', f: (x) => ops.norm(x), at: 0, value: [0], slope: [0], bend: [0] },
    {
      name: 'std',
      f: (x) => ops.std(x, 1),
      at: [[2, 2], [0, 0], [-inf, 1], ...scales.map((by) => [by, -by])],
      value: [0, 0, NaN, ...scales],
      slope: [0, 0, 0, 0, null, null, ...scales.flatMap(() => [0.5, -0.5])],
      bend: [0, 0, 0, 0, null, null, ...repeated(2 * scales.length, 0)],
    },
    {
      name: 'std less a degree of freedom',
      f: (x) => ops.std(x, 1, true, 1),
      at: [
        [5, 5, 5],
        [0, 3, 6],
      ],
      value: [0, 3],
      slope: [0, 0, 0, -0.5, 0, 0.5],
      bend: [0, 0, 0, 0, 0, 0],
    },
    {
      name: 'variance',
      f: (x) => ops.variance(x, 1),
      at: [
        [2, 2],
        [-inf, 1],
      ],
      value: [0, NaN],
      slope: [0, 0, null, null],
      bend: [0, 0, null, null],
    },
    { name: 'std of one', f: (x) => ops.std(x), at: [7], value: [0], slope: [0], bend: [0] },
    { name: 'variance without freedom', f: (x) => ops.variance(x, 0, false, 2), at: [1], value: [NaN] },
    {
      name: 'layerNorm',
      f: (x) => mul(nn.layerNorm(nn.initLayerNorm(2, x.dtype), x, 0.0625), tensor([1, 3], x.dtype)),
      at: [[5, 5], ...sizes[dtype].filter((by) => by > 1).map((by) => [by, -by])],
      value: [0, 0, ...sizes[dtype].filter((by) => by > 1).flatMap(() => [1, -3])],
      slope: [-4, 4, ...sizes[dtype].filter((by) => by > 1).flatMap(() => [0, 0])],
      bend: [0, 0, ...sizes[dtype].filter((by) => by > 1).flatMap(() => [0, 0])],
    },
  ];
}

const sums = [
  { at: [-inf, -inf], value: -inf, slope: [0, 0] },
  { at: [-inf, 2], value: 2, slope: [0, 1] },
  { at: [inf, 1], value: inf, slope: [1, 0] },
  { at: [inf, -inf], value: inf, slope: [1, 0] },
  { at: [inf, inf], value: inf, slope: [0.5, 0.5] },
  { at: [2 ** 127, 2 ** 127], value: 2 ** 127, slope: [0.5, 0.5] },
  { at: [NaN, inf], value: NaN, slope: [null, null] },
  { at: [1, NaN], value: NaN, slope: [null, null] },
];
const [f1, f2]: ((x: Tensor) => Tensor)[] = [
  (x) => ops.logsumexp(x, 1),
  (x) => ops.logaddexp(column(x, 0), column(x, 1)),
];
const exponentials: Point[] = [
  ...(
    [
      ['logsumexp', f1],
      ['logaddexp', f2],
    ] as const
  ).map(([name, f]) => ({
    name,
    f,
    at: sums.map(({ at }) => at),
    value: sums.map(({ value }) => value),
    slope: sums.flatMap(({ slope }) => slope),
    bend: sums.flatMap(({ slope }) => slope.map((s) => s && 0)),
  })),
  { name: 'logsumexp of nothing', f: (x) => ops.logsumexp(x), at: [], value: [-inf], slope: [], bend: [] },
  {
    name: 'logsumexp of empty rows',
    f: (x) => ops.logsumexp(x, 1),
    at: [[], []],
    value: [-inf, -inf],
    slope: [],
  },
  { name: 'softmax of nothing', f: (x) => ops.softmax(x), at: [], value: [], slope: [] },
  { name: 'logSoftmax of empty rows', f: (x) => ops.logSoftmax(x), at: [[], []], value: [], slope: [] },
  { name: 'softmax of no rows', f: (x) => ops.softmax(ops.reshape(x, [0, 3])), at: [], value: [], slope: [] },
  {
    name: 'softmax',
    f: (x) => mul(ops.softmax(x), tensor([1, 2, 4], x.dtype)),
    at: [-inf, 0, 0],
    value: [0, 1, 2],
    slope: [0, -0.5, 0.5],
    bend: [0, 0, 0],
  },
  {
    name: 'logSoftmax',
    f: (x) => column(ops.logSoftmax(x), 1),
    at: [-inf, 0, 0],
    value: [-Math.LN2],
    slope: [0, 0.5, -0.5],
    bend: [0, 0, 0],
  },
];

const bounded: [string, (x: Tensor) => Tensor, Numbers, Numbers][] = [
  // at −∞, ∞, −2¹²⁷ and 2¹²⁷
  ['relu', nn.relu, [0, inf, 0, 2 ** 127], [0, 1, 0, 1]],
  ['gelu', nn.gelu, [0, inf, 0, 2 ** 127], [0, 1, 0, 1]],
  ['silu', nn.silu, [0, inf, 0, 2 ** 127], [0, 1, 0, 1]],
  ['softplus', nn.softplus, [0, inf, 0, 2 ** 127], [0, 1, 0, 1]],
  ['logSigmoid', ops.logSigmoid, [-inf, 0, -(2 ** 127), 0], [1, 0, 1, 0]],
  ['sigmoid', ops.sigmoid, [0, 1, 0, 1], [0, 0, 0, 0]],
  ['tanh', ops.tanh, [-1, 1, -1, 1], [0, 0, 0, 0]],
  ['erf', ops.erf, [-1, 1, -1, 1], [0, 0, 0, 0]],
  ['erfc', ops.erfc, [2, 0, 2, 0], [0, 0, 0, 0]],
];
const activations: Point[] = bounded.map(([name, f, value, slope]) => ({
  name,
  f,
  at: [-inf, inf, -(2 ** 127), 2 ** 127, NaN],
  value: [...value, NaN],
  slope: [...slope, null],
  bend: [0, 0, 0, 0, null],
}));

const powers: Point[] = [
  {
    name: 'xⁿ at 0',
    f: (x) => ops.pow(x, tensor([0, 1, 2, 3], x.dtype)),
    at: [0, 0, 0, 0],
    value: [1, 0, 0, 0],
    slope: [0, 1, 0, 0],
    bend: [0, 0, 2, 0],
  },
  { name: '0ʸ', f: (y) => ops.pow(0, y), at: [2, 0.5], value: [0, 0], slope: [0, 0], bend: [0, 0] },
  { name: '|x|', f: ops.abs, at: [0, -0], value: [0, 0], slope: [0, 0], bend: [0, 0] },
  { name: 'sign', f: ops.sign, at: [0, -0], value: [0, 0], slope: [0, 0], bend: [0, 0] },
  { name: 'maximum', f: (x) => ops.maximum(x, 1), at: [1, NaN], value: [1, NaN], slope: [0.5, null] },
  { name: 'clip', f: (x) => ops.clip(x, 0, 1), at: [-1, inf], value: [0, 1], slope: [0, 0], bend: [0, 0] },
  { name: 'max', f: (x) => ops.max(x), at: [1, 1, 0], value: [1], slope: [0.5, 0.5, 0], bend: [0, 0, 0] },
  { name: 'prod', f: (x) => ops.prod(x), at: [0, 2, 3], value: [0], slope: [6, 0, 0], bend: [5, 3, 2] },
  { name: 'x log x', f: (x) => ops.xlogy(x, x), at: [0, 1], value: [0, 0], slope: [0, 1] },
  {
    name: 'x log y at 0',
    f: (x) => ops.xlogy(x, tensor([0, 0.5, inf, -1, NaN], x.dtype)),
    at: [0, 0, 0, 0, 0],
    value: [0, 0, 0, 0, NaN],
    slope: [0, -Math.LN2, 0, 0, null],
    bend: [0, 0, 0, 0, null],
  },
  {
    name: '0 log y',
    f: (y) => ops.xlogy(0, y),
    at: [0, 0.5, inf, -1],
    value: [0, 0, 0, 0],
    slope: [0, 0, 0, 0],
    bend: [0, 0, 0, 0],
  },
];

const { E } = Math;
const losses: Point[] = [
  {
    name: 'klDivergence of a target with −∞',
    f: (x) => nn.klDivergence(tensor([-inf, 0, 0], x.dtype), x),
    at: [1, 0, 0],
    value: [Math.log(1 + E / 2)],
    slope: [E / (E + 2), 1 / (E + 2) - 0.5, 1 / (E + 2) - 0.5],
    bend: [0, 0, 0],
  },
  {
    name: 'klDivergence in a target with −∞',
    f: (x) => nn.klDivergence(x, ops.zeros([3], x.dtype)),
    at: [-inf, 1, 1],
    value: [Math.log(1.5)],
    slope: [0, 0, 0],
    bend: [0, 0, 0],
  },
  {
    name: 'klDivergence of −∞ on both sides',
    f: (x) => nn.klDivergence(x, x),
    at: [-inf, 1, 2],
    value: [0],
    slope: [0, 0, 0],
    bend: [0, 0, 0],
  },
  {
    name: 'klDivergence from where the logits say never',
    f: (x) => nn.klDivergence(ops.zerosLike(x), x),
    at: [-inf, 1],
    value: [inf],
  },
  {
    name: 'crossEntropy beside −∞ and at it',
    f: (x) => nn.crossEntropy(x, i32([1, 1])),
    at: [
      [-inf, 0, 0],
      [0, -inf, -inf],
    ],
    value: [inf],
    slope: [0, -0.25, 0.25, 0.5, -0.5, 0],
    bend: [0, 0, 0, 0, 0, 0],
  },
  {
    name: 'crossEntropy at −∞ of a class that weighs nothing',
    f: (x) => nn.crossEntropy(x, i32([0, 1]), { weight: tensor([0, 2], x.dtype) }),
    at: [
      [-inf, 0],
      [0, 0],
    ],
    value: [Math.LN2],
    slope: [0, 0, 0.5, -0.5],
    bend: [0, 0, 0, 0],
  },
  {
    name: 'crossEntropy of no rows',
    f: (x) => nn.crossEntropy(ops.reshape(x, [0, 3]), ops.zeros([0], 'i32')),
    at: [],
    value: [NaN],
  },
];

const nothing: Point[] = (
  [
    ['mean', ops.mean, [NaN]],
    ['std', ops.std, [NaN]],
    ['sum', ops.sum, [0]],
    ['prod', ops.prod, [1]],
    ['norm', ops.norm, [0]],
    ['cumsum', ops.cumsum, []],
    ['sort', ops.sort, []],
  ] as const
).map(([name, f, value]) => ({ name: `${name} of nothing`, f: (x) => f(x), at: [], value }));

const [learningRate, epsilon] = [0.25, 0.5];
/** What `steps` of Adam leave of 0, the gradient at each of which is x. */
const descended = (x: Tensor, steps: number): Tensor => {
  const adam = nn.adam({ learningRate, epsilon });
  let [params, state] = [ops.zerosLike(x), adam.init(x)];
  for (let i = 0; i < steps; i++) [params, state] = adam.update(params, x, state);
  return params;
};
const optimisers: Point[] = [
  ...[1, 2].map((steps) => ({
    name: `Adam after ${steps} steps`,
    f: (x: Tensor) => descended(x, steps),
    at: [0, 0],
    value: [0, 0],
    slope: repeated(2, (-steps * learningRate) / epsilon),
    bend: steps === 1 ? [0, 0] : undefined,
  })),
  {
    name: 'clipByGlobalNorm',
    f: (x) => nn.clipByGlobalNorm(x, 1),
    at: [0, 0],
    value: [0, 0],
    slope: [1, 1],
    bend: [0, 0],
  },
  {
    name: 'clipByGlobalNorm of the great',
    f: (x) => nn.clipByGlobalNorm(x, 1),
    at: [3e30, 4e30],
    value: [0.6, 0.8],
  },
  { name: 'clipByGlobalNorm with NaN', f: (x) => nn.clipByGlobalNorm(x, 1), at: [NaN, 1], value: [NaN, NaN] },
];

/** What does not depend on the dtype. */
const others = [exponentials, activations, powers, losses, nothing, optimisers];

const derivative = (f: (x: Tensor) => Tensor) => grad((x: Tensor): Tensor => sum(f(x)));

/** Relative to what is right, if that is not 0. */
const agrees = (found: number, right: number | null, precision: number): boolean =>
  right === null ||
  found === right ||
  (Number.isNaN(found) && Number.isNaN(right)) ||
  Math.abs(found - right) <= precision * (Math.abs(right) || 1);

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(['f32', 'f64'] as const)('in %s functions are right at their singularities', (dtype) => {
    const precision = dtype === 'f32' ? 1e-6 : 1e-14;
    const points = dtype === 'f64' ? norms(dtype) : [norms(dtype), ...others].flat();
    const inputs = points.map(({ at }) => tensor(at, dtype));
    const all =
      (of: readonly Point[]) =>
      (xs: readonly Tensor[]): Tensor[] =>
        of.flatMap(({ f, slope, bend }, i) => [
          f(xs[i]),
          ...(slope ? [derivative(f)(xs[i])] : []),
          ...(bend ? [derivative(derivative(f))(xs[i])] : []),
        ]);
    // second derivatives are most of what there is to compile
    const compiled = long ? points : points.map((point) => ({ ...point, bend: undefined }));
    const wrong: string[] = [];
    for (const [how, of, results] of [
      ['eager', points, all(points)(inputs)],
      ['jit', compiled, jit(all(compiled))(inputs)],
    ] as const) {
      const left = [...results];
      for (const { name, value, slope, bend } of of)
        for (const [what, right] of Object.entries({ value, slope, bend })) {
          if (!right) continue;
          const found = Array.from(left.shift()?.data ?? []);
          if (found.length !== right.length || !found.every((v, i) => agrees(v, right[i], precision)))
            wrong.push(`${how}: the ${what} of ${name} is ${found}, not ${right}`);
        }
    }
    expect(wrong).toEqual([]);
  });
});
