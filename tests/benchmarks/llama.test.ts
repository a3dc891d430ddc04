// The models that L3 and L4 measure, small: every engine computes what the reference engine does.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decode, lora } from '../../benchmarks/runners/llama.ts';
import type { Arrays } from '../../benchmarks/runners/serve.ts';
import type { LlamaTask } from '../../benchmarks/workloads.ts';
import { useEngine, useThreads } from '../../src/index.ts';
import { compiledEngines } from '../helpers/compiled.ts';
import { generator } from '../helpers/draws.ts';

const shape = { vocabulary: 500, width: 72, blocks: 2, heads: 9, groups: 3, hidden: 96 };
const task = (kind: LlamaTask['kind'], batch: number, length: number): LlamaTask => {
  return { ...shape, kind, batch, length, models: null, dtype: 'f32', rank: 8, learningRate: 3e-4 };
};

/** Arrays that follow from their names: scales are 1. */
const data = {
  f32(name: string, size: number) {
    const next = generator(name.length);
    const isScale = /first|second|norm/.test(name);
    return Float32Array.from({ length: size }, () => (isScale ? 1 : 0.07 * (next() - 0.5)));
  },
  i32(name: string, size: number) {
    const next = generator(name.length);
    return Int32Array.from({ length: size }, () => Math.floor(shape.vocabulary * next()));
  },
} as unknown as Arrays;

afterEach(() => {
  useThreads(2);
  useEngine('reference');
});

/** What two steps of each give. */
const values = async (): Promise<number[]> => {
  const jobs = [lora(task('lora', 16, 64), data), decode(task('decode', 3, 5), data)];
  const found: number[] = [];
  for (const job of jobs) found.push(...(await job.step()), ...(await job.step()));
  return found;
};

let right: number[];
beforeAll(async () => {
  useEngine('reference');
  right = await values();
});

describe.each(compiledEngines())('On %s', (engine) => {
  test.each([1, 2])('on %i threads, losses and logits are those of the reference engine', async (threads) => {
    useEngine(engine);
    useThreads(threads);
    const found = await values();
    expect(right.every(Number.isFinite)).toBe(true);
    right.forEach((value, i) => {
      expect(Math.abs(found[i] - value) / Math.abs(value)).toBeLessThan(1e-5);
    });
  });
});
