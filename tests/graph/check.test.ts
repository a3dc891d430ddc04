// check.ts accepts what tracing makes and refuses every other kind of graph, with the graph's text.
import { describe, expect, test } from 'vitest';
import {
  type AnyApply,
  applied,
  checkGraph,
  type Graph,
  type Input,
  prims,
  type Result,
  trace,
  type Value,
} from '../../src/graph/index.ts';
import { type DType, DTypeError, type Shape, ShapeError, TraceError } from '../../src/tensor/index.ts';

const input = (shape: Shape = [2], dtype: DType = 'f32'): Input => ({ dtype, shape });
const neg = (x: Value): AnyApply => applied('neg', {}, [x]);

/** An application whose results, of which it has at least one, are claimed to be `claims`. */
function claiming(node: AnyApply, ...claims: Partial<Result>[]): AnyApply {
  const results: Result[] = [];
  const made = { ...node, ...claims[0], results };
  for (const claim of claims)
    results.push({ ...node.results[0], from: made, index: results.length, ...claim });
  return made;
}

const x = input();
const minus = neg(x);
const [y] = minus.results;
const again = neg(y);
const [z] = again.results;

const illegal: [string, Graph, string][] = [
  [
    'an input listed twice',
    { inputs: [x, x], nodes: [minus], outputs: [y] },
    'a value of input is defined twice',
  ],
  [
    'an application listed twice',
    { inputs: [x], nodes: [minus, minus], outputs: [y] },
    'a value of neg is defined twice',
  ],
  [
    'a value read before it is made',
    { inputs: [x], nodes: [again, minus], outputs: [z] },
    'a neg reads what comes',
  ],
  [
    'an input of another graph',
    { inputs: [input()], nodes: [minus], outputs: [y] },
    'a neg reads what comes',
  ],
  [
    'an output that nothing makes',
    { inputs: [x], nodes: [minus], outputs: [y, z] },
    'an output is not defined',
  ],
  [
    'an application that nothing reads',
    { inputs: [x], nodes: [minus, again], outputs: [y] },
    'nothing reads a neg',
  ],
  ...(
    [
      ['a shape that the rule does not give', [{ shape: [3] }], 'a neg claims other shapes or dtypes'],
      ['a dtype that the rule does not give', [{ dtype: 'f64' }], 'a neg claims other shapes or dtypes'],
      ['more results than the rule gives', [{}, {}], 'a neg claims other shapes or dtypes'],
      ['fewer results than the rule gives', [], 'a neg claims other shapes or dtypes'],
      ['a result of another application', [{ from: again }], 'a neg has results that are not its own'],
      ['a result in another place', [{ index: 1 }], 'a neg has results that are not its own'],
    ] satisfies [string, Partial<Result>[], string][]
  ).map(([what, claims, message]): [string, Graph, string] => [
    what,
    { inputs: [x], nodes: [claiming(minus, ...claims)], outputs: [x] },
    message,
  ]),
  [
    'an application that has another shape than its first result',
    { inputs: [x], nodes: [{ ...minus, shape: [3] }], outputs: [x] },
    'a neg claims other shapes or dtypes',
  ],
  [
    'an op that is no primitive',
    { inputs: [x], nodes: [{ ...minus, op: 'toString' } as unknown as AnyApply], outputs: [x] },
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
      const graph = { inputs: [x], nodes: [{ ...minus, inputs } as AnyApply], outputs: [x] };
      expect(() => checkGraph(graph)).toThrow(`neg: it takes 1 inputs, not ${inputs.length}`);
    }
  });

  test('refuses inputs of sizes or dtypes that do not exist', () => {
    const graph = (value: Input): Graph => ({ inputs: [value], nodes: [], outputs: [value] });
    expect(() => checkGraph(graph(input([-1])))).toThrow(
      new ShapeError('input: shape [-1] has size -1; sizes are whole numbers ≥ 0'),
    );
    expect(() => checkGraph(graph(input([1.5])))).toThrow('input: shape [1.5] has size 1.5');
    expect(() => checkGraph(graph(input([2 ** 16, 2 ** 15])))).toThrow('has more than 2147483647 elements');
    expect(() => checkGraph(graph(input([], 'u32' as DType)))).toThrow(
      new DTypeError('unknown dtype u32; one of bool, u8, i8, i32, f16, bf16, f32, f64'),
    );
  });

  test('refuses an illegal graph in parameters, at any depth', () => {
    const body: Graph = { inputs: [x], nodes: [minus, again], outputs: [y] };
    const within = (graph: Graph): Graph => {
      const read = graph.inputs.map(({ dtype, shape }) => input(shape, dtype));
      const node = applied('call', { graph }, read);
      return { inputs: read, nodes: [node], outputs: node.results };
    };
    for (const graph of [within(body), within(within(body))]) {
      expect(() => checkGraph(graph)).toThrow(TraceError);
      expect(() => checkGraph(graph)).toThrow('illegal graph: nothing reads a neg\ngraph(');
    }
    const scan = applied('scan', { body, consts: 0, carry: 1, length: 2, reverse: false }, [x]);
    expect(() => checkGraph({ inputs: [x], nodes: [scan], outputs: scan.results })).toThrow(
      'nothing reads a neg',
    );
    const legal = within(within({ inputs: [x], nodes: [minus], outputs: [y] }));
    expect(checkGraph(legal)).toBe(legal);
  });

  test('refuses a graph in parameters that reads what stands outside of it', () => {
    const body: Graph = { inputs: [x], nodes: [again], outputs: [z] };
    const cond = applied('cond', { whenTrue: body, whenFalse: body }, [input([], 'bool'), x]);
    expect(() =>
      checkGraph({ inputs: [...cond.inputs] as Input[], nodes: [cond], outputs: cond.results }),
    ).toThrow('illegal graph: a neg reads what comes');
  });

  test("refuses what an application's own rule refuses", () => {
    const sum = applied('sum', { axes: [0] }, [x]);
    const bad = { ...sum, params: { axes: [1] } } as AnyApply;
    expect(() => checkGraph({ inputs: [x], nodes: [bad], outputs: sum.results })).toThrow(
      new ShapeError('sum: f32[2]: axes [1] are not its axes'),
    );
  });
});
