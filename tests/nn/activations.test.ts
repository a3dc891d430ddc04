// Activations: their formulas, their tails, and their derivatives.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { gelu, relu, silu, softplus } from '../../src/nn/index.ts';
import { tensor } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad } from '../../src/transforms/index.ts';
import { suites } from '../graph/primitives/suites.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { expectDerivatives } from '../helpers/primitive.ts';

beforeAll(() => {
  useEngine('reference');
});

const erf = (x: number): number => suites.erf.oracle([{ dtype: 'f64', shape: [], data: [x] }], {}).data[0];

const table: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
  ['relu', relu, (x) => Math.max(x, 0)],
  ['gelu', gelu, (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2],
  ['silu', silu, (x) => x / (1 + Math.exp(-x))],
  ['softplus', softplus, (x) => Math.log(1 + Math.exp(x))],
];

describe('Activations', () => {
  test.each(table)('%s is its formula', (_, f, formula) => {
    const values = [-5, -2, -0.5, 0, 0.25, 1, 4];
    expectNumbers(f(tensor(values, 'f64')).data, values.map(formula), 1e-14);
    expectNumbers(f(tensor(values)).data, values.map(formula), 1e-6);
    expect(f(tensor([[1, 2]])).shape).toEqual([1, 2]);
  });

  test.each(table)('%s has the derivative of finite differences', (_, f) => {
    expectDerivatives({ f, x: [randomTensor([2, 3])] });
  });

  test.each(table)('%s goes over to 0 below and x above', (_, f) => {
    expectNumbers(f(tensor([-800, 800], 'f64')).data, [0, 800], 1e-15);
    const slope = (x: number): number => grad(f)(tensor(x, 'f64')).item();
    expectNumbers([slope(-800), slope(800)], [0, 1], 1e-15);
  });

  test('have these derivatives at 0', () => {
    const at0 = (f: (x: Tensor) => Tensor): number => grad(f)(tensor(0, 'f64')).item();
    expect([relu, gelu, silu, softplus].map(at0)).toEqual([0, 0.5, 0.5, 0.5]);
  });
});
