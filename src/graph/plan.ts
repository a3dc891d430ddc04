// A graph as steps over numbered slots, for engines that compute it an application at a time.
import { sizeOf } from '../tensor/index.ts';
import type { AnyApply, Graph, Value } from './primitives.ts';

export interface Step {
  readonly node: AnyApply;
  /** The slots that it reads. */
  readonly inputs: readonly number[];
  /** The slots that it fills, one a result. */
  readonly outputs: readonly number[];
  /** Slots that nothing reads after it. */
  readonly dead: readonly number[];
}

export interface Plan {
  /** How many there are; the first are the graph's inputs. */
  readonly slots: number;
  /** What no input reaches, and is small: it is computed once, and its slots stay. */
  readonly once: readonly Step[];
  readonly always: readonly Step[];
  /** The slots of the graph's outputs. */
  readonly outputs: readonly number[];
}

/** The most elements of what is kept from call to call: more are sooner made again than kept by every executable. */
const mostKept = 4096;

export function planOf({ inputs, nodes, outputs }: Graph): Plan {
  const slots = new Map<Value, number>();
  for (const value of [...inputs, ...nodes.flatMap(({ results }) => results)]) slots.set(value, slots.size);
  const slot = (value: Value): number => slots.get(value) as number;
  const fixed = new Set<Value>();
  for (const node of nodes) {
    const small = node.results.every(({ shape }) => sizeOf(shape) <= mostKept);
    if (small && node.inputs.every((input) => fixed.has(input)))
      for (const result of node.results) fixed.add(result);
  }
  const needed = new Set<Value>([...inputs, ...outputs, ...fixed]);
  const step = (node: AnyApply): Step => {
    const dead = [...new Set<Value>([...node.inputs, ...node.results])].filter((value) => !needed.has(value));
    for (const value of dead) needed.add(value);
    return {
      node,
      inputs: node.inputs.map(slot),
      outputs: node.results.map(slot),
      dead: dead.map(slot),
    };
  };
  // backwards, so that the first to mention a value is the last to read it
  const steps = nodes.toReversed().map(step).reverse();
  const isFixed = ({ node }: Step): boolean => fixed.has(node.results[0]);
  return {
    slots: slots.size,
    once: steps.filter(isFixed),
    always: steps.filter((each) => !isFixed(each)),
    outputs: outputs.map(slot),
  };
}
