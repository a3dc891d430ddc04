// The settings that the paper's run in PyTorch reads.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeConfig } from '../../src/lab/core/experiments/config.ts';
import { mnist } from '../../src/lab/digits/experiments/mnist.ts';

test("PyTorch's run has the settings of the preset paper, so that both results have one config hash", () => {
  const file = new URL('../../benchmarks/paper.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(makeConfig(mnist, 'paper'));
});
