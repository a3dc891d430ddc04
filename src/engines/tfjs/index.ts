// The TensorFlow.js engine: a graph op by op on the TensorFlow.js API, with the reference engine's kernels on
// the host for what that API cannot do exactly (f64 above all; see the table in kernels.ts).
import type { AnyApply, Engine, Executable, Graph, Node } from '../../graph/index.ts';
import { lower as lowerOnHost } from '../reference/kernels.ts';
import { lower } from './kernels.ts';
import { load } from './load.ts';
import { Memory } from './memory.ts';
import { borrowed, onHost, onTfjs, type Value } from './values.ts';

interface Step {
  readonly run: (inputs: readonly Value[]) => Value;
  readonly inputs: readonly number[];
  readonly output: number;
  /** Slots that nothing reads after this step. */
  readonly dead: readonly number[];
}

let shared: Memory | undefined;

function runner(node: AnyApply, memory: Memory): Step['run'] {
  const { tf } = memory;
  const lowered = lower(node, tf);
  if (lowered.where === 'tfjs')
    return (x) =>
      onTfjs(
        memory,
        node,
        tf.tidy(() => lowered.run(...x)),
      );
  const kernel = lowerOnHost(node);
  return (x) => onHost(memory, node, kernel(...x.map((value) => value.array())));
}

function compile(graph: Graph): Executable {
  shared ??= new Memory(load());
  const memory = shared;
  const slots = new Map<Node, number>();
  for (const node of [...graph.inputs, ...graph.nodes]) slots.set(node, slots.size);
  const slot = (node: Node): number => slots.get(node) as number;
  const fixed = new Set<Node>(); // what no input reaches is computed once
  for (const node of graph.nodes) if (node.inputs.every((input) => fixed.has(input))) fixed.add(node);
  const read = new Set<Node>([...graph.inputs, ...graph.outputs, ...fixed]);
  const step = (node: AnyApply): Step => {
    const dead = [...new Set(node.inputs)].filter((input) => !read.has(input));
    for (const input of dead) read.add(input);
    return {
      run: runner(node, memory),
      inputs: node.inputs.map(slot),
      output: slot(node),
      dead: dead.map(slot),
    };
  };
  // backwards, so that the first to mention a value is the last to read it
  const steps = graph.nodes.toReversed().map(step).reverse();
  const once = steps.filter((_, i) => fixed.has(graph.nodes[i]));
  const always = steps.filter((_, i) => !fixed.has(graph.nodes[i]));
  let constants: Value[] | undefined;
  return (inputs) =>
    scoped(memory, () => {
      constants ??= perform(once, []).map((value) => value.constant());
      const values = constants.slice();
      inputs.forEach((input, i) => {
        values[i] = borrowed(memory, input);
      });
      perform(always, values);
      return graph.outputs.map((node) => values[slot(node)].result());
    });
}

/** Fills the slots of `values` step by step; gives them. */
function perform(steps: readonly Step[], values: Value[]): Value[] {
  try {
    for (const { run, inputs, output, dead } of steps) {
      values[output] = run(inputs.map((i) => values[i]));
      for (const i of dead) {
        values[i].free();
        delete values[i]; // an array on the host is the collector's
      }
    }
    return values;
  } catch (error) {
    for (const value of values) value?.free();
    throw error;
  }
}

/** `f`, after which every tensor that is not kept is freed, also if it throws. */
function scoped<R>(memory: Memory, f: () => R): R {
  const engine = memory.tf.engine();
  memory.advance();
  engine.startScope();
  try {
    return f();
  } finally {
    engine.endScope();
  }
}

export const tfjs: Engine = {
  name: 'tfjs',
  compile,
  unavailable() {
    try {
      load();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  bits: () => load().description,
  describe: () => load().description,
};
