// What an engine is, which one is chosen, and how graphs and single primitives reach it.
import { MemoryError, showShape, type Tensor, TraceError } from '../tensor/index.ts';
import { checkGraph } from './check.ts';
import type { AnyApply, Graph, Input } from './graph.ts';
import { inferShape, type Op, type Params } from './primitives.ts';
import { checkConcrete, interpret, isTracing, record } from './trace.ts';

/** A compiled graph: concrete tensors in, concrete tensors out, in the graph's order. */
export type Executable = (inputs: readonly Tensor[]) => Tensor[];

export interface Engine {
  readonly name: string;
  /** Compiles a legal graph (see check.ts). All engines agree within the precision of the dtype. */
  compile(graph: Graph): Executable;
  /** The same for a graph that is run now and perhaps never again, where compile is too slow for that. */
  compileOnce?(graph: Graph): Executable;
  /** What `graph` becomes here, for people to read; the graph itself where there is no more to say. */
  explain?(graph: Graph): string;
  /** Bytes that one run of a graph may take, where that is less than the machine has. */
  readonly memory?: number;
  /** Why it cannot run on this machine, if it cannot. */
  unavailable?(): string | undefined;
  /** What its bits depend on besides the graph, such as the compiler and the processor; absent where on nothing. */
  bits?(): string;
  /** What it runs on, as in "gcc 12.2.0, AVX2, 2 threads". */
  describe?(): string;
}

/** An engine lacks what it needs outside the library. The message, one line, says what, and the way out. */
export class EngineError extends Error {
  override name = 'EngineError';
}

let chosen: Engine | undefined;
let choose: (() => Engine) | undefined;
const executables = new WeakMap<Engine, WeakMap<Graph, Executable>>();
const immediate = new WeakMap<Engine, WeakMap<Graph, Executable>>();

/** The value at `key`, made and kept where there is none. */
function remember<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** How runtimes say that they have no memory for an array: V8, other browsers, TensorFlow. */
const refusal =
  /allocation failed|invalid (typed array|array buffer) length|(could not|can't) allocate|out of memory|\bOOM\b/i;

/** `work` of `engine` on `graph`. Throws MemoryError where the runtime lacks the memory for it. */
function inMemory<R>({ name }: Engine, { outputs }: Graph, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (error instanceof MemoryError || !(error instanceof Error && refusal.test(error.message))) throw error;
    const what = outputs.map(({ dtype, shape }) => `${dtype}${showShape(shape)}`);
    const more = what.length > 3 ? ` and ${what.length - 3} more` : '';
    throw new MemoryError(
      `${name}: there is not enough memory to compute ${what.slice(0, 3).join(', ')}${more}; take smaller shapes or batches`,
      { cause: error },
    );
  }
}

/** What `make` gives for `graph` on `engine`; to make it and to run it throws MemoryError as `inMemory` does. */
function executable(engine: Engine, graph: Graph, make: (graph: Graph) => Executable): Executable {
  const run = inMemory(engine, graph, () => make(checkGraph(graph)));
  return (inputs) => inMemory(engine, graph, () => run(inputs));
}

/** Makes `engine` run everything from now on. */
export function setEngine(engine: Engine): void {
  chosen = engine;
}

/** Makes `choice` name the engine, once something runs before one was set. */
export function setDefaultEngine(choice: () => Engine): void {
  choose = choice;
}

/** The engine that runs everything now. Throws what the default choice throws. */
export function getEngine(): Engine {
  chosen ??= choose?.();
  if (!chosen) throw new TraceError("no engine is chosen; import from the library's front door");
  return chosen;
}

/** The chosen engine's executable of `graph`, compiled at the first call. */
export function compile(graph: Graph): Executable {
  const engine = getEngine();
  const cache = remember(executables, engine, () => new WeakMap<Graph, Executable>());
  return remember(cache, graph, () => executable(engine, graph, engine.compile));
}

/** `graph` applied to `inputs`: recorded where something is being traced, run at once otherwise. */
export function run(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  if (isTracing())
    return interpret<Tensor>(graph, inputs, (node, values) => record(node.op, node.params, values)).outputs;
  checkConcrete(inputs);
  const engine = getEngine();
  const { compileOnce } = engine;
  if (!compileOnce) return compile(graph)(inputs);
  const cache = remember(immediate, engine, () => new WeakMap<Graph, Executable>());
  return remember(cache, graph, () => executable(engine, graph, compileOnce))(inputs);
}

const eagerLimit = 4096;
const eager = new Map<string, Graph>();

/** The graph of one primitive; remembered, since eager code applies the same few again and again. */
function single<K extends Op>(op: K, params: Params[K], tensors: readonly Tensor[]): Graph {
  const key = `${op} ${tensors.map((x) => `${x.dtype}[${x.shape}]`).join(' ')} ${JSON.stringify(params)}`;
  const known = eager.get(key);
  if (known) return known;
  const inputs = tensors.map(({ dtype, shape }): Input => ({ op: 'input', dtype, shape }));
  const node = { op, params, inputs, ...inferShape(op, inputs, params) } as AnyApply;
  const graph = { inputs, nodes: [node], outputs: [node] };
  if (inputs.length === 0) return graph; // a constant: to remember it would keep its elements too
  if (eager.size >= eagerLimit) eager.clear();
  eager.set(key, graph);
  return graph;
}

/** One primitive on `inputs`: recorded where something is being traced, run at once otherwise. */
export function bind<K extends Op>(op: K, params: Params[K], ...inputs: Tensor[]): Tensor {
  if (isTracing()) return record(op, params, inputs);
  return run(single(op, params, inputs), inputs)[0];
}
