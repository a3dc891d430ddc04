// Tracing: running a function on abstract tensors records the primitives it applies into a Graph.
import { type Aval, donated, type Storage, Tensor, TraceError, type TypedArray } from '../tensor/index.ts';
import { type AnyApply, type Graph, type Input, type Node, reachable } from './graph.ts';
import { applicationKey } from './key.ts';
import { inferShape, type Op, type Params } from './primitives.ts';

/** A value that stands for a node of the graph being built. */
class Traced implements Storage {
  readonly traced = true;
  readonly given = false;
  constructor(
    readonly builder: Builder,
    readonly node: Node,
  ) {}
  read(): TypedArray {
    throw new TraceError(
      `a traced value (${this.node.op}) has no numbers yet: inside jit, grad, vmap or jvp, branch with where(…) and return the tensor instead of reading it`,
    );
  }
  giveUp(): void {}
}

class Builder {
  readonly captures = new Map<Tensor, Input>();
  readonly nodes: AnyApply[] = [];
  open = true;
  private readonly ids = new Map<Node, number>();
  private readonly known = new Map<string, Tensor>();

  wrap(node: Node): Tensor {
    if (!this.ids.has(node)) this.ids.set(node, this.ids.size);
    return new Tensor(node.dtype, node.shape, new Traced(this, node));
  }

  input({ dtype, shape }: Aval): { input: Input; tensor: Tensor } {
    const input: Input = { op: 'input', dtype, shape };
    return { input, tensor: this.wrap(input) };
  }

  /** The node of `tensor` here. What comes from outside becomes an input of the graph. */
  node(tensor: Tensor): Node {
    const { storage } = tensor;
    if (storage instanceof Traced) {
      if (storage.builder === this) return storage.node;
      if (!storage.builder.open) throw new TraceError(escaped);
    }
    const known = this.captures.get(tensor);
    if (known) return known;
    const { input } = this.input(tensor);
    this.captures.set(tensor, input);
    return input;
  }

  /** Equal applications are one node. */
  apply<K extends Op>(op: K, params: Params[K], tensors: readonly Tensor[]): Tensor {
    const inputs = tensors.map((tensor) => this.node(tensor));
    const key = applicationKey(
      op,
      params,
      inputs.map((input) => this.ids.get(input) ?? -1),
    );
    const known = this.known.get(key);
    if (known) return known;
    const node = { op, params, inputs, ...inferShape(op, inputs, params) } as AnyApply;
    this.nodes.push(node);
    const result = this.wrap(node);
    this.known.set(key, result);
    return result;
  }
}

const escaped =
  'a traced value was used after its trace ended: return it from the function instead of keeping it in a variable outside';

let builders: readonly Builder[] = [];

/** Whether a function is being traced right now. */
export const isTracing = (): boolean => builders.length > 0;

/** A graph whose first inputs are the outside values that its function closed over. */
export interface Traceable {
  readonly graph: Graph;
  readonly captures: readonly Tensor[];
}

/** Runs `f` once on abstract tensors of `avals` and gives the graph of what it did. */
export function trace(f: (inputs: Tensor[]) => readonly Tensor[], avals: readonly Aval[]): Traceable {
  const builder = new Builder();
  const outer = builders;
  builders = [...outer, builder];
  try {
    const inputs = avals.map((aval) => builder.input(aval));
    const outputs = f(inputs.map(({ tensor }) => tensor)).map((tensor) => builder.node(tensor));
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
export function record<K extends Op>(op: K, params: Params[K], inputs: readonly Tensor[]): Tensor {
  const builder = builders.at(-1);
  if (!builder) throw new TraceError(`${op}: nothing is being traced`);
  return builder.apply(op, params, inputs);
}

/** Throws where a value outlived its trace, or was given up. */
export function checkConcrete(tensors: readonly Tensor[]): void {
  for (const { storage } of tensors) {
    if (storage.traced) throw new TraceError(escaped);
    if (storage.given) donated();
  }
}

/** Walks `graph` with `values` for its inputs, `step` giving each application's value. */
export function interpret<V>(
  graph: Graph,
  values: readonly V[],
  step: (node: AnyApply, inputs: V[]) => V,
): { outputs: V[]; value: (node: Node) => V } {
  const known = new Map<Node, V>(graph.inputs.map((input, i) => [input, values[i]]));
  const value = (node: Node): V => {
    const found = known.get(node);
    if (found === undefined) throw new TraceError(`the graph reads a ${node.op} that it does not hold`);
    return found;
  };
  for (const node of graph.nodes) known.set(node, step(node, node.inputs.map(value)));
  return { outputs: graph.outputs.map(value), value };
}
