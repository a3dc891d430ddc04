// Random programs of many primitives on every engine, against an interpreter made of the primitives' oracles.
import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { compile, type Graph, trace } from '../../src/graph/index.ts';
import type { DType } from '../../src/tensor/index.ts';
import { byOracles } from '../graph/primitives/oracles.ts';
import { expectGrid, mapGrid, toTensor } from '../helpers/grids.ts';
import { long } from '../helpers/long.ts';
import { inputSet, loopingProgram, perform, program } from '../helpers/programs.ts';

/** Rounding errors of a few floats in a row; whole numbers have none. */
const ulps: { readonly [K in DType]?: number } = { f32: 2 ** 10, f64: 2 ** 20 };

/** The same; an f64 that was an f32 before is no more exact than that, 29 bits less. */
const ulpsOf = ({ inputs, nodes }: Graph, dtype: DType): number =>
  dtype === 'f64' && [...inputs, ...nodes].some((node) => node.dtype === 'f32')
    ? 2 ** 39
    : (ulps[dtype] ?? 0);

/** Programs to go into one graph, since a compiler takes little longer for ten than for one. */
const together = (one: typeof program, maxLength: number) =>
  fc.array(fc.tuple(one, fc.nat(50)), { minLength: 1, maxLength, size: 'max' });

const kinds = {
  'random programs': together(program, 20),
  'random programs with loops and branches': together(loopingProgram, 5),
};

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(
    Object.entries(kinds).flatMap(([kind, programs]) =>
      (['i32', 'f64', 'f32'] as const).map((dtype) => [kind, dtype, programs] as const),
    ),
  )('%s on %s give what their primitives are defined to give', (_, dtype, programs) => {
    fc.assert(
      fc.property(programs, (several) => {
        const inputs = several.flatMap(([, seed]) => inputSet(dtype, seed));
        const { graph } = trace(
          (values) => several.flatMap(([steps], i) => perform(steps, values.slice(5 * i, 5 * i + 5))),
          inputs,
        );
        const executable = compile(graph);
        const outputs = [1, 2].map(() => executable(inputs.map(toTensor)));
        byOracles(graph, inputs).forEach((expected, i) => {
          const scale = mapGrid(expected, (value) => Math.max(1, Math.abs(value)));
          for (const run of outputs) expectGrid(run[i], expected, ulpsOf(graph, expected.dtype), scale);
        });
      }),
      { numRuns: long ? 15 : 5 },
    );
  });
});
