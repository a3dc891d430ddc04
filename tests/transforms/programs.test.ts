// Random programs under transformations: the modes of differentiation agree, and vmap agrees with a loop.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { isFloat, type Tensor } from '../../src/tensor/index.ts';
import { jit, jvp, linearize, type TreeFunction, vjp, vmap } from '../../src/transforms/index.ts';
import { expectNumbers, expectSame, stackGrids, toGrid, toTensor } from '../helpers/grids.ts';
import { runs } from '../helpers/long.ts';
import { inner } from '../helpers/numeric.ts';
import { directions } from '../helpers/primitive.ts';
import {
  inputSet,
  loopingProgram,
  type Program,
  perform,
  program,
  reversibleProgram,
} from '../helpers/programs.ts';

beforeAll(() => {
  useEngine('reference');
});

type Values = readonly Tensor[];
type OnValues = TreeFunction<readonly [Values], Values>;

/** The program in its three float inputs, the others fixed; only its float outputs. */
const onFloats =
  (steps: Program, rest: Values): OnValues =>
  (floats) =>
    perform(steps, [...floats, ...rest]).filter((y) => y.dtype === 'f64');

const total = (a: Values, b: Values): number => a.reduce((sum, x, i) => sum + inner(x.data, b[i].data), 0);
const size = (a: Values, b: Values): number =>
  a.reduce((sum, x, i) => sum + inner(x.data.map(Math.abs), b[i].data.map(Math.abs)), 0);

const kinds = {
  'of primitives': [program, program, 150],
  'with loops and branches': [reversibleProgram, loopingProgram, runs(150)],
} as const;

describe.each(Object.entries(kinds))('Random programs %s', (_, [smooth, any, numRuns]) => {
  test('have one derivative, forwards, backwards, linearised and compiled (property)', () => {
    fc.assert(
      fc.property(smooth, fc.nat(50), (steps, seed) => {
        const inputs = inputSet('f64', seed).map(toTensor);
        const [x, rest] = [inputs.slice(0, 3), inputs.slice(3)];
        const f = onFloats(steps, rest);
        const v = directions(x, 40);
        const [y, dy] = jvp(f, [x], [v]);
        const [again, derivative] = linearize(f, x);
        y.forEach((output, i) => {
          expectSame(again[i], output);
          expectSame(derivative(v)[i], dy[i], 1e-12);
        });
        const compiled = jit((p: Values, q: Values) => jvp(f, [p], [q])[1])(x, v);
        compiled.forEach((t, i) => {
          expectSame(t, dy[i], 1e-12);
        });
        const w = directions(y, 50);
        const [cotangents] = vjp(f, x)[1](w);
        expect(Math.abs(total(dy, w) - total(v, cotangents))).toBeLessThanOrEqual(1e-12 * (1 + size(dy, w)));
      }),
      { numRuns },
    );
  });

  test('map as a loop does, over all operands or some (property)', () => {
    fc.assert(
      fc.property(any, fc.nat(50), fc.integer({ min: 1, max: 31 }), (steps, seed, chosen) => {
        const examples = [0, 1, 2].map((b) => inputSet('f64', seed + 10 * b));
        const isMapped = (i: number): boolean => (chosen & (1 << i)) !== 0;
        const f: TreeFunction<Values, Values> = (...values) => perform(steps, values);
        const args = examples[0].map((one, i) =>
          toTensor(isMapped(i) ? stackGrids(examples.map((example) => example[i])) : one),
        );
        const axes = args.map((_, i) => (isMapped(i) ? 0 : null));
        const loop = examples.map((example) =>
          f(...example.map((one, i) => toTensor(isMapped(i) ? one : examples[0][i]))),
        );
        vmap(
          f,
          axes,
        )(...args).forEach((mapped, i) => {
          const expected = stackGrids(loop.map((outputs) => toGrid(outputs[i])));
          expect([mapped.dtype, mapped.shape]).toEqual([expected.dtype, expected.shape]);
          expectNumbers(toGrid(mapped).data, expected.data, isFloat(mapped.dtype) ? 1e-12 : 0);
        });
      }),
      { numRuns },
    );
  });
});
