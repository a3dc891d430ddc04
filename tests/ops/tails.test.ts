// Functions that go over to a limit: values and first two derivatives to a few units in the last place, also where
// they are nearly 0, eagerly and compiled.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { gelu, silu, softplus } from '../../src/nn/index.ts';
import {
  erf,
  erfc,
  expm1,
  log1p,
  logaddexp,
  logSigmoid,
  logsumexp,
  sigmoid,
  stack,
  sum,
  tanh,
  tensor,
  zerosLike,
} from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad, jit } from '../../src/transforms/index.ts';
import { suites } from '../graph/primitives/suites.ts';
import { generator } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';

type Real = (x: number) => number;
const exp = Math.exp;
const cosh2 = (x: number): number => Math.cosh(x) ** 2;
const square = (x: number): number => x * x;

/** By whole arithmetic, where |x| < 6. */
const exact =
  (name: 'erf' | 'erfc') =>
  (x: number): number =>
    suites[name].oracle([{ dtype: 'f64', shape: [], data: [x] }], {}).data[0];
const near = exact('erfc');
const tiny = (x: number): number => (x * 2) / Math.sqrt(Math.PI);

/** erfc x · e^(x²) for x ≥ 1: 2/√π · 1 / (2x + 2 / (2x + 4 / (2x + …))) (DLMF 7.9.2). */
function scaledTail(x: number): number {
  let fraction = 2 * x;
  for (let k = 400; k >= 1; k--) fraction = 2 * x + (2 * k) / fraction;
  return 2 / Math.sqrt(Math.PI) / fraction;
}

/** Points are f32, so their squares are exact. */
const bell = (x: number): number => exp(-x * x);
const complement = (x: number): number => (x < 1 ? (x < -6 ? 2 : near(x)) : scaledTail(x) * bell(x));
/** Φ and its density φ. */
const normal = (x: number): number =>
  x > -2 ? near(-x * Math.SQRT1_2) / 2 : (scaledTail(-x * Math.SQRT1_2) * exp((-x * x) / 2)) / 2;
const density = (x: number): number => exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const logistic = (x: number): number => 1 / (1 + exp(-x));
const slope = (x: number): number => 1 / (2 + exp(x) + exp(-x));
const bend = (x: number): number => -slope(x) * Math.tanh(x / 2);
const rampedTo = (x: number): number => Math.max(x, 0) + Math.log1p(exp(-Math.abs(x)));

/** The function, its value and derivatives, and for each of these what errors are relative to, if not itself. */
const table: [string, (x: Tensor) => Tensor, Real[], (Real | undefined)[]?][] = [
  ['sigmoid', sigmoid, [logistic, slope, bend], [undefined, undefined, slope]],
  ['logSigmoid', logSigmoid, [(x) => -rampedTo(-x), (x) => logistic(-x), (x) => -slope(x)]],
  ['softplus', softplus, [rampedTo, logistic, slope]],
  ['logaddexp', (x) => logaddexp(x, 0), [rampedTo, logistic, slope]],
  [
    'silu',
    silu,
    [(x) => x * logistic(x), (x) => logistic(x) + x * slope(x), (x) => 2 * slope(x) + x * bend(x)],
    [undefined, (x) => logistic(x) + Math.abs(x) * slope(x), (x) => (2 + Math.abs(x)) * slope(x)],
  ],
  [
    'gelu',
    gelu,
    [(x) => x * normal(x), (x) => normal(x) + x * density(x), (x) => (2 - x * x) * density(x)],
    [undefined, (x) => normal(x) + Math.abs(x) * density(x), (x) => (2 + x * x) * density(x)],
  ],
  [
    'tanh',
    tanh,
    [Math.tanh, (x) => 1 / cosh2(x), (x) => (-2 * Math.tanh(x)) / cosh2(x)],
    [undefined, undefined, (x) => 1 / cosh2(x)],
  ],
  ['expm1', expm1, [Math.expm1, exp, exp]],
  ['log1p', log1p, [Math.log1p, (x) => 1 / (1 + x), (x) => -1 / square(1 + x)]],
  [
    'erf',
    erf,
    [
      (x) => (Math.abs(x) < 1e-8 ? tiny(x) : exact('erf')(x)),
      (x) => tiny(1) * bell(x),
      (x) => tiny(-2 * x) * bell(x),
    ],
  ],
  ['erfc', erfc, [complement, (x) => tiny(-1) * bell(x), (x) => tiny(2 * x) * bell(x)]],
];

