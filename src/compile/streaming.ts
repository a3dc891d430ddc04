// A product of few rows: the right factor goes by once, several of its rows side by side, and is multiplied as it is read,
// since what limits it is memory.
import {
  apply,
  type Expression,
  least,
  load,
  named,
  number,
  over,
  plus,
  type Statement,
  splat,
  store,
  times,
} from './code.ts';
import { longestRun } from './microkernel.ts';
import type { Loop } from './nest.ts';
import { type Axis, plus as add, along, axesOver, fixed, type Position, times as scale } from './position.ts';
import type { FewRows } from './product.ts';
import type { Buffer } from './scalar.ts';
import { twoSum } from './sums.ts';
import type { Writer } from './writer.ts';

/** How many rows of the right factor are read side by side: memory gives more of several streams than of one. */
const together = 8;

export interface Stream extends FewRows {
  /** The columns, several at a time. */
  readonly column: Loop;
  /** The sums of one run; and what rounding loses where runs are added up, if it is to be kept. */
  readonly run: Buffer;
  readonly lost: Buffer | undefined;
}

/** Writes sums as `tileProduct` makes them: of runs, each from 0 on, which are added up. */
export function writeStream(writer: Writer, stream: Stream): void {
  const { depth } = stream;
  const [part] = axesOver([Math.ceil(depth / longestRun)]);
  writer.loop({ axis: part }, () => {
    const from = scale(along(part), longestRun);
    const here = writer.name(least(number(longestRun), writer.position(add(fixed(depth), scale(from, -1)))));
    writeRun(writer, stream, from, here);
    addRun(writer, stream, from);
  });
}

/** Writes the sums of the run of `depth` numbers from k = `from` on. */
function writeRun(writer: Writer, stream: Stream, from: Position, depth: Expression): void {
  const { column, left, right, run } = stream;
  const groups = writer.name(over(depth, together));
  const [group, rest] = axesOver([longestRun / together, longestRun]);
  writer.loop(column, () => {
    const zero = splat(number(0, run.dtype), writer.lanesOf(column.axis));
    forRows(stream, (row) => writer.push(store(run, place(writer, stream, row), zero)));
  });
  const round = (axis: Axis, by: number) => (): void => {
    const ks = Array.from({ length: by }, (_, u) => add(from, add(scale(along(axis), by), fixed(u))));
    writer.loop(column, () => {
      const lanes = writer.lanesOf(column.axis);
      const rights = ks.map((k) => writer.spread(right(along(column.axis), k), lanes));
      forRows(stream, (row) => {
        const at = place(writer, stream, row);
        const sum = ks.reduce(
          (total: Expression, k, u) =>
            writer.name(apply('fma', [writer.spread(left(row, k), lanes), rights[u], total])),
          load(run, at, lanes),
        );
        writer.push(store(run, at, sum));
      });
    });
  };
  writer.loop({ axis: group, to: groups }, round(group, together));
  writer.loop({ axis: rest, from: times(groups, together), to: depth }, round(rest, 1));
}

function forRows({ rows }: Stream, fill: (row: number) => void): void {
  for (let row = 0; row < rows; row++) fill(row);
}

const place = (writer: Writer, { column, width }: Stream, row: number): Expression =>
  plus(writer.position(along(column.axis)), number(row * width));

/** Writes what begins the sums by the run `from` k = 0, and adds any other to them. */
function addRun(writer: Writer, stream: Stream, from: Position): void {
  const { column, run, sums, lost } = stream;
  const each = (fill: (at: Expression, own: Expression) => readonly Statement[]): Statement[] =>
    writer.inside(() =>
      writer.loop(column, () => {
        const lanes = writer.lanesOf(column.axis);
        forRows(stream, (row) => {
          const at = place(writer, stream, row);
          writer.push(...fill(at, writer.name(load(run, at, lanes))));
        });
      }),
    );
  const zero = (lanes: number): Expression => splat(number(0, sums.dtype), lanes);
  writer.push({
    kind: 'if',
    condition: apply('eq', [writer.position(from), number(0)], 'bool'),
    whenTrue: each((at, own) => [
      store(sums, at, own),
      ...(lost ? [store(lost, at, zero(own.type.lanes))] : []),
    ]),
    whenFalse: each((at, own) => {
      const sum = load(sums, at, own.type.lanes);
      if (!lost) return [store(sums, at, apply('add', [sum, own]))];
      return named((name) => {
        const both = twoSum(name(sum), own, name);
        return [
          store(lost, at, apply('add', [load(lost, at, own.type.lanes), both.lost])),
          store(sums, at, both.sum),
        ];
      });
    }),
  });
}
