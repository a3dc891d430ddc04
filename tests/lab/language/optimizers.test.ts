// Scheduled optimisers against plain ones whose rate changes from step to step, and the schedule itself.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { mul, nn, type Tensor, type Tree, tensor, treeLeaves, useEngine, vmap } from '../../../src/index.ts';
import { linearDecay, type OptimizerName, optimizers } from '../../../src/lab/language/optimizers.ts';
import { runs } from '../../helpers/long.ts';

beforeAll(() => {
  useEngine('reference');
});

const at = (schedule: (step: Tensor) => Tensor, step: number): number => schedule(tensor(step)).item();

describe('linearDecay', () => {
  test('falls from 1 at the first step to its end after the last', () => {
    const schedule = linearDecay({ steps: 100, end: 0.05 });
    expect(at(schedule, 0)).toBe(1);
    expect(at(schedule, 50)).toBeCloseTo(0.525, 6);
    expect(at(schedule, 100)).toBeCloseTo(0.05, 6);
    expect(at(linearDecay({ steps: 10 }), 10)).toBe(0);
  });

  test('rises in the warm-up, at no step from 0', () => {
    const [schedule, plain] = [linearDecay({ steps: 100, warmup: 4 }), linearDecay({ steps: 100 })];
    expect([0, 1, 2, 3, 4].map((step) => at(schedule, step) / at(plain, step))).toEqual([
      0.25, 0.5, 0.75, 1, 1,
    ]);
  });
});

const plainly: Record<OptimizerName, (learningRate: number) => nn.Optimizer<Tree>> = {
  sgd: (learningRate) => nn.sgd({ learningRate, momentum: 0.9 }),
  adam: (learningRate) => nn.adam({ learningRate }),
};

describe.each(['sgd', 'adam'] as const)('a scheduled %s', (name) => {
  test('steps as a plain one whose rate is set anew for every step', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(number, fc.array(number, { minLength: 1, maxLength: 6 }), (start, gradients) => {
        const schedule = linearDecay({ steps: gradients.length, warmup: 2, end: 0.1 });
        const optimizer = optimizers[name](0.3, schedule);
        let x = { x: tensor(start, 'f64') };
        let [plain, state] = [x, optimizer.init(x)];
        let inner = plainly[name](1).init(plain);
        gradients.forEach((g, i) => {
          const gradient = { x: tensor(g, 'f64') };
          [x, state] = optimizer.update(x, gradient, state);
          [plain, inner] = plainly[name](0.3 * at(schedule, i)).update(plain, gradient, inner);
        });
        expect(x.x.item()).toBeCloseTo(plain.x.item(), 5);
        expect(treeLeaves(state).at(-1)?.item()).toBe(gradients.length);
      }),
      { numRuns: runs(50) },
    );
  });

  test('maps over models', () => {
    const optimizer = optimizers[name](0.3, linearDecay({ steps: 4 }));
    const step = (x: Tensor): Tensor => optimizer.update(x, mul(x, 2), optimizer.init(x))[0];
    const [moved] = treeLeaves(vmap(step)(tensor([1, -3])));
    expect(Array.from(moved.data)).toEqual([1, -3].map((x) => step(tensor(x)).item()));
  });
});
