// The primitives that hold graphs on every engine: dtype, shape and value against their definition, run at once and compiled.
import { describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../../src/engines/index.ts';
import {
  type AnyRegion,
  bindAll,
  compile,
  type Graph,
  type Params,
  prims,
  type RegionOp,
  trace,
} from '../../../src/graph/index.ts';
import { type Aval, type DType, isFloat, range, type Tensor } from '../../../src/tensor/index.ts';
import { draw } from '../../helpers/draws.ts';
import { expectGrid, type Grid, toTensor } from '../../helpers/grids.ts';
import { byOracles } from './oracles.ts';

const { add, cast, full, lt, mul, sin, sum } = prims;

interface Case<K extends RegionOp> {
  readonly note: string;
  readonly params: Params[K];
  readonly inputs: readonly Grid[];
}
type Cases = { readonly [K in RegionOp]: readonly Case<K>[] };

const graphOf = (avals: readonly Aval[], f: (...values: Tensor[]) => readonly Tensor[]): Graph =>
  trace((values) => f(...values), avals).graph;

/** Cases on vectors of `dtype`. */
function casesOf(dtype: DType): Cases {
  const [vector, flag, count]: Aval[] = [
    { dtype, shape: [3] },
    { dtype: 'bool', shape: [] },
    { dtype: 'i32', shape: [] },
  ];
  const [a, b] = [draw(dtype, [3], 1), draw(dtype, [3], 2)];
  const rows = (n: number) => draw(dtype, [n, 3], 3);
  const number = (value: number, of: DType = 'i32'): Grid => ({ dtype: of, shape: [], data: [value] });
  const bounded = (x: Tensor): Tensor => (isFloat(dtype) ? sin(x) : x);
  const round = graphOf([vector, vector, vector], (k, c, x) => [bounded(add(mul(c, k), x)), sum(x, [0]), c]);
  const swap = graphOf([vector, vector], (c, d) => [d, c, d]);
  const same = graphOf([vector], (x) => [x]);
  const looped = { body: round, consts: 1, carry: 1, reverse: false };
  const counted = graphOf([count, count, vector], (n, k) => [lt(k, n)]);
  const grown = graphOf([count, count, vector], (_, k, c) => [
    add(k, full([], 1, 'i32')),
    bounded(add(c, c)),
  ]);
  const counting = { test: counted, body: grown, consts: 1 };
  const branches = {
    whenTrue: graphOf([vector, vector], (x, y) => [bounded(mul(x, y)), cast(x, 'i32')]),
    whenFalse: graphOf([vector, vector], (_, y) => [y, full([3], 7, 'i32')]),
  };
  return {
    call: [
      { note: 'what it calls', params: { graph: branches.whenTrue }, inputs: [a, b] },
      { note: 'its own input', params: { graph: same }, inputs: [a] },
    ],
    scan: [
      ...[0, 1, 4].map((length) => ({
        note: `${length} rounds`,
        params: { ...looped, length },
        inputs: [a, b, rows(length)],
      })),
      { note: 'from the end', params: { ...looped, length: 4, reverse: true }, inputs: [a, b, rows(4)] },
      {
        note: 'carries that change places',
        params: { body: swap, consts: 0, carry: 2, length: 3, reverse: false },
        inputs: [a, b],
      },
      {
        note: 'the entry as the carry',
        params: {
          body: graphOf([vector, vector], (_, x) => [x, x]),
          consts: 0,
          carry: 1,
          length: 1,
          reverse: false,
        },
        inputs: [a, rows(1)],
      },
      {
        note: 'no stacks',
        params: { body: same, consts: 0, carry: 1, length: 2, reverse: false },
        inputs: [a],
      },
    ],
    cond: [0, 1].map((value) => ({
      note: String(value === 1),
      params: branches,
      inputs: [number(value, flag.dtype), a, b],
    })),
    whileLoop: [
      ...[0, 1, 5].map((n) => ({ note: `${n} rounds`, params: counting, inputs: [number(n), number(0), a] })),
      {
        note: 'a carry that stays',
        params: {
          ...counting,
          body: graphOf([count, count, vector], (_, k, c) => [add(k, full([], 1, 'i32')), c]),
        },
        inputs: [number(2), number(0), a],
      },
    ],
  };
}

/** Roundings of a few floats in a row, on engines whose sin is another. */
const ulps: Partial<Record<DType, number>> = { bool: 0, i32: 0, f32: 2 ** 10, f64: 2 ** 20 };

describe.each(engineNames())('On the %s engine', (engine) => {
  describe.each(['i32', 'f32', 'f64'] as const)('on %s', (dtype) => {
    const visit = <K extends RegionOp>(op: K): void => {
      for (const { note, params, inputs } of (
        casesOf(dtype) as { readonly [K in RegionOp]: readonly Case<K>[] }
      )[op])
        test(`${op} gives what its definition gives: ${note}`, () => {
          useEngine(engine);
          // also of operands that something else has made, and of results that something else reads
          const around = trace((values) => {
            const made = values.map((x) => (x.dtype === dtype ? add(x, x) : x));
            const results = bindAll<RegionOp>(op, params, made);
            return [...results, ...results.map((y) => (y.dtype === 'bool' ? y : add(y, y)))];
          }, inputs).graph;
          const alone = trace((values) => bindAll<RegionOp>(op, params, values), inputs).graph;
          const atOnce = bindAll<RegionOp>(op, params, inputs.map(toTensor));
          const expected = byOracles(alone, inputs);
          expect(atOnce.length).toBe(expected.length);
          for (const [graph, runs] of [
            [alone, [atOnce, compile(alone)(inputs.map(toTensor))]],
            [around, range(2).map(() => compile(around)(inputs.map(toTensor)))],
          ] as const)
            byOracles(graph, inputs).forEach((grid, i) => {
              for (const outputs of runs) expectGrid(outputs[i], grid, ulps[grid.dtype]);
            });
        });
    };
    for (const op of ['call', 'scan', 'cond', 'whileLoop'] satisfies AnyRegion['op'][]) visit(op);
  });
});
