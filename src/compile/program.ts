// From a Graph to kernels that no engine owns, and the repeats and branches around them.
import { type AnyRegion, type Graph, isRegion, type Result, type Value } from '../graph/index.ts';
import { type Aval, sizeOf } from '../tensor/index.ts';
import { liesElsewhere, withCopies } from './copies.ts';
import { donate, type Given } from './donation.ts';
import { elementOf, isUpdate, type Scope, storedAt } from './elements.ts';
import { fuse, type Group } from './fuse.ts';
import { type Kernel, type Loops, rootOf, type Store } from './kernel.ts';
import { type Axis, along, axesOver, flatten, showPosition } from './position.ts';
import { type Buffer, bufferOf, type Scalar, type Scalars } from './scalar.ts';
import type { Slice, Step, Steps } from './steps.ts';

export interface Program {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** Each reads only inputs and what earlier ones have stored. */
  readonly steps: Steps<Kernel>;
  /** For each buffer that takes over the memory of another, that other. */
  readonly reuses: Map<Buffer, Buffer>;
}

/** The kernels of `graph`, some of whose inputs may be written over. */
export function lower(graph: Graph, scalars: Scalars): Program {
  const whole = withCopies(graph, 'whole');
  const reuses = new Map<Buffer, Buffer>();
  const inputs = whole.inputs.map(bufferOf);
  const donated = [...new Set(graph.donated)].map((i) => inputs[i]);
  const { steps, outputs } = new Lowering(scalars, reuses).graph(whole, inputs, [], (outputs) =>
    donated.flatMap((input) => (outputs.includes(input) ? [] : { input, takers: outputs })),
  );
  return { inputs, outputs, steps, reuses };
}

/** Graphs as steps, where each buffer that takes over another's memory is noted in `reuses`. */
class Lowering {
  constructor(
    readonly scalars: Scalars,
    readonly reuses: Map<Buffer, Buffer>,
  ) {}

  /**
   * The steps of `graph` on buffers for its inputs, and for its outputs where `targets` has them; `given` says what
   * inputs may be written over by what.
   */
  graph(
    graph: Graph,
    inputs: readonly Buffer[],
    targets: readonly Buffer[],
    given: (outputs: readonly Buffer[]) => readonly Given[] = () => [],
  ): { steps: Steps<Kernel>; outputs: readonly Buffer[] } {
    const groups = fuse(graph);
    const buffers = new Map<Value, Buffer>(graph.inputs.map((input, i) => [input, inputs[i]]));
    targets.forEach((target, i) => {
      buffers.set(graph.outputs[i], target);
    });
    for (const root of groups.flatMap(({ roots }) => roots))
      if (!buffers.has(root)) buffers.set(root, bufferOf(root));
    const buffer = (value: Value): Buffer => buffers.get(value) as Buffer;
    // what has no elements takes no kernel
    const filled = groups.filter(({ roots }) => roots.some(({ shape }) => sizeOf(shape) > 0));
    const steps = filled.flatMap((group): Step<Kernel>[] => {
      const [root] = group.roots;
      const node = root.from;
      if (isRegion(node)) return [this.#region(node, node.inputs.map(buffer), node.results.map(buffer))];
      if (liesElsewhere(node)) this.reuses.set(buffer(root), buffer(node.inputs[0]));
      if (sizeOf(group.shape) === 0) return []; // an update of nothing
      const isLine =
        node.op === 'cumSum' || node.op === 'argSort' || node.op === 'scatterAdd' || node.op === 'scatter';
      const leaf: Kernel =
        !group.hosts && isLine
          ? { kind: 'lines', node, inputs: node.inputs.map(buffer), output: buffer(root) }
          : lowerGroup(group, buffers, this.scalars);
      return [{ kind: 'leaf', leaf }];
    });
    const outputs = graph.outputs.map(buffer);
    return { steps: donate(steps, this.reuses, given(outputs), outputs), outputs };
  }

  #region(node: AnyRegion, inputs: readonly Buffer[], results: readonly Buffer[]): Step<Kernel> {
    const outside = { reads: inputs, writes: results };
    switch (node.op) {
      case 'call':
        throw new TypeError('call: calls are taken away before a graph is compiled');
      case 'cond': {
        const [predicate, ...operands] = inputs;
        const branch = (graph: Graph) => this.graph(withCopies(graph, 'branch'), operands, results).steps;
        const { whenTrue, whenFalse } = node.params;
        return {
          ...outside,
          kind: 'branch',
          predicate,
          whenTrue: branch(whenTrue),
          whenFalse: branch(whenFalse),
        };
      }
      case 'whileLoop': {
        const { test, consts } = node.params;
        const predicate = bufferOf(test.outputs[0]);
        const constants = inputs.slice(0, consts);
        const carry = this.#carry(inputs.slice(consts), results);
        return {
          ...outside,
          kind: 'while',
          predicate,
          test: this.graph(withCopies(test, 'round'), [...constants, ...carry], [predicate]).steps,
          body: this.#rounds(node.params.body, constants, carry, [], []),
        };
      }
      case 'scan': {
        const { body, consts, carry: carries, length, reverse } = node.params;
        const entriesOf = (stacks: readonly Buffer[], entries: readonly Aval[]): Slice[] =>
          stacks.map((of, i) => {
            const entry = bufferOf(entries[i]);
            return reverse
              ? { entry, of, first: Math.max(0, length - 1) * entry.size, steps: [-entry.size] }
              : { entry, of, first: 0, steps: [entry.size] };
          });
        const read = entriesOf(inputs.slice(consts + carries), body.inputs.slice(consts + carries));
        const written = entriesOf(results.slice(carries), body.outputs.slice(carries));
        const carry = this.#carry(inputs.slice(consts, consts + carries), results.slice(0, carries));
        const entries = [read, written].map((slices) => slices.map(({ entry }) => entry));
        return {
          ...outside,
          kind: 'repeat',
          times: length,
          slices: [...read, ...written],
          body: this.#rounds(body, inputs.slice(0, consts), carry, entries[0], entries[1]),
        };
      }
    }
  }

