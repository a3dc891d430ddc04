// Clipping by the global norm: against the definition, with its derivative, on trees of more than one dtype.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { clipByGlobalNorm } from '../../src/nn/index.ts';
import { tensor } from '../../src/ops/index.ts';
import { type Tensor, treeLeaves } from '../../src/tensor/index.ts';
import { jit } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { expectDerivatives } from '../helpers/primitive.ts';

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test('a tree comes out no longer than it may be', () => {
    const tree = { w: tensor([[3, 0]], 'f32'), rest: [tensor(0, 'f64'), tensor([4, 12], 'f64'), tensor([])] };
    const clip = (of: typeof tree) => [13, 20, 6.5, 1e-3].map((most) => clipByGlobalNorm(of, most));
    for (const results of [clip(tree), jit(clip)(tree)])
      results.forEach((result, i) => {
        const factor = [1, 1, 0.5, 1e-3 / 13][i];
        expect(result.w.dtype).toBe('f32');
        expect(result.rest.map((x) => x.dtype)).toEqual(['f64', 'f64', 'f32']);
        const all = treeLeaves(result).flatMap((x) => Array.from(x.data));
        expectNumbers(
          all,
          treeLeaves(tree).flatMap((x) => Array.from(x.data, (v) => v * factor)),
          1e-7,
        );
      });
  });

  test('has the derivative of finite differences, clipped and not', () => {
    for (const most of [0.7, 100]) {
      const f = (...x: Tensor[]): Tensor => clipByGlobalNorm(x, most)[0];
      expectDerivatives({ f, x: [randomTensor([2, 2], 1), randomTensor([3], 2)] });
    }
  });
});

test('a bound that is none is refused, and nothing stays nothing', () => {
  for (const most of [0, -1, NaN])
    expect(() => clipByGlobalNorm([tensor(1)], most)).toThrow('is not positive');
  expect(clipByGlobalNorm([], 1)).toEqual([]);
});
