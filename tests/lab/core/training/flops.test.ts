// What a training step costs, off its graph.
import { expect, test } from 'vitest';
import { matmul, mean, nn, square, sub, type Tensor, useEngine, zeros } from '../../../../src/index.ts';
import { flopsOf, once, stepFlops } from '../../../../src/lab/core/training/flops.ts';
import { gradientOf, type Stepping } from '../../../../src/lab/core/training/learner.ts';

type Batch = { readonly x: Tensor; readonly y: Tensor };

const [n, inputs, outputs] = [64, 50, 40];

const learner = (optimizer: Stepping<Tensor, Batch>['optimizer']): Stepping<Tensor, Batch> => ({
  gradient: gradientOf((weight: Tensor, { x, y }: Batch) => mean(square(sub(matmul(x, weight), y)))),
  optimizer,
});

const batch = (): Batch => ({ x: zeros([n, inputs]), y: zeros([n, outputs]) });
const make = () => ({ params: zeros([inputs, outputs]), batch: batch() });

test('a step is its gradient, here two products, and what the optimiser does to each weight', () => {
  const products = 2 * (2 * n * inputs * outputs);
  const plain = stepFlops(learner(nn.sgd({ learningRate: 0.1 })), make);
  expect(plain).toBeGreaterThan(products);
  expect(plain).toBeLessThan(products + 3 * inputs * outputs + 8 * n * outputs);
  const more = stepFlops(learner(nn.adam({ learningRate: 0.1 })), make) - plain;
  expect(more).toBeGreaterThan(8 * inputs * outputs);
  expect(more).toBeLessThan(16 * inputs * outputs);
});

test('what is measured of a step counts too', () => {
  const of = learner(nn.sgd({ learningRate: 0.1 }));
  const ofStep = (_: Tensor, after: Tensor, { x }: Batch) => ({ said: mean(matmul(x, after)) });
  expect(stepFlops({ ...of, ofStep }, make) - stepFlops(of, make)).toBeGreaterThan(2 * n * inputs * outputs);
});

test('to make what a function is counted on costs nothing, and runs nothing', () => {
  const engine = useEngine('reference');
  const { compile } = engine;
  Object.assign(engine, {
    compile: () => {
      throw new Error('something runs');
    },
  });
  try {
    const product = (x: Tensor): Tensor => matmul(x, x);
    expect(flopsOf(product, (): [Tensor] => [matmul(zeros([3, 9]), zeros([9, 3]))])).toBe(2 * 27);
  } finally {
    Object.assign(engine, { compile });
  }
});

test('what is asked for again is not counted again', () => {
  let count = 0;
  const ask = (key: unknown): number => once(['test', key], () => ++count);
  expect([ask(1), ask({ a: 1 }), ask(1), ask({ a: 1 }), ask('1')]).toEqual([1, 2, 1, 2, 3]);
});
