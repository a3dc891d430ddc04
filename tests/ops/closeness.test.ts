// isclose and allclose by NumPy's definition; xlogy and logaddexp by their formulas, with derivatives.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { allclose, type Closeness, isclose, logaddexp, tensor, xlogy } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { jit } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { expectDerivatives } from '../helpers/primitive.ts';

const inf = Infinity;
const values = [
  0,
  -0,
  1,
  1.000005,
  1.00002,
  1e-9,
  -1e-9,
  2e-8,
  1e10,
  1.00001e10,
  1.0001e10,
  1e300,
  -1e300,
  inf,
  -inf,
  NaN,
];
const pairs = values.flatMap((x) => values.map((y) => [x, y]));
const settings: Closeness[] = [{}, { rtol: 0, atol: 0 }, { rtol: 0.5 }, { atol: 2 }, { equalNan: true }];

/** numpy.isclose as its documentation has it. */
function close(x: number, y: number, { rtol = 1e-5, atol = 1e-8, equalNan = false }: Closeness): boolean {
  if (Number.isNaN(x) || Number.isNaN(y)) return equalNan && Number.isNaN(x) && Number.isNaN(y);
  if (!Number.isFinite(x) || !Number.isFinite(y)) return x === y;
  return Math.abs(x - y) <= atol + rtol * Math.abs(y);
}

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test('isclose and allclose are NumPy’s', () => {
    const [x, y] = [0, 1].map((i) =>
      tensor(
        pairs.map((pair) => pair[i]),
        'f64',
      ),
    );
    const all = (a: Tensor, b: Tensor): Tensor[] =>
      settings.flatMap((options) => [
        isclose(a, b, options),
        allclose(a, b, options),
        allclose(a, a, options),
      ]);
    for (const results of [all(x, y), jit(all)(x, y)])
      settings.forEach((options, i) => {
        expect(results[3 * i].toArray()).toEqual(pairs.map(([a, b]) => close(a, b, options)));
        expect(results[3 * i + 1].toArray()).toBe(false);
        expect(results[3 * i + 2].toArray()).toBe(options.equalNan ?? false);
      });
  });

  test('isclose broadcasts, and tells whole numbers apart that f32 does not', () => {
    expect(isclose(tensor([[1], [2]]), tensor([1, 2, 2.00001])).toArray()).toEqual([
      [true, false, false],
      [false, true, true],
    ]);
    const exact = { rtol: 0, atol: 0 };
    expect(isclose(tensor([16777217, 3], 'i32'), tensor([16777216, 3], 'i32'), exact).toArray()).toEqual([
      false,
      true,
    ]);
    expect(isclose(true, 1).toArray()).toBe(true);
  });

  test('xlogy and logaddexp are their formulas, broadcast, with their derivatives', () => {
    const [x, y] = [tensor([[0.5], [-2], [0]], 'f64'), tensor([0.25, 1, 40], 'f64')];
    const table = [
      [xlogy, (a: number, b: number) => a * Math.log(b)],
      [logaddexp, (a: number, b: number) => Math.log(Math.exp(a) + Math.exp(b))],
    ] as const;
    for (const [f, formula] of table) {
      const right = [0.5, -2, 0].flatMap((a) => [0.25, 1, 40].map((b) => formula(a, b)));
      expectNumbers(f(x, y).data, right, 1e-14);
      expectNumbers(jit(f as (x: Tensor, y: Tensor) => Tensor)(x, y).data, right, 1e-14);
      expectDerivatives({
        f: f as (...x: Tensor[]) => Tensor,
        x: [randomTensor([2, 1], 1), randomTensor([3], 2, 'f64', 'positive')],
      });
    }
    expect([xlogy(0, 0).item(), xlogy(tensor(2, 'i32'), 1).dtype]).toEqual([0, 'f32']);
    expect(logaddexp(1000, 1000).item()).toBe(Math.fround(1000 + Math.LN2));
  });
});
