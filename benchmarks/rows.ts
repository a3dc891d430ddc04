// What was measured, and what follows from it: rows of the JSON and of the table.
import type { Limit, LimitKind } from './limits.ts';
import type { Workload } from './workloads.ts';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Memory of a runner's process, in bytes. */
export interface Memory {
  /** Resident before the workload's arrays were there. */
  readonly start: number;
  /** Resident after the first and after the last of `steps` steps. */
  readonly first: number;
  readonly last: number;
  readonly steps: number;
  /** The most that was ever resident. */
  readonly peak: number;
  /** Bytes of the workload's arrays. */
  readonly arrays: number;
}

export interface Row {
  readonly workload: string;
  readonly runner: string;
  readonly kind: 'engine' | 'peer';
  readonly threads: number;
  readonly milliseconds: Spread;
  readonly samples: number;
  readonly gflops?: number;
  /** GFLOP/s as a share of the FMA peak of as many threads. */
  readonly peakShare?: number;
  /** The same of WebAssembly's own limit, where the runner is WebAssembly. */
  readonly wasmShare?: number;
  readonly gbs?: number;
  readonly bandwidthShare?: number;
  readonly memory?: Memory;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

export interface Measured {
  readonly runner: string;
  readonly kind: 'engine' | 'peer';
  readonly threads: number;
  readonly wasm?: boolean;
  /** Milliseconds of each timed step. */
  readonly ms: readonly number[];
  readonly memory?: Memory;
}

/** A row of `workload`, with its shares of the limits. */
export function rowOf(
  { id, flops, traffic, scale = 1 }: Workload,
  measured: Measured,
  limits: readonly Limit[],
): Row {
  const { runner, kind, threads, wasm, ms, memory } = measured;
  const milliseconds = spread(ms.map((time) => time * scale));
  const step = milliseconds.median / scale;
  const shareOf = (value: number, of: LimitKind): number | undefined => {
    const best = limits.find((limit) => limit.kind === of && limit.threads === threads)?.best;
    return best ? value / best : undefined;
  };
  const base = { workload: id, runner, kind, threads, milliseconds, samples: ms.length, memory };
  if (flops !== undefined) {
    const gflops = flops / step / 1e6;
    const wasmShare = wasm ? shareOf(gflops, 'wasm') : undefined;
    return { ...base, gflops, peakShare: shareOf(gflops, 'peak'), wasmShare };
  }
  if (traffic !== undefined) {
    const gbs = traffic / step / 1e6;
    return { ...base, gbs, bandwidthShare: shareOf(gbs, 'bandwidth') };
  }
  return base;
}

/**
 * How many times faster than `peer` the row is: the peer on as many threads, or at its best where it has
 * no such number. Undefined where the peer did not run.
 */
export function ratio(row: Row, peer: string, rows: readonly Row[]): number | undefined {
  const theirs = rows.filter(({ workload, runner }) => workload === row.workload && runner === peer);
  const same = theirs.filter(({ threads }) => threads === row.threads);
  const times = (same.length > 0 ? same : theirs).map(({ milliseconds }) => milliseconds.median);
  return times.length > 0 ? Math.min(...times) / row.milliseconds.median : undefined;
}
