// The table as people read it.
import { describe, expect, test } from 'vitest';
import type { Row } from '../../benchmarks/rows.ts';
import { digits, limitsTable, workloadTable } from '../../benchmarks/table.ts';

const base: Omit<Row, 'runner' | 'kind' | 'milliseconds'> = { workload: 'W1', threads: 1, samples: 3 };
const at = (median: number) => ({ median, min: median / 2, max: median * 2 });
const rows: Row[] = [
  { ...base, runner: 'native', kind: 'engine', milliseconds: at(10), gflops: 124.5, peakShare: 0.875 },
  { ...base, runner: 'torch', kind: 'peer', milliseconds: at(20), gflops: 62.3, peakShare: 0.4375 },
];

describe('the table', () => {
  test('shows three digits that matter', () => {
    expect([1234.5, 12.345, 1.2345, 0.12345].map(digits)).toEqual(['1235', '12.3', '1.23', '0.123']);
  });

  test('shows medians, shares and ratios to peers, and no ratio to itself', () => {
    expect(workloadTable({ id: 'W1', title: 'a step' }, rows).split('\n')).toEqual([
      'W1: a step',
      '          threads   median    min to max  GFLOP/s  of peak  vs torch',
      '  native        1  10.0 ms  5.00 to 20.0      125     88 %    2.00 ×',
      '  torch         1  20.0 ms  10.0 to 40.0     62.3     44 %',
    ]);
  });

  test('shows microseconds where milliseconds would be all zeros', () => {
    const small: Row[] = [{ ...base, runner: 'native', kind: 'engine', milliseconds: at(0.004) }];
    expect(workloadTable({ id: 'W1', title: '' }, small)).toContain('4.00 µs  2.00 to 8.00');
  });

  test("says what memory came on top of the process's own, against the arrays", () => {
    const MiB = 2 ** 20;
    const memory = {
      start: 80 * MiB,
      first: 100 * MiB,
      last: 110 * MiB,
      peak: 120 * MiB,
      steps: 50,
      arrays: 20 * MiB,
    };
    const text = workloadTable({ id: 'W1', title: '' }, [{ ...rows[0], memory }]);
    expect(text).toContain('100 MiB resident after the first steps, 110 MiB after 50, at most 120 MiB');
    expect(text).toContain('what came on top is 1.50 × the arrays (20 MiB)');
  });

  test('is empty for a workload that nobody ran', () => {
    expect(workloadTable({ id: 'W2', title: '' }, rows)).toBe('');
  });

  test('shows each limit for every number of threads', () => {
    const limits = [
      { kind: 'peak', threads: 1, best: 100 },
      { kind: 'peak', threads: 2, best: 190 },
    ] as const;
    expect(limitsTable(limits)).toContain('peak: 100 (1 thread), 190 (2 threads) GFLOP/s');
  });
});
