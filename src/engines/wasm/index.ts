// The wasm engine: a graph's kernels as WebAssembly SIMD, on threads that share its memory.
import { compileGraph, explainGraph, type Target } from '../../compile/index.ts';
import { type Engine, type Executable, type Graph, workOfGraph } from '../../graph/index.ts';
import { Tensor } from '../../tensor/index.ts';
import { onHost } from '../host/index.ts';
import { threadCount } from '../threads.ts';
import { hasSimd } from './host.ts';
import { Program, usesRelaxedSimd } from './program.ts';
import { most, Store } from './storage.ts';
import { Team } from './team.ts';

/** V8 has 16 vector registers and keeps one for itself. */
const machine = { vectorBytes: 16, registers: 15, vectors: ['f32', 'i32', 'bool'], spreads: false } as const;

interface Place {
  readonly store: Store;
  readonly team: Team;
}

let made: Place | undefined;

/** The engine's memory and threads, made when something is first compiled. */
function place(): Place {
  if (made) return made;
  const store = new Store();
  made = { store, team: new Team(store.heap, threadCount) };
  return made;
}

const target = (): Target => ({ ...machine, threads: place().team.size });

function compile(graph: Graph): Executable {
  const { store, team } = place();
  const program = new Program(compileGraph(graph, target()), store, team);
  return (inputs) => {
    const results = program.run(inputs.map(({ storage }) => storage));
    return graph.outputs.map(({ dtype, shape }, i) => new Tensor(dtype, shape, results[i]));
  };
}

/** Additions, roughly, below which the host is done before a module is made, and called. */
const worthCompiling = 2 ** 14;

const compileOnce = (graph: Graph): Executable =>
  (workOfGraph(graph).additions < worthCompiling ? onHost : compile)(graph);

const bits = (): string => (usesRelaxedSimd() ? 'relaxed SIMD' : 'SIMD');

function describe(): string {
  const { store, team } = place();
  const threads = `${team.size} ${team.size === 1 ? 'thread' : 'threads'}`;
  return `${bits()}, ${threads}${store.heap.shared ? '' : ': memory cannot be shared here'}`;
}

export const wasm: Engine = {
  name: 'wasm',
  compile,
  compileOnce,
  memory: most,
  explain: (graph) => explainGraph(graph, target()),
  unavailable: () => (hasSimd() ? undefined : 'this runtime has no WebAssembly with SIMD'),
  bits,
  describe,
};
