// Which primitives share a kernel, and what of theirs is stored.
import { beforeAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile/index.ts';
import { useEngine } from '../../src/engines/index.ts';
import { prims } from '../../src/graph/index.ts';
import {
  abs,
  add,
  astype,
  concat,
  cumsum,
  div,
  exp,
  flip,
  grad,
  less,
  matmul,
  max,
  mul,
  neg,
  nn,
  reshape,
  roll,
  sigmoid,
  slice,
  square as sq,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
  where,
  zeros,
} from '../../src/index.ts';
import {
  aval,
  compiledOf,
  faultsOf,
  kernelOps,
  opsOf,
  reductionsOf,
  target,
  tracedOn,
} from '../helpers/compiled.ts';
import { trainingArguments, trainingStep } from '../helpers/training.ts';

beforeAll(() => {
  useEngine('reference');
});

const iota = (n: number): Tensor => prims.iota([n], 0, 'f32');

describe('What takes no memory of its own', () => {
  test('is a chain of elementwise operations, broadcasts, casts and movements', () => {
    const chain = (x: Tensor, row: Tensor, rest: Tensor): Tensor => {
      const moved = transpose(exp(add(mul(x, 2), row)));
      const cast = astype(reshape(flip(moved, [0]), [2, 15]), 'i32');
      return where(less(rest, 3), slice(concat([neg(cast), rest], 0), '1:3'), 7);
    };
    const [kernel, ...others] = kernelOps(chain, aval([5, 6]), aval([6]), aval([2, 15], 'i32'));
    expect(others).toEqual([]);
    expect(kernel).toEqual(expect.arrayContaining(['exp', 'broadcast', 'cast', 'transpose', 'concat']));
  });

  test('is what a sum is over, and what is done with the sum', () => {
    const f = (x: Tensor): Tensor => tanh(sum(mul(exp(x), x), 1));
    expect(kernelOps(f, aval([30, 40]))).toHaveLength(1);
  });

  test('is what is cheap, wherever it is read', () => {
    const f = (x: Tensor): Tensor => add(neg(x), zeros([50, 40]));
    expect(kernelOps(f, aval([40]))).toHaveLength(1);
  });
});

describe('What is stored', () => {
  test('is, once, what is dear and read repeatedly', () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(exp(x), y);
    const compiled = compiledOf(f, [aval([40]), aval([50, 40])]);
    expect(compiled.kernels.map(({ kernel }) => opsOf(kernel).includes('exp'))).toEqual([true, false]);
    expect([...compiled.arena.offsets.keys()].map(({ size }) => size)).toEqual([40]);
    expect(faultsOf(compiled)).toEqual([]);
  });

  test('is, once, what is cheap step by step but not in all, and read repeatedly', () => {
    const steps = (x: Tensor, n: number): Tensor => (n === 0 ? x : steps(add(abs(x), n), n - 1));
    const f = (x: Tensor, y: Tensor): Tensor => add(steps(x, 8), y);
    const [first, second] = kernelOps(f, aval([40]), aval([50, 40]));
    expect(first.filter((op) => op === 'abs').length).toBeGreaterThan(6);
    expect(second.filter((op) => op === 'abs').length).toBeLessThan(2);
  });

  test.each<[string, (y: Tensor) => Tensor]>([
    ['backwards too', (y) => add(y, flip(y))],
    ['moved too', (y) => sub(y, roll(y, 1, 0))],
    ['in both parts of a concatenation', (y) => concat([y, y], 0)],
    ['by more indices than it has entries', (y) => take(y, astype(div(iota(900), 9), 'i32'))],
    ['by indices of its last axis', (y) => take(reshape(y, [4, 25]), astype(div(iota(90), 9), 'i32'), 1)],
  ])('is, once, what is dear and read %s', (_, read) => {
    const dear = (x: Tensor): Tensor => read(exp(x));
    const ops = kernelOps(dear, aval([100]));
    expect(ops.filter((each) => each.includes('exp'))).toHaveLength(1);
  });

  test('is nothing of what is dear but read in parts that do not overlap', () => {
    const f = (x: Tensor): Tensor => {
      const y = exp(x);
      return concat([slice(y, '50:'), slice(y, '20:50'), slice(y, ':20'), exp(neg(x))], 0);
    };
    expect(kernelOps(f, aval([100]))).toHaveLength(1);
  });

  test('is a result that another result is computed from, in the same kernel', () => {
    const f = (x: Tensor): Tensor[] => {
      const y = exp(x);
      return [y, mul(y, 2)];
    };
    const { kernels, arena } = compiledOf(f, [aval([40])]);
    expect(kernels.map(({ writes }) => writes.length)).toEqual([2]);
    expect(arena.bytes).toBe(0);
  });

  test('is a result apart, where another reads it elsewhere', () => {
    const f = (x: Tensor): Tensor[] => {
      const y = exp(x);
      return [y, mul(transpose(y), 2)];
    };
    expect(kernelOps(f, aval([8, 8]))).toHaveLength(2);
  });

  test('is nothing of an output that has no elements', () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [exp(x), matmul(y, transpose(y)), sum(x, 0)];
    expect(kernelOps(f, aval([3, 0]), aval([0, 5]))).toEqual([]);
    const [kernel, ...others] = kernelOps((x) => [exp(x), sum(x, 1)], aval([3, 0]));
    expect(others).toEqual([]);
    expect(kernel).toContain('sum');
  });
});

