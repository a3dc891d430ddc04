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
 * (depth, left, right, sums, stride, more): the sums, whose rows are `stride` apart, become Σ left · right, or
 * are added to if `more` is not 0. Right is a packed panel. Left is one too; or else it lies as it is, and then
 * (…, left, distance between its rows or columns, rows that there are, right, …) are what it takes.
 */
export const tileProduct = (tile: Tile, layout: Layout): Subroutine =>
  subroutine(`product_${tile.dtype}_${tile.rows}x${tile.columns}_${layout}_${tile.spreads}`, () =>
    write(tile, layout),
  );

function write({ dtype, lanes, rows, columns, spreads }: Tile, layout: Layout): Omit<Subroutine, 'name'> {
  const [left, right, sums] = range(3).map((): Buffer => ({ dtype, size: 0 }));
  const [depth, distance, height, width, more, k] = range(6).map(() => variable(index));
  const vector = typeOf(dtype, lanes);
  const vectors = range(columns / lanes);
  const totals = range(rows).map(() => vectors.map(() => variable(vector)));
  const body: Statement[] = totals.flat().map((it) => let_(it, splat(number(0, dtype), lanes)));
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
  totals.forEach((row, i) => {
    const factor = variable(vector);
    round.push(let_(factor, splat(entries ? lane(read(entries), i) : entry(i), lanes)));
    row.forEach((total, j) => {
      round.push(set(total, apply('fma', [read(factor), read(panel[j]), read(total)])));
    });
  });
  body.push(loop(k, number(0), read(depth), 1, round));
  const results = (value: (total: Expression, at: Expression) => Expression): Statement[] =>
    totals.flatMap((row, i) =>
      row.map((total, j) => {
        const at = plus(times(read(width), i), number(j * lanes));
        return store(sums, at, value(read(total), at));
      }),
    );
  body.push({
    kind: 'if',
    condition: apply('eq', [read(more), number(0)], 'bool'),
    whenTrue: results((total) => total),
    whenFalse: results((total, at) => apply('add', [load(sums, at, lanes), total])),
  });
  const parameters =
    layout === 'packed'
      ? [depth, left, right, sums, width, more]
      : [depth, left, distance, height, right, sums, width, more];
  return { parameters, body };
}
