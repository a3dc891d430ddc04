// Where models start: each seed's own start, however many are drawn with it.
import { expect, test } from 'vitest';
import { slice, treeLeaves, useEngine } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { initialModels } from '../../../../src/lab/digits/distillation/model.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { compiledEngines } from '../../../helpers/compiled.ts';

test.each(compiledEngines())(
  'on %s, a seed alone starts with the bits that it has as the fourth of four',
  (name) => {
    useEngine(name);
    // so wide that four would be worth compiling where one is not
    const start = (seed: number, seeds: number) =>
      treeLeaves(initialModels(makeConfig(mnist, 'quick', { hidden: [128, 128], seed, seeds })));
    const alone = start(3, 1);
    for (const [i, leaf] of start(0, 4).entries()) {
      const [own, other] = [slice(leaf, 3), slice(alone[i], 0)].map(({ data }) =>
        Buffer.from(Float32Array.from(data).buffer),
      );
      expect(own.equals(other)).toBe(true);
    }
  },
);
