// Two gradients of one shape in a program: their routines are alike, and each must be run.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  grad,
  jit,
  mean,
  nn,
  random,
  square,
  type Tensor,
  treeLeaves,
  useEngine,
  useThreads,
  vmap,
} from '../../../src/index.ts';

test.runIf(spawnSync('cc', ['--version']).status === 0)(
  'two models that learn side by side on two threads learn what the reference says',
  () => {
    const images = [1, 2].map((key) => random.normal(random.key(key), [2, 32, 64]));
    const models = vmap((key: Tensor) => nn.initMlp(key, [64, 64, 64, 8]))(random.keys([0, 1]));
    const gradient = grad((model: nn.Dense[], x: Tensor) => mean(square(nn.mlp(model, x))));
    const both = (): Tensor[] =>
      treeLeaves(
        jit(vmap((model: nn.Dense[], x: Tensor, y: Tensor) => [gradient(model, x), gradient(model, y)]))(
          models,
          images[0],
          images[1],
        ),
      );
    useThreads(2);
    useEngine('native');
    const found = both();
    useEngine('reference');
    both().forEach((right, i) => {
      const off = right.data.map((value, j) => Math.abs(value - found[i].data[j]));
      expect(Math.max(...off)).toBeLessThan(1e-6);
    });
  },
);