describe('A kernel', () => {
  test('has one reduction at most', () => {
    const softmaxLike = (x: Tensor): Tensor => {
      const e = exp(sub(x, max(x, 1, true)));
      return div(e, sum(e, 1, true));
    };
    const { kernels } = compiledOf(softmaxLike, [aval([30, 40])]);
    expect(kernels.flatMap(({ kernel }) => reductionsOf(kernel)).toSorted()).toEqual(['reduceMax', 'sum']);
    for (const { kernel } of kernels) expect(reductionsOf(kernel).length).toBeLessThan(2);
  });

  test('does not sum again for every element that reads the sum', () => {
    const f = (x: Tensor): Tensor => sub(x, sum(x, 0));
    expect(kernelOps(f, aval([30, 40])).map((ops) => ops.includes('sum'))).toEqual([true, false]);
  });

  test('serves two readers of one shape at once', () => {
    const f = (x: Tensor): Tensor[] => {
      const e = exp(x);
      return [add(e, 1), mul(e, 2)];
    };
    const { kernels } = compiledOf(f, [aval([40])]);
    expect(kernels.map(({ writes }) => writes.length)).toEqual([2]);
  });

  test('stores what one reader computes for another that waits for what comes of it', () => {
    // both read e at their own place; one kernel of them would need the running sums of its own result
    const f = (x: Tensor): Tensor[] => {
      const e = exp(x);
      const first = add(e, 1);
      return [first, mul(e, cumsum(first, 0))];
    };
    const compiled = compiledOf(f, [aval([40])]);
    expect(compiled.kernels.map(({ kernel }) => opsOf(kernel))).toEqual([
      ['add', 'exp', 'full'],
      ['cumSum'],
      ['mul'],
    ]);
    expect(compiled.kernels.map(({ writes }) => writes.length)).toEqual([2, 1, 1]);
    expect(faultsOf(compiled)).toEqual([]);
  });

  test('stores what one reader computes for another that reads elsewhere what comes of it', () => {
    const f = (x: Tensor): Tensor[] => {
      const e = exp(x);
      const first = add(e, 1);
      return [first, mul(e, transpose(first))];
    };
    const compiled = compiledOf(f, [aval([9, 9])]);
    expect(compiled.kernels.map(({ writes }) => writes.length)).toEqual([2, 1]);
    expect(faultsOf(compiled)).toEqual([]);
  });

  test('stores what one reader computes for another, where one kernel of both would have two reductions', () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => {
      const e = exp(exp(exp(exp(x)))); // which is dearer than to read it again
      return [mul(e, matmul(x, y)), mul(e, matmul(y, x))];
    };
    const compiled = compiledOf(f, [aval([9, 9]), aval([9, 9])]);
    expect(compiled.kernels.map(({ kernel }) => reductionsOf(kernel))).toEqual([['dot'], ['dot']]);
    expect(compiled.kernels.map(({ writes }) => writes.length)).toEqual([2, 1]);
    expect(faultsOf(compiled)).toEqual([]);
  });
});

