// The reference engine: plain TypeScript over typed arrays, a kernel a primitive. Clarity first: it is the
// oracle of every other engine. Elementwise results are rounded to their dtype; sums and products of f32
// are accumulated in f64 and rounded once.
import { type Engine, type Executable, type Graph, planOf, type Step } from '../../graph/index.ts';
import { type TypedArray, tensorsOver } from '../../tensor/index.ts';
import { type Kernel, lower } from './kernels.ts';

const nothing = new Uint8Array(0);

type Lowered = Step & { readonly kernel: Kernel };

const lowered = (steps: readonly Step[]): Lowered[] =>
  steps.map((step) => ({ ...step, kernel: lower(step.node) }));

function compile(graph: Graph): Executable {
  const plan = planOf(graph);
  const [once, always] = [lowered(plan.once), lowered(plan.always)];
  const constants = new Array<TypedArray>(plan.slots).fill(nothing);
  let started = false;
  return (inputs) => {
    if (!started) perform(once, constants);
    started = true;
    const values = constants.slice();
    inputs.forEach((input, i) => {
      values[i] = input.data;
    });
    perform(always, values);
    return tensorsOver(
      // what is computed once stays: another engine may write over what the caller gets
      plan.outputs.map((slot) => (constants[slot] === nothing ? values[slot] : values[slot].slice())),
      graph.outputs,
      inputs,
    );
  };
}

function perform(steps: readonly Lowered[], values: TypedArray[]): void {
  for (const { kernel, inputs, outputs, dead } of steps) {
    values[outputs[0]] = kernel(...inputs.map((i) => values[i]));
    for (const i of dead) values[i] = nothing;
  }
}

export const reference: Engine = { name: 'reference', compile };
