// Graphs compiled by the chosen engine, each once: one that is kept by what it is, one that is made anew each time by
// what it does.
import { MemoryError, showShape } from '../tensor/index.ts';
import { checkGraph } from './check.ts';
import { type Engine, type Executable, getEngine } from './engine.ts';
import { keyOf } from './key.ts';
import type { Graph } from './primitives.ts';
import { showGraph } from './show.ts';
import { simplified } from './simplify.ts';

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
  const run = inMemory(engine, graph, () => make(graph));
  return (inputs) => inMemory(engine, graph, () => run(inputs));
}

/** The executables of one engine. */
interface Cache {
  /** Of graphs that somebody keeps, as long as they do. */
  readonly compiled: WeakMap<Graph, Executable>;
  readonly immediate: WeakMap<Graph, Executable>;
  /** Of graphs that were run and forgotten, by their keys; the one that was not needed for longest is first. */
  readonly recent: Map<string, Executable>;
}

const caches = new WeakMap<Engine, Cache>();

function cacheOf(engine: Engine): Cache {
  const known = caches.get(engine);
  if (known) return known;
  const compiled = new WeakMap<Graph, Executable>();
  const immediate = engine.compileOnce ? new WeakMap<Graph, Executable>() : compiled;
  const made = { compiled, immediate, recent: new Map<string, Executable>() };
  caches.set(engine, made);
  return made;
}

/** The most executables that are kept for graphs that nobody keeps: each may hold memory of its own. */
const recentLimit = 64;

/** The chosen engine's executable of `graph`, compiled at the first call. */
export function compile(graph: Graph): Executable {
  const engine = getEngine();
  const { compiled } = cacheOf(engine);
  const known = compiled.get(graph);
  if (known) return known;
  const made = executable(engine, simplified(checkGraph(graph)), engine.compile);
  compiled.set(graph, made);
  return made;
}

/** The same of a graph that is run now and perhaps never again, or that equals one which was run not long ago. */
export function compileOnce(graph: Graph): Executable {
  const engine = getEngine();
  const { immediate, recent } = cacheOf(engine);
  const own = immediate.get(graph);
  if (own) return own;
  const simple = simplified(checkGraph(graph));
  const key = keyOf(simple);
  const made = recent.get(key) ?? executable(engine, simple, engine.compileOnce ?? engine.compile);
  recent.delete(key); // to the end
  recent.set(key, made);
  for (const [oldest] of recent) {
    if (recent.size <= recentLimit) break;
    recent.delete(oldest);
  }
  immediate.set(graph, made);
  return made;
}

/** What `graph` becomes on the chosen engine, for people to read; the graph itself where the engine has no more to say. */
export const explanation = (graph: Graph): string =>
  getEngine().explain?.(simplified(checkGraph(graph))) ?? showGraph(graph);
