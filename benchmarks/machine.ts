// Where a benchmark ran.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { commit, versions } from '../src/lab/core/runs/provenance.ts';

/** The machine and the code, for the JSON and the first line. */
export interface Machine {
  readonly cpu: string;
  readonly vectors: readonly string[];
  readonly cores: number;
  readonly platform: string;
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

function vectors(): string[] {
  if (process.arch === 'arm64') return ['NEON'];
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [];
    const names = { avx2: 'AVX2', fma: 'FMA', avx512f: 'AVX-512' };
    return Object.entries(names).flatMap(([flag, name]) => (flags.includes(flag) ? [name] : []));
  } catch {
    return [];
  }
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  vectors: vectors(),
  cores: availableParallelism(),
  platform: `${process.platform} ${process.arch}`,
  commit: commit(),
  versions: versions(),
});