describe('What two kernels read', () => {
  const writes = (f: (...inputs: Tensor[]) => Tensor[], ...shapes: number[][]): number[] => {
    const compiled = compiledOf(
      f,
      shapes.map((shape) => aval(shape)),
    );
    expect(faultsOf(compiled)).toEqual([]);
    return compiled.kernels.map(({ writes }) => writes.length);
  };
  const square = [9, 9];

  test('is computed by both, where both read all that it takes', () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [mul(exp(x), matmul(x, y)), mul(exp(x), matmul(y, x))];
    expect(writes(f, square, square)).toEqual([1, 1]);
  });

  test('is stored once, where one does not read what it takes', () => {
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor[] => {
      const e = exp(x);
      return [mul(e, matmul(y, z)), mul(e, matmul(z, y))];
    };
    expect(writes(f, square, square, square)).toEqual([2, 1]);
  });

  test('is stored once, where one would compute it repeatedly', () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => {
      const e = exp(x);
      return [mul(e, sum(y, 1)), mul(add(e, x), y)];
    };
    expect(writes(f, [9], square)).toEqual([2, 1]);
  });

  test('is what a gelu and its gradient begin with, and what comes of it', () => {
    const gelu = (x: Tensor): Tensor => mul(x, sigmoid(mul(x, add(mul(sq(x), 0.07), 1.6))));
    const loss = (x: Tensor, up: Tensor, down: Tensor): Tensor => sum(exp(matmul(gelu(matmul(x, up)), down)));
    const compiled = compiledOf(grad(loss, { argnums: [1, 2] }), [
      aval([64, 8]),
      aval([8, 32]),
      aval([32, 8]),
    ]);
    const hidden = compiled.kernels.flatMap(({ writes }) => writes.filter(({ size }) => size === 64 * 32));
    expect(hidden.length).toBe(3); // the third is the gradient
    expect(faultsOf(compiled)).toEqual([]);
  });
});

describe('The kernel of a product', () => {
  test('adds the bias, applies ReLU and stores what its gradient asks for', () => {
    const f = (x: Tensor, weight: Tensor, bias: Tensor): Tensor[] => {
      const h = add(matmul(x, weight), bias);
      return [nn.relu(h), less(0, h)];
    };
    const compiled = compiledOf(f, [aval([20, 30]), aval([30, 40]), aval([40])]);
    const [{ kernel, writes }, ...others] = compiled.kernels;
    expect(others).toEqual([]);
    expect(opsOf(kernel)).toEqual(expect.arrayContaining(['dot', 'add', 'lt', 'select']));
    expect(writes.map(({ dtype }) => dtype).toSorted()).toEqual(['bool', 'f32']);
  });

  test('computes what its factors are', () => {
    const f = (x: Tensor, y: Tensor): Tensor => matmul(exp(x), transpose(tanh(y)));
    expect(kernelOps(f, aval([20, 30]), aval([40, 30]))).toHaveLength(1);
  });

  test('masks the gradient that goes back through ReLU', () => {
    const f = (x: Tensor, w: Tensor, v: Tensor): Tensor =>
      grad((h: Tensor) => sum(mul(matmul(nn.relu(h), w), v)))(x);
    const kernels = kernelOps(f, aval([20, 30]), aval([30, 40]), aval([20, 40]));
    expect(kernels.filter((ops) => ops.includes('dot'))).toHaveLength(1);
    expect(kernels.at(-1)).toEqual(expect.arrayContaining(['dot', 'select']));
  });

  test('that gives the gradient of weights does the whole of their Adam update', () => {
    const [model, state, x, y] = trainingArguments([20, 30, 12], 40);
    const { graph } = tracedOn(trainingStep, [model, state, x, y]);
    const updates = compileGraph(graph, target).kernels.filter(({ kernel }) => {
      const ops = opsOf(kernel);
      return ops.includes('dot') && ops.includes('sqrt');
    });
    const sizes = updates.map(({ writes }) => writes.map(({ size }) => size));
    expect(sizes.toSorted(([a], [b]) => a - b)).toEqual([
      [360, 360, 360],
      [600, 600, 600],
    ]);
  });
});

describe("The paper's training step", () => {
  test('takes 21 kernels at most, none with two reductions, in an order that works', () => {
    const { graph } = tracedOn(trainingStep, [...trainingArguments([784, 256, 256, 13], 1024)]);
    const donated = graph.inputs.map((_, i) => i).slice(-19, -2);
    const compiled = compileGraph({ ...graph, donated }, target);
    expect(compiled.kernels.length).toBeLessThanOrEqual(21);
    for (const { kernel } of compiled.kernels) expect(reductionsOf(kernel).length).toBeLessThan(2);
    expect(faultsOf(compiled)).toEqual([]);
  });
});
