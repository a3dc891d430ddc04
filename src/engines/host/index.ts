// The interpreter: a graph an application at a time, in TypeScript over typed arrays, for engines that leave to it what is
// not worth compiling or what they cannot do. Elementwise results are rounded to their dtype; sums and products of f32 are
// accumulated in f64 and rounded once.
import {
  type AnyPlain,
  type Executable,
  type Graph,
  isRegion,
  planOf,
  type Step,
} from '../../graph/index.ts';
import { type TypedArray, tensorsOver } from '../../tensor/index.ts';
import { lowerRegion } from '../regions.ts';
import { type Kernel, lower } from './kernels.ts';

const nothing = new Uint8Array(0);

type Lowered = Step & { readonly run: (inputs: readonly TypedArray[]) => readonly TypedArray[] };

type Lower = (node: AnyPlain) => Kernel;

function runner(node: Step['node'], lower: Lower): Lowered['run'] {
  if (isRegion(node))
    return lowerRegion<TypedArray>(node, {
      program: (graph) => programOf(graph, lower),
      arrayOf: (array) => array,
      fromArray: (array) => array,
      free: () => {},
    });
  const kernel = lower(node);
  return (inputs) => [kernel(...inputs)];
}

/** `graph` on arrays. */
function programOf(graph: Graph, lower: Lower): (inputs: readonly TypedArray[]) => TypedArray[] {
  const plan = planOf(graph);
  const lowered = (steps: readonly Step[]): Lowered[] =>
    steps.map((step) => ({ ...step, run: runner(step.node, lower) }));
  const [once, always] = [lowered(plan.once), lowered(plan.always)];
  const constants = new Array<TypedArray>(plan.slots).fill(nothing);
  let started = false;
  return (inputs) => {
    if (!started) perform(once, constants);
    started = true;
    const values = constants.slice();
    inputs.forEach((input, i) => {
      values[i] = input;
    });
    perform(always, values);
    // what is computed once stays: another engine may write over what the caller gets
    return plan.outputs.map((slot) => (constants[slot] === nothing ? values[slot] : values[slot].slice()));
  };
}

function perform(steps: readonly Lowered[], values: TypedArray[]): void {
  for (const { run, inputs, outputs, dead } of steps) {
    const results = run(inputs.map((i) => values[i]));
    outputs.forEach((slot, i) => {
      values[slot] = results[i];
    });
    for (const i of dead) values[i] = nothing;
  }
}

/** `graph` computed by the kernels that `lower` gives. */
export function interpreted(graph: Graph, lower: Lower): Executable {
  const program = programOf(graph, lower);
  return (inputs) => tensorsOver(program(inputs.map(({ data }) => data)), graph.outputs, inputs);
}

/** `graph` on the host, by kernels that are as fast as TypeScript is. */
export const onHost = (graph: Graph): Executable => interpreted(graph, lower);
