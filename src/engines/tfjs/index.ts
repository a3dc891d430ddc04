// The TensorFlow.js engine: a graph op by op on the TensorFlow.js API, with the interpreter's kernels on
// the host for what that API cannot do exactly (f64 and dtypes for storage above all; see the table in kernels.ts).
import {
  type AnyApply,
  type Engine,
  type Executable,
  type Graph,
  isRegion,
  planOf,
  type Step,
} from '../../graph/index.ts';
import { lower as lowerOnHost } from '../host/kernels.ts';
import { lowerRegion } from '../regions.ts';
import { lower } from './kernels.ts';
import { load } from './load.ts';
import { Memory } from './memory.ts';
import { borrowed, onHost, onTfjs, type Value } from './values.ts';

type Run = (inputs: readonly Value[]) => readonly Value[];
type Lowered = Step & { readonly run: Run };

let shared: Memory | undefined;

function runner(node: AnyApply, memory: Memory): Run {
  const { tf } = memory;
  if (isRegion(node))
    return lowerRegion<Value>(node, {
      program: (graph) => programOf(graph, memory),
      arrayOf: (value) => value.array(),
      fromArray: (array, aval) => onHost(memory, aval, array),
      free: (value) => value.free(),
    });
  const lowered = lower(node, tf);
  if (lowered.where === 'tfjs')
    return (x) => [
      onTfjs(
        memory,
        node,
        tf.tidy(() => lowered.run(...x)),
      ),
    ];
  const kernel = lowerOnHost(node);
  return (x) => [onHost(memory, node, kernel(...x.map((value) => value.array())))];
}

/** `graph` on values; those that it gives back may be its inputs, or constants, which free() leaves as they are. */
function programOf(graph: Graph, memory: Memory): (inputs: readonly Value[]) => Value[] {
  const plan = planOf(graph);
  const lowered = (steps: readonly Step[]): Lowered[] =>
    steps.map((step) => ({ ...step, run: runner(step.node, memory) }));
  const [once, always] = [lowered(plan.once), lowered(plan.always)];
  let constants: Value[] | undefined;
  return (inputs) => {
    constants ??= perform(once, []).map((value) => value.constant());
    const values = constants.slice();
    inputs.forEach((input, i) => {
      values[i] = input;
    });
    perform(always, values);
    return plan.outputs.map((slot) => values[slot]);
  };
}

function compile(graph: Graph): Executable {
  shared ??= new Memory(load());
  const memory = shared;
  const program = programOf(graph, memory);
  return (inputs) =>
    scoped(memory, () => {
      const values = program(inputs.map((input) => borrowed(memory, input)));
      return values.map((value) => value.result());
    });
}

/** Fills the slots of `values` step by step; gives them. */
function perform(steps: readonly Lowered[], values: Value[]): Value[] {
  try {
    for (const { run, inputs, outputs, dead } of steps) {
      const results = run(inputs.map((i) => values[i]));
      outputs.forEach((slot, i) => {
        values[slot] = results[i];
      });
      for (const i of dead) {
        const value = values[i];
        delete values[i]; // an array on the host is the collector's
        if (!values.includes(value)) value.free(); // loops and branches may give what they are given
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
