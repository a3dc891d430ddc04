// What engines compile of a graph: calls are replaced by what they call, and loops and branches compute only what is read.
// Equal applications stay apart, so that what a call computes anew is not taken from elsewhere.
import { applied, reachable, regionsOf } from './graph.ts';
import type { AnyApply, Graph, Params, Value } from './primitives.ts';
import { settle } from './settle.ts';

/** `graph` without calls, and without results of loops and branches that nothing reads. */
export function simplified(graph: Graph): Graph {
  if (graph.nodes.every((node) => Object.keys(regionsOf(node)).length === 0)) return graph;
  const nodes: AnyApply[] = [];
  const outputs = inline(graph, graph.inputs, nodes);
  return { ...graph, ...pruned(nodes, outputs) };
}

/** Appends what `graph` applies to `inputs` to `nodes`, and gives its outputs. */
function inline(graph: Graph, inputs: readonly Value[], nodes: AnyApply[]): Value[] {
  const values = new Map<Value, Value>(graph.inputs.map((input, i) => [input, inputs[i]]));
  const of = (value: Value): Value => values.get(value) as Value;
  for (const node of graph.nodes) {
    const read = node.inputs.map(of);
    let results: readonly Value[];
    if (node.op === 'call') results = inline(node.params.graph, read, nodes);
    else {
      const again = applied(node.op, node.params, read);
      nodes.push(again);
      results = again.results;
    }
    node.results.forEach((result, i) => {
      values.set(result, results[i]);
    });
  }
  return graph.outputs.map(of);
}

/** An application in place of another: which of its inputs it reads, and which of its results it has. */
interface Pruned {
  readonly params: AnyApply['params'];
  readonly inputs: readonly boolean[];
  readonly results: readonly boolean[];
}

/** `nodes`, with loops and branches that give only what is read. */
function pruned(nodes: readonly AnyApply[], outputs: readonly Value[]): Pick<Graph, 'nodes' | 'outputs'> {
  const needed = new Set<Value>(outputs);
  const replaced = new Map<AnyApply, Pruned>();
  for (const node of nodes.toReversed()) {
    const wanted = node.results.map((result) => needed.has(result));
    if (!wanted.includes(true)) continue;
    const less = prune(node, wanted);
    if (less) replaced.set(node, less);
    node.inputs.forEach((input, i) => {
      if (!less || less.inputs[i]) needed.add(input);
    });
  }
  const values = new Map<Value, Value>();
  const of = (value: Value): Value => values.get(value) ?? value;
  const kept = nodes.flatMap((node): AnyApply[] => {
    if (!node.results.some((result) => needed.has(result))) return [];
    const less = replaced.get(node);
    const again = applied(
      node.op,
      less?.params ?? node.params,
      node.inputs.filter((_, i) => !less || less.inputs[i]).map(of),
    );
    node.results
      .filter((_, i) => !less || less.results[i])
      .forEach((result, i) => {
        values.set(result, again.results[i]);
      });
    return [again];
  });
  return { nodes: kept, outputs: outputs.map(of) };
}

function prune(node: AnyApply, wanted: readonly boolean[]): Pruned | undefined {
  switch (node.op) {
    case 'scan':
      return pruneScan(node.params, wanted);
    case 'cond':
      return pruneCond(node.params, wanted);
    case 'whileLoop':
      return pruneWhile(node.params, wanted);
    default:
      return undefined;
  }
}

const marked = <T>(list: readonly T[], marks: readonly boolean[]): T[] => list.filter((_, i) => marks[i]);

/** Which inputs the outputs of `graph` that are marked depend on. */
function readBy(graph: Graph, marks: readonly boolean[]): boolean[] {
  const outputs = marked(graph.outputs, marks);
  const read = new Set<Value>([
    ...outputs,
    ...reachable(graph.nodes, outputs).flatMap(({ inputs }) => inputs),
  ]);
  return graph.inputs.map((input) => read.has(input));
}

/** `graph` with some of its inputs and outputs, simplified. */
const part = (graph: Graph, inputs: readonly boolean[], outputs: readonly boolean[]): Graph => {
  const left = marked(graph.outputs, outputs);
  return simplified({
    inputs: marked(graph.inputs, inputs),
    nodes: reachable(graph.nodes, left),
    outputs: left,
  });
};

/** The carries that are needed, the marked ones and what those depend on, and which inputs are then read. */
function neededCarries(
  wanted: readonly boolean[],
  consts: number,
  reads: (carried: readonly boolean[]) => readonly boolean[],
): { carried: readonly boolean[]; read: readonly boolean[] } {
  const { carried, made } = settle(wanted, reads, (read) => read.slice(consts));
  return { carried, read: made.map((mark, i) => carried[i - consts] ?? mark) };
}

const count = (marks: readonly boolean[]): number => marks.filter((mark) => mark).length;

function pruneScan(params: Params['scan'], wanted: readonly boolean[]): Pruned {
  const { body, consts, carry } = params;
  const entries = wanted.slice(carry);
  const { carried, read } = neededCarries(wanted.slice(0, carry), consts, (marks) =>
    readBy(body, [...marks, ...entries]),
  );
  const results = [...carried, ...entries];
  return {
    params: {
      ...params,
      body: part(body, read, results),
      consts: count(read.slice(0, consts)),
      carry: count(carried),
    },
    inputs: read,
    results,
  };
}

function pruneCond({ whenTrue, whenFalse }: Params['cond'], wanted: readonly boolean[]): Pruned {
  const [yes, no] = [whenTrue, whenFalse].map((branch) => readBy(branch, wanted));
  const read = yes.map((mark, i) => mark || no[i]);
  return {
    params: { whenTrue: part(whenTrue, read, wanted), whenFalse: part(whenFalse, read, wanted) },
    inputs: [true, ...read],
    results: wanted,
  };
}

function pruneWhile({ test, body, consts }: Params['whileLoop'], wanted: readonly boolean[]): Pruned {
  const tested = readBy(test, [true]);
  const { carried, read } = neededCarries(wanted, consts, (marks) =>
    readBy(body, marks).map((mark, i) => mark || tested[i]),
  );
  return {
    params: {
      test: part(test, read, [true]),
      body: part(body, read, carried),
      consts: count(read.slice(0, consts)),
    },
    inputs: read,
    results: carried,
  };
}
