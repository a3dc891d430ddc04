// A product of few rows, whose right factor has neighbours along the sum: each of its columns is added up where it lies,
// several of them side by side.
import {
  apply,
  type Expression,
  eachLane,
  heldIn,
  least,
  number,
  over,
  read,
  set,
  store,
  times,
  type Variable,
} from './code.ts';
import { plus as add, along, axesOver, fixed, type Position, times as scale } from './position.ts';
import type { FewRows } from './product.ts';
import { addTo } from './sums.ts';
import type { Writer } from './writer.ts';

/** The most sums, of several lanes each, that are added up side by side. */
const mostSums = 8;

/** How many vectors a sum adds in a row before they are added up without loss. */
const longestDot = 16;

export interface Dots extends FewRows {
  /** The columns that there are, which `most` is the most of. */
  readonly columns: Expression;
  readonly most: number;
  /** How many of a sum's numbers are taken at a time. */
  readonly lanes: number;
}

/** Writes sums along numbers that are neighbours in each column of the right factor, of several columns side by side. */
export function writeDots(writer: Writer, dots: Dots): void {
  const by = Math.max(1, Math.floor(mostSums / dots.rows));
  const groups = writer.name(over(dots.columns, by));
  const [group, rest] = axesOver([Math.floor(dots.most / by), dots.most]);
  writer.loop({ axis: group, to: groups }, () => writeDot(writer, dots, scale(along(group), by), by));
  writer.loop({ axis: rest, from: times(groups, by), to: dots.columns }, () =>
    writeDot(writer, dots, along(rest), 1),
  );
}

/** As `writeDots`, the `count` columns from `first` on. */
function writeDot(writer: Writer, dots: Dots, first: Position, count: number): void {
  const { rows, depth, lanes, left, right, sums, width } = dots;
  const dtype = heldIn(sums.dtype);
  const fresh = (n: number) => (): Variable => writer.variable(0, dtype, n);
  const pairs = Array.from({ length: count * rows }, (_, i) => ({
    row: i % rows,
    column: add(first, fixed(Math.floor(i / rows))),
  }));
  const go = (into: readonly Variable[], k: Position, n: number): void =>
    pairs.forEach(({ row, column }, i) => {
      const factors = [left(row, k), right(column, k)].map((it) => writer.spread(it, n));
      writer.push(set(into[i], apply('fma', [...factors, read(into[i])])));
    });
  const whole = depth - (depth % lanes);
  const run = longestDot * lanes;
  const [part, k, end] = axesOver([Math.ceil(whole / run), run, depth]);
  const [totals, lacks] = [0, 1].map(() => pairs.map(fresh(lanes)));
  writer.loop({ axis: part }, () => {
    const from = scale(along(part), run);
    const to = least(number(run), writer.position(add(fixed(whole), scale(from, -1))));
    const own = pairs.map(fresh(lanes));
    writer.loop({ axis: k, to: writer.name(to), lanes, whole: true }, () =>
      go(own, add(from, along(k)), lanes),
    );
    own.forEach((it, i) => {
      const before = { total: read(totals[i]), lacks: read(lacks[i]) };
      const sum = addTo(before, read(it), (value) => writer.name(value));
      writer.push(set(lacks[i], sum.lacks), set(totals[i], sum.total));
    });
  });
  const last = whole < depth ? pairs.map(fresh(1)) : [];
  if (last.length > 0)
    writer.loop({ axis: end, from: number(whole), to: number(depth) }, () => go(last, along(end), 1));
  pairs.forEach(({ row, column }, i) => {
    const all = apply('add', [read(totals[i]), read(lacks[i])]);
    const join = (x: Expression, y: Expression): Expression => apply('add', [x, y]);
    const rest = last.slice(i, i + 1).map(read);
    const sum = rest.length
      ? writer.inPairs([...eachLane(writer.name(all)), ...rest], join)
      : writer.overLanes(all, join);
    writer.push(store(sums, writer.position(add(fixed(row * width), column)), sum));
  });
}
