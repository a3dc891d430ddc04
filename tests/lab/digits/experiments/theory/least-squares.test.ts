// The closed form of a linear fit, on problems whose answer is known.
import { describe, expect, test } from 'vitest';
import { matmul, random, type Tensor, tensor, useEngine } from '../../../../../src/index.ts';
import { beginFit, continueFit } from '../../../../../src/lab/digits/experiments/theory/least-squares.ts';

useEngine('reference');

const solve = (outputs: (x: Tensor) => Tensor, start: Tensor, wanted: Tensor, steps: number): Tensor => {
  let fit = beginFit(outputs, start, wanted);
  for (let i = 0; i < steps; i++) fit = continueFit(outputs, start, fit);
  return fit.change;
};

describe('conjugate gradients from the start', () => {
  const a = random.normal(random.key(1), [6, 4], 'f64');
  const start = random.normal(random.key(2), [4, 1], 'f64');

  test('reach the parameters that give what is wanted, in as many steps as there are, and then stay', () => {
    const target = random.normal(random.key(3), [4, 1], 'f64');
    for (const steps of [4, 9]) {
      const change = solve((x) => matmul(a, x), start, matmul(a, target), steps);
      change.data.forEach((value, i) => {
        expect(value).toBeCloseTo(target.data[i] - start.data[i], 8);
      });
    }
  });

  test('where many parameters fit, the change is the least one', () => {
    const change = solve(
      (x) => matmul(tensor([[1, 2]], 'f64'), x),
      tensor([[0], [0]], 'f64'),
      tensor([[5]], 'f64'),
      3,
    );
    expect([...change.data]).toEqual([expect.closeTo(1, 12), expect.closeTo(2, 12)]);
  });

  test('only the expansion at the start counts', () => {
    const outputs = (x: Tensor): Tensor => matmul(x, x); // of one number: its square
    const change = solve(outputs, tensor([[3]], 'f64'), tensor([[15]], 'f64'), 2);
    expect(change.data[0]).toBeCloseTo(1, 12); // 9 + 6 · 1
  });
});
