// What follows from times: medians, shares of the limits, and ratios to peers.
import { describe, expect, test } from 'vitest';
import { type Row, ratio, rowOf, spread } from '../../benchmarks/rows.ts';
import { workloads } from '../../benchmarks/workloads.ts';

const limits = [
  { kind: 'peak', threads: 1, best: 100 },
  { kind: 'peak', threads: 2, best: 200 },
  { kind: 'wasm', threads: 1, best: 40 },
  { kind: 'bandwidth', threads: 1, best: 16 },
] as const;

const named = (id: string) => workloads.filter((each) => each.id === id)[0];

const row = (runner: string, threads: number, median: number): Row => ({
  workload: 'W1',
  runner,
  kind: runner === 'native' ? 'engine' : 'peer',
  threads,
  milliseconds: { median, min: median, max: median },
  samples: 1,
});

describe('rows', () => {
  test('take the middle of the times, or the mean of the two in the middle', () => {
    expect(spread([5, 1, 100])).toEqual({ median: 5, min: 1, max: 100 });
    expect(spread([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  test('give GFLOP/s as a share of the peak of as many threads', () => {
    const workload = { ...named('W1'), flops: 1e9 };
    const one = rowOf(workload, { runner: 'native', kind: 'engine', threads: 1, ms: [20] }, limits);
    expect(one.gflops).toBeCloseTo(50);
    expect(one.peakShare).toBeCloseTo(0.5);
    expect(one.wasmShare).toBeUndefined();
    const two = rowOf(workload, { runner: 'native', kind: 'engine', threads: 2, ms: [20] }, limits);
    expect(two.peakShare).toBeCloseTo(0.25);
  });

  test("measure WebAssembly against its own limit too, and know when there is no limit's number", () => {
    const workload = { ...named('W1'), flops: 1e9 };
    const measured = { runner: 'wasm', kind: 'engine', wasm: true, ms: [50] } as const;
    expect(rowOf(workload, { ...measured, threads: 1 }, limits).wasmShare).toBeCloseTo(0.5);
    expect(rowOf(workload, { ...measured, threads: 2 }, limits).wasmShare).toBeUndefined();
  });

  test('give bytes a second as a share of the bandwidth', () => {
    const measured = { runner: 'native', kind: 'engine', threads: 1, ms: [10] } as const;
    const chain = rowOf(named('W5-chain'), measured, limits);
    expect(chain.gbs).toBeCloseTo(8); // 80 MB in 10 ms
    expect(chain.bandwidthShare).toBeCloseTo(0.5);
  });

  test('scale the time of a step, not its speed', () => {
    const measured = { runner: 'torch', kind: 'peer', threads: 1, ms: [100] } as const;
    const epoch = rowOf({ ...named('W3'), flops: 1e9, scale: 60 }, measured, limits);
    expect(epoch.milliseconds.median).toBe(6000);
    expect(epoch.gflops).toBeCloseTo(10);
  });

  test('say how many times faster than a peer on as many threads, or at its best', () => {
    const rows = [row('native', 1, 10), row('native', 2, 5), row('torch', 1, 20), row('torch', 2, 15)];
    expect(ratio(rows[0], 'torch', rows)).toBe(2);
    expect(ratio(rows[1], 'torch', rows)).toBe(3);
    expect(ratio(rows[1], 'tfjs-cpu', [...rows, row('tfjs-cpu', 1, 500)])).toBe(100);
    expect(ratio(rows[0], 'jax', rows)).toBeUndefined();
  });
});
