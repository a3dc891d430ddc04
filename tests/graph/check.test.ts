// check.ts accepts what tracing makes and refuses every other kind of graph, with the graph's text.
import { describe, expect, test } from 'vitest';
import {
  type AnyApply,
  checkGraph,
  type Graph,
  type Input,
  type Node,
  prims,
  trace,
} from '../../src/graph/index.ts';
import { type DType, DTypeError, type Shape, ShapeError, TraceError } from '../../src/tensor/index.ts';

const input = (shape: Shape = [2], dtype: DType = 'f32'): Input => ({ op: 'input', dtype, shape });
const neg = (x: Node, shape: Shape = x.shape, dtype = x.dtype): AnyApply => ({
  op: 'neg',
  params: {},
  inputs: [x],
  dtype,
  shape,
});

const x = input();
const y = neg(x);
const z = neg(y);

const illegal: [string, Graph, string][] = [
  ['an input listed twice', { inputs: [x, x], nodes: [y], outputs: [y] }, 'a input is defined twice'],
  ['an application listed twice', { inputs: [x], nodes: [y, y], outputs: [y] }, 'a neg is defined twice'],
  ['a value read before it is made', { inputs: [x], nodes: [z, y], outputs: [z] }, 'a neg reads what comes'],
  ['an input of another graph', { inputs: [input()], nodes: [y], outputs: [y] }, 'a neg reads what comes'],
  ['an output that nothing makes', { inputs: [x], nodes: [y], outputs: [y, z] }, 'an output is not defined'],
  ['an application that nothing reads', { inputs: [x], nodes: [y, z], outputs: [y] }, 'nothing reads a neg'],
  [
    'a shape that the rule does not give',
    { inputs: [x], nodes: [neg(x, [3])], outputs: [x] },
    'a neg claims another shape or dtype',
  ],
  [
    'a dtype that the rule does not give',
    { inputs: [x], nodes: [neg(x, [2], 'f64')], outputs: [x] },
    'a neg claims another shape or dtype',
  ],
  [
    'an op that is no primitive',
    { inputs: [x], nodes: [{ ...y, op: 'toString' } as unknown as AnyApply], outputs: [x] },
    'toString is not a primitive',
  ],
];

describe('checkGraph', () => {
  test('gives back a graph that was traced', () => {
    const { graph } = trace(([a]) => [prims.add(prims.neg(a), a), a], [x]);
    expect(checkGraph(graph)).toBe(graph);
  });

  test('takes a graph of inputs alone, with an output twice', () => {
    const graph = { inputs: [x], nodes: [], outputs: [x, x] };
    expect(checkGraph(graph)).toBe(graph);
  });

  test.each(illegal)('refuses %s', (_, graph, message) => {
    expect(() => checkGraph(graph)).toThrow(TraceError);
    expect(() => checkGraph(graph)).toThrow(`illegal graph: ${message}`);
    expect(() => checkGraph(graph)).toThrow('\ngraph(');
  });

  test('refuses an application of too many or too few inputs', () => {
    for (const inputs of [[], [x, x]]) {
      const graph = { inputs: [x], nodes: [{ ...y, inputs } as AnyApply], outputs: [x] };
      expect(() => checkGraph(graph)).toThrow(`neg: it takes 1 inputs, not ${inputs.length}`);
    }
  });

  test('refuses inputs of sizes or dtypes that do not exist', () => {
    const graph = (node: Input): Graph => ({ inputs: [node], nodes: [], outputs: [node] });
    expect(() => checkGraph(graph(input([-1])))).toThrow(
      new ShapeError('input: shape [-1] has size -1; sizes are whole numbers ≥ 0'),
    );
    expect(() => checkGraph(graph(input([1.5])))).toThrow('input: shape [1.5] has size 1.5');
    expect(() => checkGraph(graph(input([2 ** 16, 2 ** 15])))).toThrow('has more than 2147483647 elements');
    expect(() => checkGraph(graph(input([], 'f16' as DType)))).toThrow(
      new DTypeError('unknown dtype f16; one of bool, i32, f32, f64'),
    );
  });

  test("refuses what an application's own rule refuses", () => {
    const bad = { op: 'sum', params: { axes: [1] }, inputs: [x], dtype: 'f32', shape: [] } as const;
    expect(() => checkGraph({ inputs: [x], nodes: [bad], outputs: [bad] })).toThrow(
      new ShapeError('sum: f32[2]: axes [1] are not its axes'),
    );
  });
});
