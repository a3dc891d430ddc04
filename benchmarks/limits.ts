// The machine's limits, measured in the same run: multiply-adds, memory bandwidth, and WebAssembly's own.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { environment, node } from './roster.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const limitKinds = ['peak', 'bandwidth', 'wasm'] as const;
export type LimitKind = (typeof limitKinds)[number];

/** GFLOP/s of `peak` and `wasm`, GB/s of `bandwidth`. */
export interface Limit {
  readonly kind: LimitKind;
  readonly threads: number;
  readonly best: number;
}

/** Compiles limits.c for this machine; undefined where there is no cc. */
function build(): string | undefined {
  const program = here('.build/limits');
  mkdirSync(here('.build'), { recursive: true });
  const flags = ['-O3', '-march=native', '-o', program, here('limits/limits.c'), '-lpthread'];
  try {
    execFileSync(process.env.CC ?? 'cc', flags, { stdio: 'ignore' });
    return program;
  } catch {
    return undefined;
  }
}

/** Keeps one process a limit and number of threads; each measuring is short, and the best one counts. */
export class Limits {
  readonly #probes: { kind: LimitKind; threads: number; child: Child; best: number }[] = [];
  /** A line for what could not be measured. */
  readonly missing: string | undefined;

  constructor(threads: readonly number[]) {
    const program = build();
    this.missing = program ? undefined : 'limits: there is no C compiler (cc), so no peak and no bandwidth';
    for (const kind of limitKinds)
      for (const count of threads) {
        const command =
          kind === 'wasm' ? node('limits/wasm.ts', String(count)) : program && [program, kind, String(count)];
        if (command)
          this.#probes.push({ kind, threads: count, child: new Child(command, environment(count)), best: 0 });
      }
  }

  /** Measures the limits of some kinds once more. */
  async measure(kinds: readonly LimitKind[] = limitKinds): Promise<void> {
    for (const probe of this.#probes.filter(({ kind }) => kinds.includes(kind)))
      probe.best = Math.max(probe.best, Number(await probe.child.ask('', 60)));
  }

  get all(): Limit[] {
    return this.#probes.map(({ kind, threads, best }) => ({ kind, threads, best }));
  }

  stop(): void {
    for (const { child } of this.#probes) child.stop();
  }
}
