// The result as text: a table for each workload, ratios to the peers beside shares of the machine's limits.
import type { Limit, LimitKind } from './limits.ts';
import { type Row, ratio } from './rows.ts';
import type { Workload } from './workloads.ts';

/** Three digits that matter. */
export const digits = (value: number): string =>
  value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 1
        ? value.toFixed(2)
        : value.toFixed(3);

function time(ms: number): [number, string] {
  if (ms >= 10_000) return [1e-3, 's'];
  return ms >= 0.1 ? [1, 'ms'] : [1000, 'µs'];
}

function grid(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** The table of one workload's `rows`; empty where there are none. */
export function workloadTable({ id, title }: Pick<Workload, 'id' | 'title'>, all: readonly Row[]): string {
  const rows = all.filter(({ workload }) => workload === id);
  if (rows.length === 0) return '';
  const peers = [...new Set(rows.filter(({ kind }) => kind === 'peer').map(({ runner }) => runner))];
  const percent = (share: number | undefined): string =>
    share === undefined ? '' : `${(100 * share).toFixed(0)} %`;
  const optional = (title: string, cell: (row: Row) => string): [string, (row: Row) => string][] =>
    rows.some((row) => cell(row) !== '') ? [[title, cell]] : [];
  const columns: [string, (row: Row) => string][] = [
    ['', ({ runner }) => runner],
    ['threads', ({ threads }) => String(threads)],
    [
      'median',
      ({ milliseconds: { median } }) => {
        const [factor, unit] = time(median);
        return `${digits(median * factor)} ${unit}`;
      },
    ],
    [
      'min to max',
      ({ milliseconds: { median, min, max } }) => {
        const [factor] = time(median);
        return `${digits(min * factor)} to ${digits(max * factor)}`;
      },
    ],
    ...optional('GFLOP/s', ({ gflops }) => (gflops === undefined ? '' : digits(gflops))),
    ...optional('of peak', ({ peakShare }) => percent(peakShare)),
    ...optional('of wasm', ({ wasmShare }) => percent(wasmShare)),
    ...optional('GB/s', ({ gbs }) => (gbs === undefined ? '' : digits(gbs))),
    ...optional('of bandwidth', ({ bandwidthShare }) => percent(bandwidthShare)),
    ...peers.map((peer): [string, (row: Row) => string] => [
      `vs ${peer}`,
      (row) => {
        const times = row.runner === peer ? undefined : ratio(row, peer, rows);
        return times === undefined ? '' : `${digits(times)} ×`;
      },
    ]),
  ];
  const memory = rows.flatMap(({ runner, threads, memory }) => {
    if (!memory) return [];
    const { start, first, last, steps, peak, arrays } = memory;
    const more = (last - start) / arrays;
    return [
      `  ${runner}, ${threads}: ${mebibytes(first)} resident after the first steps, ${mebibytes(last)} after ${steps}, at most ${mebibytes(peak)}; ${mebibytes(start)} before; what came on top is ${digits(more)} × the arrays (${mebibytes(arrays)})`,
    ];
  });
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  return [`${id}: ${title}`, grid(lines), ...memory].join('\n');
}

const units: Record<LimitKind, string> = {
  peak: 'GFLOP/s of multiply-adds in registers',
  bandwidth: 'GB/s read and written in a stream',
  wasm: 'GFLOP/s of f32x4 multiply-adds in WebAssembly',
};

/** The limits, a line each: one number for every number of threads. */
export function limitsTable(limits: readonly Limit[]): string {
  const kinds = [...new Set(limits.map(({ kind }) => kind))];
  const line = (kind: LimitKind): string => {
    const each = limits.filter((limit) => limit.kind === kind);
    const values = each.map(
      ({ threads, best }) => `${digits(best)} (${threads} thread${threads > 1 ? 's' : ''})`,
    );
    return `  ${kind}: ${values.join(', ')} ${units[kind]}`;
  };
  return ["the machine's limits, the best of this run", ...kinds.map(line)].join('\n');
}
