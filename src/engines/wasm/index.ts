// The wasm engine: a graph's kernels as WebAssembly SIMD, on threads that share its memory.
import { compileGraph, explainGraph, type Target } from '../../compile/index.ts';
import type { Engine, Executable, Graph } from '../../graph/index.ts';
import { Tensor } from '../../tensor/index.ts';
import { threadCount } from './host.ts';
import { Program, usesRelaxedSimd } from './program.ts';
import { Store } from './storage.ts';
import { Team } from './team.ts';

/** V8 has 16 vector registers and keeps one for itself. */
const machine = { vectorBytes: 16, registers: 15, vectors: ['f32', 'i32', 'bool'] } as const;

/** An engine with a memory and threads of its own, which are made when something is first compiled. */
export function makeWasm(threads?: number): Engine & { describe(): string } {
  let made: { store: Store; team: Team } | undefined;
  const place = () => {
    if (made) return made;
    const store = new Store();
    made = { store, team: new Team(store.heap, threads ?? threadCount()) };
    return made;
  };
  const target = (): Target => ({ ...machine, threads: place().team.size });
  function compile(graph: Graph): Executable {
    const { store, team } = place();
    const program = new Program(compileGraph(graph, target()), store, team);
    return (inputs) => {
      const results = program.run(inputs.map(({ storage }) => storage));
      return graph.outputs.map(({ dtype, shape }, i) => new Tensor(dtype, shape, results[i]));
    };
  }
  return {
    name: 'wasm',
    compile,
    explain: (graph) => explainGraph(graph, target()),
    describe() {
      const { size } = place().team;
      const simd = usesRelaxedSimd() ? 'relaxed SIMD' : 'SIMD';
      return `WebAssembly ${simd}, ${size === 1 ? 'one thread' : `${size} threads`}`;
    },
  };
}

export const wasm = makeWasm();
