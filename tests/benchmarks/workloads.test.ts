// What the workloads cost, by their shapes.
import { describe, expect, test } from 'vitest';
import { mlp, trainingBytes, trainingFlops, workloadNames, workloads } from '../../benchmarks/workloads.ts';

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

  test('are selected by five names', () => {
    expect(workloadNames).toEqual(['W1', 'W2', 'W3', 'W4', 'W5']);
  });
});
