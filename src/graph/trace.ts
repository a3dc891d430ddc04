// Tracing: running a function on abstract tensors records the primitives it applies into a Graph.
import { type Aval, givenUp, type Storage, Tensor, TraceError, type TypedArray } from '../tensor/index.ts';
import { applied, reachable } from './graph.ts';
import { applicationKey } from './key.ts';
import type { AnyApply, Graph, Input, Op, Params, Traceable, Value } from './primitives.ts';

/** What stands for a value of the graph being built. */
class Traced implements Storage {
  readonly traced = true;
  readonly given = false;
  constructor(
    readonly builder: Builder,
    readonly value: Value,
  ) {}
  read(): TypedArray {
    throw new TraceError(
      `a traced value (${this.value.from?.op ?? 'input'}) has no numbers yet: inside jit, grad, vmap or jvp, branch with where(…) and return the tensor instead of reading it`,
    );
  }
  giveUp(): void {}
  whenGivenUp(): void {}
}

class Builder {
  readonly captures = new Map<Tensor, Input>();
  readonly nodes: AnyApply[] = [];
  open = true;
  private readonly ids = new Map<Value, number>();
  private readonly known = new Map<string, Tensor[]>();

  wrap(value: Value): Tensor {
    if (!this.ids.has(value)) this.ids.set(value, this.ids.size);
    return new Tensor(value.dtype, value.shape, new Traced(this, value));
  }

  input({ dtype, shape }: Aval): { input: Input; tensor: Tensor } {
    const input: Input = { dtype, shape };
    return { input, tensor: this.wrap(input) };
  }

  /** The value of `tensor` here. What comes from outside becomes an input of the graph. */
  value(tensor: Tensor): Value {
    const { storage } = tensor;
    if (storage instanceof Traced) {
      if (storage.builder === this) return storage.value;
      if (!storage.builder.open) throw new TraceError(escaped);
    }
    const known = this.captures.get(tensor);
    if (known) return known;
    const { input } = this.input(tensor);
    this.captures.set(tensor, input);
    return input;
  }

  /** The results of an application. Equal ones are made once. */
  apply<K extends Op>(op: K, params: Params[K], tensors: readonly Tensor[]): Tensor[] {
    const inputs = tensors.map((tensor) => this.value(tensor));
    const key = applicationKey(
      op,
      params,
      inputs.map((input) => this.ids.get(input) ?? -1),
    );
    const known = this.known.get(key);
    if (known) return known;
    const node = applied(op, params, inputs);
    this.nodes.push(node);
    const results = node.results.map((result) => this.wrap(result));
    this.known.set(key, results);
    return results;
  }
}

const escaped =
  'a traced value was used after its trace ended: return it from the function instead of keeping it in a variable outside';

let builders: readonly Builder[] = [];

/** Whether a function is being traced right now. */
export const isTracing = (): boolean => builders.length > 0;

/** Runs `f` once on abstract tensors of `avals` and gives the graph of what it did. */
export function trace(f: (inputs: Tensor[]) => readonly Tensor[], avals: readonly Aval[]): Traceable {
  const builder = new Builder();
  const outer = builders;
  builders = [...outer, builder];
  try {
    const inputs = avals.map((aval) => builder.input(aval));
    const outputs = f(inputs.map(({ tensor }) => tensor)).map((tensor) => builder.value(tensor));
    return {
      graph: {
        inputs: [...builder.captures.values(), ...inputs.map(({ input }) => input)],
        nodes: reachable(builder.nodes, outputs),
        outputs,
      },
      captures: [...builder.captures.keys()],
    };
  } finally {
    builder.open = false;
    builders = outer;
  }
}

/** Records `op` in the innermost trace. */
export function record<K extends Op>(op: K, params: Params[K], inputs: readonly Tensor[]): Tensor[] {
  const builder = builders.at(-1);
  if (!builder) throw new TraceError(`${op}: nothing is being traced`);
  return builder.apply(op, params, inputs);
}

/** Throws where a value outlived its trace, or was given up. */
export function checkConcrete(tensors: readonly Tensor[]): void {
  for (const { storage } of tensors) {
    if (storage.traced) throw new TraceError(escaped);
    if (storage.given) givenUp();
  }
}

/** Walks `graph` with `values` for its inputs, `step` giving the results of each application. */
export function interpret<V>(
  graph: Graph,
  values: readonly V[],
  step: (node: AnyApply, inputs: V[]) => readonly V[],
): { outputs: V[]; of: (value: Value) => V } {
  const known = new Map<Value, V>(graph.inputs.map((input, i) => [input, values[i]]));
  const of = (value: Value): V => {
    const found = known.get(value);
    if (found === undefined)
      throw new TraceError(`the graph reads a value of ${value.from?.op ?? 'input'} that it does not hold`);
    return found;
  };
  for (const node of graph.nodes) {
    const results = step(node, node.inputs.map(of));
    for (const [i, result] of node.results.entries()) known.set(result, results[i]);
  }
  return { outputs: graph.outputs.map(of), of };
}
