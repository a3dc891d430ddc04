// Who can be measured, and how each is started: one process for every runner, number of threads and workload.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Runner {
  readonly name: string;
  readonly kind: 'engine' | 'peer';
  readonly command: readonly string[];
  /** It knows one thread only. */
  readonly single?: boolean;
  /** It runs in WebAssembly, whose own limit it is then measured against too. */
  readonly wasm?: boolean;
  /** It compiles nothing, so there is no time that compiling takes. */
  readonly eager?: boolean;
  /** Workloads, by the start of their names, that it would take minutes for. */
  readonly without?: readonly string[];
}

export const node = (script: string, ...args: string[]): string[] => [
  process.execPath,
  here('../scripts/start.js'),
  here(script),
  ...args,
];

function python(script: string): string[] {
  const own = here('.venv/bin/python');
  return [existsSync(own) ? own : 'python3', here(script)];
}

export const peers: readonly Runner[] = [
  { name: 'torch', kind: 'peer', eager: true, command: python('runners/peers/torch_runner.py') },
  { name: 'jax', kind: 'peer', without: ['L3', 'L4'], command: python('runners/peers/jax_runner.py') },
  { name: 'jax-js', kind: 'peer', wasm: true, without: ['L'], command: node('runners/peers/jax-js.ts') },
  {
    name: 'tfjs-cpu',
    kind: 'peer',
    single: true,
    eager: true,
    without: ['W2', 'W3', 'L'],
    command: node('runners/peers/tfjs.ts', 'cpu'),
  },
  {
    name: 'tfjs-wasm',
    kind: 'peer',
    single: true,
    eager: true,
    wasm: true,
    without: ['W3', 'L'],
    command: node('runners/peers/tfjs.ts', 'wasm'),
  },
  {
    name: 'tfjs-node',
    kind: 'peer',
    eager: true,
    without: ['L'],
    command: node('runners/peers/tfjs.ts', 'node'),
  },
];

/** Umbra on the engine called `name`, whether there is one or not: the runner says so itself. */
export const engine = (name: string): Runner => ({
  name,
  kind: 'engine',
  command: node('runners/umbra.ts', name),
  wasm: name === 'wasm',
  ...(name === 'wasm' ? { without: ['L3-many', 'L4'] } : {}),
  ...(name === 'reference' ? { single: true, without: ['W2', 'W3', 'L'] } : {}),
});

/** The environment of a runner on `threads` threads. Settings of this machine that slow a peer's BLAS are left out. */
export function environment(
  threads: number,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...rest } = process.env;
  const count = String(threads);
  return {
    ...rest,
    UMBRA_THREADS: count,
    OMP_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    TF_NUM_INTRAOP_THREADS: count,
    ...extra,
  };
}
