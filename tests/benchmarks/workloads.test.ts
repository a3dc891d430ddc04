// What the workloads cost, by their shapes.
import { describe, expect, test } from 'vitest';
import {
  gptFlops,
  gptShapes,
  llamaFlops,
  llamaWeights,
  mlp,
  trainingBytes,
  trainingFlops,
  workloadNames,
  workloads,
} from '../../benchmarks/workloads.ts';

const workload = (id: string) => {
  const found = workloads.find((each) => each.id === id);
  if (!found) throw new Error(`no workload ${id}`);
  return found;
};

describe('the workloads', () => {
  test('count 1.245 GFLOP for a training step of the paper', () => {
    expect((workload('W1').flops ?? 0) / 1e9).toBeCloseTo(1.245, 3);
    expect(workload('W2').flops).toBe(25 * (workload('W1').flops ?? 0));
  });

  test('count three matmuls a layer, and two for the first, whose input needs no gradient', () => {
    expect(trainingFlops([3, 5], 7)).toBe(2 * (2 * 7 * 3 * 5));
    expect(trainingFlops([3, 5, 2], 7)).toBe(2 * (2 * 7 * 3 * 5) + 3 * (2 * 7 * 5 * 2));
  });

  test('count the bytes of parameters, gradients, means, batch and hidden activations', () => {
    // 3 · 5 + 5 + 5 · 2 + 2 = 32 parameters
    expect(trainingBytes([3, 5, 2], 7)).toBe(4 * (4 * 32 + 7 * 3 + 7 + 7 * 5));
  });

  test('scale a step of distillation to its epoch', () => {
    expect(workload('W3').scale).toBe(mlp.images / mlp.batch);
  });

  test('are selected by nine names', () => {
    expect(workloadNames).toEqual(['W1', 'W2', 'W3', 'W4', 'W5', 'L1', 'L2', 'L3', 'L4']);
  });

  test('count the parameters and the products of a language model', () => {
    const gpt = {
      kind: 'gpt',
      models: null,
      vocabulary: 7,
      width: 4,
      blocks: 2,
      heads: 2,
      hidden: 6,
    } as const;
    const task = { ...gpt, batch: 3, length: 5, learningRate: 1, weightDecay: 0 };
    // 7 · 4 + 5 · 4, two blocks of 2 · 8 + 4 · (16 + 4) + (24 + 6) + (24 + 4), and 8
    const sizes = gptShapes(task).map(([, shape]) => shape.reduce((n, size) => n * size, 1));
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(28 + 20 + 2 * (16 + 80 + 30 + 28) + 8);
    // three times 2 FLOPs for each of 15 tokens: a block has 64 + 48 weights and 2 · 5 · 4 products of attention; the head 28
    expect(gptFlops(task)).toBe(3 * 2 * 15 * (2 * (64 + 48 + 40) + 28));
    expect(gptFlops({ ...task, models: 3 })).toBe(3 * gptFlops(task));
  });

  test("have SmolLM2's parameters, and count the products of decoding and of low-rank additions", () => {
    const whole = workloads.flatMap(({ id, task }) => (id === 'L4' && task.kind === 'lora' ? [task] : []));
    expect(whole.map(llamaWeights)).toEqual([134_515_008]);
    const shape = { vocabulary: 7, width: 4, blocks: 2, heads: 2, groups: 1, hidden: 6, batch: 3, length: 5 };
    const task = { ...shape, kind: 'lora', models: null, dtype: 'f32', rank: 2, learningRate: 1 } as const;
    // 7 · 4, two blocks of 2 · 4, 2 · 16 + 2 · 8 and 3 · 24, and 4
    expect(llamaWeights(task)).toBe(28 + 2 * (8 + 48 + 72) + 4);
    // each of 15 tokens meets all weights there and back, and thrice 2 · 5 · 4 products of attention and the additions
    const added = 2 * (8 + 8 + 6 + 6 + 10 + 10 + 10);
    expect(llamaFlops(task)).toBe(2 * 15 * (2 * 288 + 3 * 2 * (40 + added)));
    // decoding looks at half of the places on the average
    expect(llamaFlops({ ...task, kind: 'decode' })).toBe(2 * 15 * (288 + 2 * 20));
  });
});