  /** The buffers of a carry, which are results and lie where what it begins with does. */
  #carry(first: readonly Buffer[], results: readonly Buffer[]): readonly Buffer[] {
    results.forEach((result, i) => {
      this.reuses.set(result, first[i]);
    });
    return results;
  }

  /** A round of a loop, after which its carry lies where it did before. */
  #rounds(
    body: Graph,
    constants: readonly Buffer[],
    carry: readonly Buffer[],
    read: readonly Buffer[],
    written: readonly Buffer[],
  ): Steps<Kernel> {
    const next = carry.map(({ dtype, size }): Buffer => ({ dtype, size }));
    const own = withCopies(body, 'round');
    const { steps } = this.graph(own, [...constants, ...carry, ...read], [...next, ...written], () =>
      carry.map((input, i) => ({ input, takers: [next[i]] })),
    );
    const left = carry.flatMap((to, i) => {
      const from = next[i];
      if (to.size === 0 || rootOf(from, this.reuses) === rootOf(to, this.reuses)) return [];
      return [{ kind: 'leaf', leaf: copyKernel(from, to, this.scalars) } as const];
    });
    return [...steps, ...left];
  }
}

function copyKernel(from: Buffer, to: Buffer, scalars: Scalars): Loops {
  const axes = axesOver([to.size]);
  const position = along(axes[0]);
  return {
    kind: 'loops',
    axes,
    stores: [{ buffer: to, position, value: scalars.load(from, position) }],
    ops: ['copy'],
  };
}

function lowerGroup({ roots, shape }: Group, buffers: ReadonlyMap<Value, Buffer>, scalars: Scalars): Loops {
  const axes = axesOver(shape);
  const at = axes.map(along);
  const own = new Set<Value>(roots);
  const bound = new Map<object, readonly Axis[]>();
  const known = new Map<string, Scalar>();
  const computed = new Set<Result>(roots);
  const scope: Scope = {
    scalars,
    element(value, where) {
      const buffer = buffers.get(value);
      if (buffer && !own.has(value)) return scalars.load(buffer, flatten(where, value.shape));
      const result = value as Result;
      const key = [scalars.name(result), ...where.map((it) => showPosition(it, scalars.name))].join();
      const scalar = known.get(key) ?? (elementOf(result.from, where, scope) as Scalar);
      computed.add(result);
      known.set(key, scalar);
      return scalar;
    },
    axesOf(node, sizes) {
      const loops = bound.get(node) ?? axesOver(sizes);
      bound.set(node, loops);
      return loops;
    },
  };
  const stores = roots.map((root): Store => {
    const { at: where, value } = storedAt(root.from, at, scope);
    return {
      buffer: buffers.get(root) as Buffer,
      position: flatten(where, root.shape),
      value: value as Scalar,
    };
  });
  const [{ from }] = roots;
  const ops = [...computed].map(({ from }) => from.op);
  return {
    kind: 'loops',
    axes,
    stores,
    ops,
    ...(isUpdate(from) ? { over: buffers.get(from.inputs[0]) } : {}),
  };
}