/** Numbers of f32 of every size, of both signs, and where something happens. */
const edges = [
  0,
  2 ** -60,
  1e-10,
  1e-5,
  0.0078,
  0.62,
  0.9999,
  1,
  5,
  6,
  16.6,
  17.3,
  26.2,
  37.4,
  86,
  103,
  700,
  744,
  1e4,
  1e20,
];
const next = generator(3);
const drawn = Array.from({ length: 150 }, () => 2 ** (20 * next() - 10));
const points = [...edges, ...drawn].flatMap((x) => [x, -x]).map(Math.fround);

const limits = {
  f32: { unit: 2 ** -23, least: 2 ** -126, most: 2 ** 127 },
  f64: { unit: 2 ** -52, least: 2 ** -1022, most: 2 ** 1023 },
};

const derivative = (f: (x: Tensor) => Tensor) => grad((x: Tensor): Tensor => sum(f(x)));
const orders = (x: Tensor): Tensor[] =>
  table.flatMap(([, f]) => [f(x), derivative(f)(x), derivative(derivative(f))(x)]);

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(['f32', 'f64'] as const)('functions of %s are exact in their tails', (dtype) => {
    const x = tensor(points, dtype);
    const { unit, least, most } = limits[dtype];
    let worst = { off: 0, what: '' };
    for (const [how, results] of [
      ['eager', orders(x)],
      ['jit', jit(orders)(x)],
    ] as const)
      table.forEach(([name, , oracles, scales = []], i) => {
        oracles.forEach((oracle, order) => {
          points.forEach((at, k) => {
            if (name === 'log1p' && at <= -1) return;
            const [found, right] = [results[3 * i + order].data[k], oracle(at)];
            if (found === right || Math.abs(right) > most) return;
            const apart = Math.max(0, Math.abs(found - right) - 4 * least); // there are no finer numbers there
            const off = apart && apart / Math.abs((scales[order] ?? oracle)(at)) / unit;
            if (off <= worst.off || Number.isNaN(worst.off)) return;
            worst = { off, what: `${how} ${name}, derivative ${order}, at ${at}: ${found}, not ${right}` };
          });
        });
      });
    expect(worst.off, worst.what).toBeLessThanOrEqual(6);
  });
});

test('functions are smooth at 0 through the fourth derivative', () => {
  useEngine('reference');
  const known: [(x: Tensor) => Tensor, number[]][] = [
    [sigmoid, [0.5, 0.25, 0, -1 / 8, 0]],
    [softplus, [Math.LN2, 0.5, 0.25, 0, -1 / 8]],
    [logSigmoid, [-Math.LN2, 0.5, -0.25, 0, 1 / 8]],
    [(x) => logaddexp(0, x), [Math.LN2, 0.5, 0.25, 0, -1 / 8]],
    [(x) => logsumexp(stack([x, zerosLike(x)])), [Math.LN2, 0.5, 0.25, 0, -1 / 8]],
    [silu, [0, 0.5, 0.5, 0, -0.5]],
    [gelu, [0, 0.5, tiny(Math.SQRT1_2), 0, -4 * tiny(Math.SQRT1_2 / 2)]],
    [tanh, [0, 1, 0, -2, 0]],
    [erf, [0, tiny(1), 0, -2 * tiny(1), 0]],
    [erfc, [1, -tiny(1), 0, 2 * tiny(1), 0]],
    [expm1, [0, 1, 1, 1, 1]],
  ];
  for (const [f, expected] of known) {
    let derived = f;
    for (const value of expected) {
      expectNumbers([derived(tensor(0, 'f64')).item()], [value], 1e-14);
      derived = grad(derived);
    }
  }
});
