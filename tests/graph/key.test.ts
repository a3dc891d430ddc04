// Keys of graphs: equal where two traces do the same, different where anything that matters does.
import { expect, test } from 'vitest';
import { type Graph, keyOf, prims, trace } from '../../src/graph/index.ts';
import type { Aval, Tensor } from '../../src/tensor/index.ts';

const vector: Aval = { dtype: 'f32', shape: [3] };
const graphOf = (f: (xs: Tensor[]) => readonly Tensor[], avals: readonly Aval[] = [vector, vector]): Graph =>
  trace(f, avals).graph;

test('two traces of one function have one key, whatever is left over of them', () => {
  const f = ([x, y]: Tensor[]) => [prims.sum(prims.mul(prims.add(x, y), x), [0])];
  const wasteful = ([x, y]: Tensor[]) => {
    prims.exp(y);
    return f([x, y]);
  };
  expect(keyOf(graphOf(f))).toBe(keyOf(graphOf(f)));
  expect(keyOf(graphOf(wasteful))).toBe(keyOf(graphOf(f)));
});

test('whatever changes what a graph does changes its key', () => {
  const base = graphOf(([x, y]) => [prims.add(x, y)]);
  const filled = (value: number) => graphOf(([x]) => [prims.mul(x, prims.full([3], value, 'f32'))], [vector]);
  const graphs = [
    base,
    { ...base, donated: [0] },
    { ...base, donated: [1] },
    graphOf(([x, y]) => [prims.add(y, x)]),
    graphOf(([x, y]) => [prims.sub(x, y)]),
    graphOf(([x]) => [prims.add(x, x)]),
    graphOf(([x, y]) => [prims.add(x, y), x]),
    graphOf(([x, y]) => [x, prims.add(x, y)]),
    graphOf(
      ([x, y]) => [prims.add(x, y)],
      [
        { dtype: 'f64', shape: [3] },
        { dtype: 'f64', shape: [3] },
      ],
    ),
    graphOf(
      ([x, y]) => [prims.add(x, y)],
      [
        { dtype: 'f32', shape: [1, 3] },
        { dtype: 'f32', shape: [1, 3] },
      ],
    ),
    ...[0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY].map(filled),
  ];
  expect(new Set(graphs.map(keyOf)).size).toBe(graphs.length);
});
