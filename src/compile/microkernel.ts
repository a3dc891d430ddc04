// The innermost loop of a matrix product: a tile of sums that stays in registers.
import type { DType } from '../tensor/index.ts';
import {
  apply,
  type Expression,
  index,
  lane,
  least,
  let_,
  load,
  loop,
  named,
  number,
  plus,
  read,
  type Statement,
  type Subroutine,
  set,
  splat,
  store,
  times,
  type as typeOf,
  variable,
} from './code.ts';
import type { Buffer } from './scalar.ts';
import { subroutine } from './subroutines.ts';
import { twoSum } from './sums.ts';

export interface Tile {
  readonly dtype: DType;
  readonly lanes: number;
  readonly rows: number;
  /** A multiple of the lanes. */
  readonly columns: number;
  /** Whether a number in memory is spread over a vector at no cost. */
  readonly spreads: boolean;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** How the left factor lies: in a packed strip, or in memory as rows or as columns of neighbours. */
export type Layout = 'packed' | 'rows' | 'columns';

/**
 * How many products an entry of a tile adds in a row, in a register, before they are added to its sum in memory: its error
 * grows with that, and with how many such runs there are.
 */
export const longestRun = 128;

/**
 * (depth, left, right, sums, stride, more): the sums, whose rows are `stride` apart, become Σ left · right, or are added
 * to if `more` is not 0. Right is a packed panel. Left is one too; or else it lies as it is, and then (…, left, distance
 * between its rows or columns, rows that there are, right, …) are what it takes. One that is `lossless` takes
 * (…, more, lost) and lets `lost`, which lies as the sums do, have what rounding loses of them.
 */
export const tileProduct = (tile: Tile, layout: Layout, lossless: boolean): Subroutine =>
  subroutine(
    `product_${tile.dtype}_${tile.rows}x${tile.columns}_${layout}_${tile.spreads}${lossless ? '_lossless' : ''}`,
    () => write(tile, layout, lossless),
  );

function write(
  { dtype, lanes, rows, columns, spreads }: Tile,
  layout: Layout,
  lossless: boolean,
): Omit<Subroutine, 'name'> {
  const [left, right, sums, lost] = range(4).map((): Buffer => ({ dtype, size: 0 }));
  const [depth, distance, height, width, more, k] = range(6).map(() => variable(index));
  const vector = typeOf(dtype, lanes);
  const vectors = range(columns / lanes);
  const zero = splat(number(0, dtype), lanes);
  const body: Statement[] = [];
  const starts = range(rows).map(() => variable(index));
  if (layout !== 'packed')
    starts.forEach((it, i) => {
      // rows that there are not repeat the last one
      const row = i === 0 ? number(0) : least(number(i), plus(read(height), number(-1)));
      body.push(let_(it, layout === 'rows' ? apply('mul', [row, read(distance)]) : row));
    });
  const entry = (i: number): Expression => {
    if (layout === 'packed') return load(left, plus(times(read(k), rows), number(i)));
    const column = layout === 'rows' ? read(k) : apply('mul', [read(k), read(distance)]);
    return load(left, plus(read(starts[i]), column));
  };
  const panel = vectors.map(() => variable(vector));
  const round: Statement[] = panel.map((it, j) =>
    let_(it, load(right, plus(times(read(k), columns), number(j * lanes)), lanes)),
  );
  // where spreading costs something, the rows' entries come in one vector
  const entries = !spreads && rows === lanes ? variable(vector) : undefined;
  if (entries) round.push(let_(entries, load(left, times(read(k), rows), lanes)));
  const totals = range(rows).map(() => vectors.map(() => variable(vector)));
  totals.forEach((row, i) => {
    const factor = variable(vector);
    round.push(let_(factor, splat(entries ? lane(read(entries), i) : entry(i), lanes)));
    row.forEach((total, j) => {
      round.push(set(total, apply('fma', [read(factor), read(panel[j]), read(total)])));
    });
  });
  const each = (fill: (total: Expression, at: Expression) => readonly Statement[]): Statement[] =>
    totals.flatMap((row, i) =>
      row.flatMap((total, j) => fill(read(total), plus(times(read(width), i), number(j * lanes)))),
    );
  const begin = each((total, at) => [store(sums, at, total), ...(lossless ? [store(lost, at, zero)] : [])]);
  const goOn = each((total, at) =>
    named((name) => {
      const sum = name(load(sums, at, lanes));
      if (!lossless) return [store(sums, at, apply('add', [sum, total]))];
      const both = twoSum(sum, total, name);
      return [store(lost, at, apply('add', [load(lost, at, lanes), both.lost])), store(sums, at, both.sum)];
    }),
  );
  const [from, to] = [variable(index), variable(index)];
  body.push(
    loop(from, number(0), read(depth), longestRun, [
      ...totals.flat().map((it) => let_(it, zero)),
      let_(to, least(plus(read(from), number(longestRun)), read(depth))),
      loop(k, read(from), read(to), 1, round),
      {
        kind: 'if',
        condition: apply('eq', [plus(read(from), read(more)), number(0)], 'bool'),
        whenTrue: begin,
        whenFalse: goOn,
      },
    ]),
  );
  const factors = layout === 'packed' ? [left, right] : [left, distance, height, right];
  return { parameters: [depth, ...factors, sums, width, more, ...(lossless ? [lost] : [])], body };
}
