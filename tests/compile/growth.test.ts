// How much code programs become: no more than in proportion to what they apply, however deep, wide or branched.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile/index.ts';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { compile, type Graph, prims, trace } from '../../src/graph/index.ts';
import {
  add,
  argsort,
  concat,
  div,
  flip,
  fromTypedArray,
  mul,
  reshape,
  roll,
  slice,
  stack,
  sub,
  type Tensor,
  take,
  transpose,
} from '../../src/index.ts';
import type { Aval, DType } from '../../src/tensor/index.ts';
import { byOracles } from '../graph/primitives/oracles.ts';
import { codeSizeOf, target } from '../helpers/compiled.ts';
import { draw } from '../helpers/draws.ts';
import { expectGrid, mapGrid, toGrid, toTensor } from '../helpers/grids.ts';
import { long, runs } from '../helpers/long.ts';
import { inputSet, instructionNames, perform, program, repeat } from '../helpers/programs.ts';

type Step = (y: Tensor, i: number) => Tensor;

/** What a step reads of its operand twice or more: at its own indices and elsewhere, or nowhere the same. */
const steps: Record<string, Step> = {
  'half of it and what is rolled': (y) => div(add(y, roll(y, 1, 0)), 2),
  'it and what is rolled, by two distances': (y) => mul(add(add(y, roll(y, 1, 0)), roll(y, 3, 0)), 0.3),
  'its halves in the other order': (y) => concat([slice(y, '48:'), slice(y, ':48')], 0),
  'its even entries, then its odd ones': (y) => concat([slice(y, '::2'), slice(y, '1::2')], 0),
  'it twice, cut': (y) => slice(concat([y, mul(y, 0.5)], 0), '7:103'),
  'it and what padding moves': (y) =>
    mul(add(y, slice(prims.pad(y, { low: [1], high: [0], interior: [0] }), ':-1')), 0.5),
  'what padding spreads': (y) => slice(prims.pad(y, { low: [0], high: [0], interior: [1] }), '40:136'),
  'it and what indices pick': (y) => mul(add(y, take(y, permuted(96))), 0.5),
  'what its own order picks': (y) => take(y, argsort(y)),
  'it and itself backwards': (y) => mul(add(y, flip(y)), 0.5),
  'it by rows, then by columns': (y, i) => reshape(transpose(reshape(y, i % 2 ? [8, 12] : [6, 16])), [96]),
  'a product with itself moved': (y) => mul(y, sub(1, mul(roll(y, 5, 0), 0.5))),
  'a logistic map': (y) => mul(y, sub(1, div(y, 2))),
};

const permuted = (n: number): Tensor =>
  fromTypedArray(
    Int32Array.from({ length: n }, (_, i) => (i * 5) % n),
    [n],
    'i32',
  );

const graphOf = (f: (x: Tensor[]) => readonly Tensor[], avals: readonly Aval[]): Graph =>
  trace(f, avals).graph;

/** Statements and expressions an application, far more than any has that is not written again and again. */
const most = 150;

const expectProportion = (graph: Graph): void => {
  const size = codeSizeOf(compileGraph(graph, target));
  expect(size).toBeLessThan(most * (graph.nodes.length + graph.inputs.length + 4));
};

const iterate =
  (step: Step, n: number) =>
  ([x]: readonly Tensor[]): Tensor[] => {
    let y = x;
    for (let i = 0; i < n; i++) y = step(y, i);
    return [y];
  };

describe('The code of', () => {
  test.each(Object.entries(steps))('%s, again and again, grows with the number of steps alone', (_, step) => {
    for (const n of [20, 60]) expectProportion(graphOf(iterate(step, n), [{ dtype: 'f32', shape: [96] }]));
  });

  test.each(instructionNames)('%s, again and again, grows with the number of steps alone', (name) => {
    fc.assert(
      fc.property(
        fc.constantFrom<DType>('f32', 'i32'),
        fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(255), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (dtype, choices) => {
          expectProportion(graphOf((values) => repeat(name, choices, 30, values), inputSet(dtype, 1)));
        },
      ),
      { numRuns: runs(30) },
    );
  });

  test('random programs grows with what they apply alone', () => {
    fc.assert(
      fc.property(
        fc.array(program, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<DType>('f32', 'i32'),
        (parts, dtype) => {
          expectProportion(graphOf((values) => perform(parts.flat(), values), inputSet(dtype, 1)));
        },
      ),
      { numRuns: runs(250) },
    );
  });
});

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test('a step again and again gives what its primitives are defined to give', () => {
    const x = draw('f64', [96], 1);
    const all = (values: Tensor[]) => Object.values(steps).flatMap((step) => iterate(step, 12)(values));
    const { graph, captures } = trace(all, [x]);
    const inputs = [...captures.map(toGrid), x];
    const outputs = compile(graph)(inputs.map(toTensor));
    byOracles(graph, inputs).forEach((expected, i) => {
      const scale = mapGrid(expected, (value) => Math.max(1, Math.abs(value)));
      expectGrid(outputs[i], expected, 2 ** 20, scale);
    });
  });

  test('a chain is as deep, and a concatenation as wide, as anyone asks for', () => {
    const [deep, wide] = long ? [100_000, 10_000] : [2_000, 500];
    const x = fromTypedArray(Float64Array.from([1, 2, 3]), [3], 'f64');
    const graph = graphOf(
      ([y]) => [
        ...iterate((z) => add(z, 1), deep)([y]),
        stack(Array.from({ length: wide }, (_, i) => mul(slice(y, i % 3), i % 7))),
      ],
      [x],
    );
    const [sum, all] = compile(graph)([x]);
    expect([...sum.data]).toEqual([1 + deep, 2 + deep, 3 + deep]);
    expect([...all.data]).toEqual(Array.from({ length: wide }, (_, i) => (1 + (i % 3)) * (i % 7)));
  });
});
