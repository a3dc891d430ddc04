// Which outputs are written over donated inputs, and that no kernel misses what was there.
import { beforeAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile/index.ts';
import { useEngine } from '../../src/engines/index.ts';
import { add, cumsum, exp, matmul, mul, neg, sum, type Tensor, take, transpose } from '../../src/index.ts';
import { aval, compiledOf, faultsOf, target, tracedOn } from '../helpers/compiled.ts';
import { trainingArguments, trainingStep } from '../helpers/training.ts';

beforeAll(() => {
  useEngine('reference');
});

const square = aval([8, 8]);

/** For each output of `f`, the position of the input that it is written over. */
function overwrittenBy(
  f: (...inputs: Tensor[]) => Tensor | Tensor[],
  avals = [square],
  donated = [0],
): (number | undefined)[] {
  const compiled = compiledOf(f, avals, donated);
  expect(faultsOf(compiled)).toEqual([]);
  return compiled.outputs.map((output) => {
    const input = compiled.reuses.get(output);
    return input && compiled.inputs.indexOf(input);
  });
}

describe('An output is written over a donated input', () => {
  test('that it reads at the same place, whatever else is read there', () => {
    expect(overwrittenBy((x, y) => add(mul(x, x), transpose(y)), [square, square])).toEqual([0]);
    expect(overwrittenBy((x, y) => add(x, matmul(y, y)), [square, square])).toEqual([0]);
  });

  test('that nothing reads', () => {
    expect(overwrittenBy((_, y) => neg(transpose(y)), [square, square])).toEqual([0]);
  });

  test('of its dtype and size, and each over one of its own', () => {
    expect(overwrittenBy((x) => neg(x), [square], [])).toEqual([undefined]);
    expect(overwrittenBy((x) => sum(x, 1), [square])).toEqual([undefined]);
    expect(overwrittenBy((_, y) => neg(y), [aval([8, 8], 'i32'), square])).toEqual([undefined]);
    const both = (x: Tensor, y: Tensor): Tensor[] => {
      const e = exp(mul(x, y));
      return [add(e, x), mul(e, y)];
    };
    expect(overwrittenBy(both, [square, square], [0, 1])).toEqual([0, 1]);
    expect(overwrittenBy(both, [square, square], [1])).toEqual([1, undefined]);
  });

  test('unless two kernels would each have to wait for the other', () => {
    const both = (x: Tensor, y: Tensor): Tensor[] => [add(x, y), mul(x, y)];
    expect(overwrittenBy(both, [square, square], [0, 1])).toEqual([0, undefined]);
  });

  test('that is donated twice, once only', () => {
    const both = (x: Tensor): Tensor[] => {
      const e = exp(x);
      return [add(e, 1), mul(e, 2)];
    };
    expect(overwrittenBy(both, [square], [0, 0])).toEqual([0, undefined]);
  });

  test('only where the input is not an output itself', () => {
    expect(overwrittenBy((x) => [x, neg(x)])).toEqual([undefined, undefined]);
  });
});

describe('An output is not written over an input that its kernel reads elsewhere', () => {
  const indices = aval([8], 'i32');
  test.each<[string, (x: Tensor, i: Tensor) => Tensor]>([
    ['transposed', (x) => add(x, transpose(x))],
    ['in a product', (x) => matmul(x, transpose(x))],
    ['gathered', (x, i) => add(take(x, i), 1)],
    ['in running sums', (x) => cumsum(x, 0)],
  ])('%s', (_, f) => {
    const compiled = compiledOf(f, [square, indices], [0]);
    expect(compiled.kernels).toHaveLength(1);
    expect(compiled.reuses.size).toBe(0);
  });

  test('and the kernel that does so comes first, if it can', () => {
    const results = (x: Tensor): Tensor[] => [add(x, 1), neg(cumsum(exp(transpose(x)), 0))];
    for (const f of [results, (x: Tensor) => results(x).reverse()]) {
      const compiled = compiledOf(f, [square], [0]);
      expect(compiled.reuses.size).toBe(1);
      expect(faultsOf(compiled)).toEqual([]);
    }
    // one of the two orders is not what the kernels have without donation
    const writers = [results, (x: Tensor) => results(x).reverse()].map((f) => {
      const { kernels, inputs } = compiledOf(f, [square]);
      return kernels.findLastIndex(({ reads }) => reads.includes(inputs[0]));
    });
    expect(Math.max(...writers)).toBeGreaterThan(0);
  });

  test.each<[string, (x: Tensor, y: Tensor, i: Tensor) => Tensor]>([
    ['transposed', (x, y) => mul(transpose(x), y)],
    ['summed over', (x, y) => sum(mul(x, y), 0)],
    ['gathered', (x, y, i) => mul(take(x, i), y)],
  ])('nor over one that a kernel after it must read %s', (_, later) => {
    const f = (x: Tensor, i: Tensor): Tensor[] => {
      const first = add(x, 1);
      return [first, later(x, cumsum(first, 0), i)];
    };
    expect(overwrittenBy(f, [square, indices])).toEqual([undefined, undefined]);
  });

  test('but over one that the kernel after it reads in place', () => {
    const f = (x: Tensor): Tensor[] => {
      const first = add(x, 1);
      return [first, mul(cumsum(first, 0), x)];
    };
    expect(overwrittenBy(f)).toEqual([undefined, 0]);
  });
});

test('A training step is written over the model and its state', () => {
  const { graph, inputs } = tracedOn(trainingStep, [...trainingArguments([20, 30, 12], 40)]);
  const donated = inputs.map((_, i) => i).slice(-15, -2); // all but images and labels
  const compiled = compileGraph({ ...graph, donated }, target);
  expect(compiled.reuses.size).toBe(13);
  expect(faultsOf(compiled)).toEqual([]);
});
