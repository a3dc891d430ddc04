// Optimisers: against naive scalar versions over several steps on a tree, and on a small regression.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { adam, adamW, initMlp, meanSquaredError, mlp, type Optimizer, sgd } from '../../src/nn/index.ts';
import { add, mul, sin, stack, sum, tanh, tensor } from '../../src/ops/index.ts';
import { key, uniform } from '../../src/random/index.ts';
import { type DType, type Tensor, type Tree, treeLeaves, treeMap } from '../../src/tensor/index.ts';
import { grad, jit, valueAndGrad, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

type Params = { readonly w: Tensor; readonly rest: readonly [Tensor] };

const start = (dtype: DType): Params => ({
  w: randomTensor([2, 3], 1, dtype),
  rest: [randomTensor([], 2, dtype)],
});
/** Σ sin x + x²/4, leaf by leaf. */
const loss = (p: Params): Tensor =>
  treeLeaves(p)
    .map((x) => sum(add(sin(x), mul(mul(x, x), 0.25))))
    .reduce((a, b) => add(a, b));
const slope = (x: number): number => Math.cos(x) + x / 2;

const numbers = (tree: Tree): number[] => treeLeaves(tree).flatMap((x) => Array.from(x.data));

function descend<S extends Tree>(optimizer: Optimizer<S>, params: Params, steps: number): Params[] {
  const trail: Params[] = [];
  let state = optimizer.init(params);
  let now = params;
  for (let i = 0; i < steps; i++) {
    [now, state] = optimizer.update(now, grad(loss)(now), state);
    trail.push(now);
  }
  return trail;
}

/** One number's way under `step`, which is given the gradient, the number and how many steps were done. */
function naive(x0: number, steps: number, make: () => (g: number, x: number, t: number) => number): number[] {
  const step = make();
  const trail: number[] = [];
  let x = x0;
  for (let t = 1; t <= steps; t++) {
    x = step(slope(x), x, t);
    trail.push(x);
  }
  return trail;
}

const momentumStep = (rate: number, momentum: number) => () => {
  let v = 0;
  return (g: number, x: number): number => {
    v = momentum * v + g;
    return x - rate * v;
  };
};

const adamStep = (rate: number, beta1: number, beta2: number, epsilon: number, decay: number) => () => {
  let [m, v] = [0, 0];
  return (g: number, x: number, t: number): number => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
    return x - rate * (direction + decay * x);
  };
};

const table: [string, Optimizer<Tree>, () => (g: number, x: number, t: number) => number][] = [
  ['sgd', sgd({ learningRate: 0.1 }) as Optimizer<Tree>, momentumStep(0.1, 0)],
  ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9 }) as Optimizer<Tree>, momentumStep(0.1, 0.9)],
  ['adam', adam({ learningRate: 0.05 }) as Optimizer<Tree>, adamStep(0.05, 0.9, 0.999, 1e-8, 0)],
  [
    'adam with other settings',
    adam({ learningRate: 0.05, beta1: 0.5, beta2: 0.8, epsilon: 0.1 }) as Optimizer<Tree>,
    adamStep(0.05, 0.5, 0.8, 0.1, 0),
  ],
  [
    'adam without memory',
    adam({ learningRate: 0.05, beta1: 0, beta2: 0 }) as Optimizer<Tree>,
    adamStep(0.05, 0, 0, 1e-8, 0),
  ],
  [
    'adamW',
    adamW({ learningRate: 0.05, weightDecay: 0.3 }) as Optimizer<Tree>,
    adamStep(0.05, 0.9, 0.999, 1e-8, 0.3),
  ],
];

describe('Optimisers', () => {
  test.each(table)('%s takes the steps of its definition on every number of a tree', (_, optimizer, make) => {
    for (const [dtype, tolerance] of [
      ['f64', 1e-13],
      ['f32', 2e-6],
    ] as const) {
      const params = start(dtype);
      const trail = descend(optimizer, params, 12);
      const expected = numbers(params).map((x) => naive(x, 12, make));
      trail.forEach((now, t) => {
        expectNumbers(
          numbers(now),
          expected.map((way) => way[t]),
          tolerance,
        );
        expect(treeLeaves(now).map((x) => [x.dtype, x.shape])).toEqual(
          treeLeaves(params).map((x) => [x.dtype, x.shape]),
        );
      });
    }
  });

  test.each(table)('%s runs the same under jit and vmap', (_, optimizer) => {
    const params = start('f64');
    const step = (p: Params, state: Tree): [Params, Tree] => optimizer.update(p, grad(loss)(p), state);
    const run = (f: typeof step, p: Params, state: Tree): Params => {
      const [p1, s1] = f(p, state);
      return f(p1, s1)[0];
    };
    const plain = numbers(run(step, params, optimizer.init(params)));
    expectNumbers(numbers(run(jit(step), params, optimizer.init(params))), plain, 1e-15);
    const two = treeMap((x) => stack([x, x]), params);
    const mapped = run(vmap(step), two, vmap((p: Params) => optimizer.init(p))(two));
    treeLeaves(mapped).forEach((x, i) => {
      const one = treeLeaves(run(step, params, optimizer.init(params)))[i];
      expectNumbers(x.data, [...one.data, ...one.data], 1e-15);
    });
  });

  test('adam counts its steps', () => {
    const optimizer = adam({ learningRate: 0.1 });
    const params = tensor([1, 2]);
    const [, state] = optimizer.update(params, params, optimizer.init(params));
    const [, next] = optimizer.update(params, params, state);
    expect([optimizer.init(params).step.item(), state.step.item(), next.step.item()]).toEqual([0, 1, 2]);
  });

  test("adam's first step is the learning rate, against the gradient's sign", () => {
    const optimizer = adam({ learningRate: 0.25 });
    const params = tensor([1, 1, 1, 1], 'f64');
    const [next] = optimizer.update(params, tensor([1e-3, -1e-3, 1e3, -1e3], 'f64'), optimizer.init(params));
    expectNumbers(next.data, [0.75, 1.25, 0.75, 1.25], 1e-5);
  });

  test('refuse gradients of another structure', () => {
    const optimizer = sgd({ learningRate: 0.1 });
    const params: Tree = { a: tensor(1) };
    expect(() => optimizer.update(params, { b: tensor(1) } as Tree, optimizer.init(params))).toThrow(
      'sgd.update: gradients have structure {"b":*}, not {"a":*}',
    );
  });
});

describe('adam', () => {
  test('fits a small regression', () => {
    const x = uniform(key('inputs'), [64, 1], -2, 2);
    const y = sin(mul(x, 2));
    const optimizer = adam({ learningRate: 0.02 });
    let params = initMlp(key('net'), [1, 16, 16, 1]);
    let state = optimizer.init(params);
    const step = jit((p: typeof params, s: typeof state) => {
      const [value, gradient] = valueAndGrad((q: typeof params) => meanSquaredError(mlp(q, x, tanh), y))(p);
      return [value, optimizer.update(p, gradient, s)] as const;
    });
    const losses: number[] = [];
    for (let i = 0; i < 300; i++) {
      const [value, [nextParams, nextState]] = step(params, state);
      [params, state] = [nextParams, nextState];
      losses.push(value.item());
    }
    expect(losses[0]).toBeGreaterThan(0.3);
    expect(losses[losses.length - 1]).toBeLessThan(0.003);
  });
});
