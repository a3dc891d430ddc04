// Loops and branches for engines that compute a graph an application at a time.
import type { AnyRegion, Graph } from '../graph/index.ts';
import { type Aval, allocate, sizeOf, type TypedArray } from '../tensor/index.ts';

/** What such an engine does with its values. */
export interface Steps<V> {
  readonly program: (graph: Graph) => (inputs: readonly V[]) => V[];
  readonly arrayOf: (value: V) => TypedArray;
  readonly fromArray: (array: TypedArray, aval: Aval) => V;
  /** Lets go of what a round made and nothing reads any more. */
  readonly free: (value: V) => void;
}

/** What `node` does with its inputs. */
export function lowerRegion<V>(node: AnyRegion, steps: Steps<V>): (inputs: readonly V[]) => V[] {
  switch (node.op) {
    case 'call':
      return steps.program(node.params.graph);
    case 'scan':
      return lowerScan(node, steps);
    case 'cond': {
      const [whenTrue, whenFalse] = [
        steps.program(node.params.whenTrue),
        steps.program(node.params.whenFalse),
      ];
      return ([predicate, ...operands]) => (steps.arrayOf(predicate)[0] ? whenTrue : whenFalse)(operands);
    }
    case 'whileLoop': {
      const { consts } = node.params;
      const [test, body] = [steps.program(node.params.test), steps.program(node.params.body)];
      return (inputs) => {
        const constants = inputs.slice(0, consts);
        let carry = inputs.slice(consts);
        for (;;) {
          const [goesOn] = test([...constants, ...carry]);
          if (!steps.arrayOf(goesOn)[0]) return [...carry];
          const next = body([...constants, ...carry]);
          for (const value of carry) if (!inputs.includes(value) && !next.includes(value)) steps.free(value);
          carry = next;
        }
      };
    }
  }
}

function lowerScan<V>(
  { params, inputs: avals, results }: Extract<AnyRegion, { op: 'scan' }>,
  { program, arrayOf, fromArray, free }: Steps<V>,
): (inputs: readonly V[]) => V[] {
  const { body, consts, carry: carries, length, reverse } = params;
  const round = program(body);
  const entry = (stack: TypedArray, i: number, of: Aval): V => {
    const size = sizeOf(of.shape);
    return fromArray(stack.subarray(i * size, (i + 1) * size), of);
  };
  return (inputs) => {
    const constants = inputs.slice(0, consts);
    let carry = inputs.slice(consts, consts + carries);
    const read = inputs.slice(consts + carries).map(arrayOf);
    const written = results.slice(carries).map(({ dtype, shape }) => allocate(dtype, shape, 'scan'));
    for (let k = 0; k < length; k++) {
      const i = reverse ? length - 1 - k : k;
      const entries = read.map((stack, j) => entry(stack, i, body.inputs[consts + carries + j]));
      const outputs = round([...constants, ...carry, ...entries]);
      written.forEach((stack, j) => {
        const array = arrayOf(outputs[carries + j]);
        stack.set(array, i * array.length);
      });
      const next = outputs.slice(0, carries);
      for (const value of [...carry, ...outputs, ...entries])
        if (!next.includes(value) && !inputs.includes(value)) free(value);
      carry = next;
    }
    // a carry that an entry became is its own, and not part of the stack
    const last = carry.map((value, i) => {
      const array = arrayOf(value);
      return inputs.includes(value) || array.byteLength === array.buffer.byteLength
        ? value
        : fromArray(array.slice(), avals[consts + i]);
    });
    return [...last, ...written.map((stack, i) => fromArray(stack, results[carries + i]))];
  };
}
