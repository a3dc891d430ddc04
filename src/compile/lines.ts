// Kernels that compute whole lines along an axis: running sums, the order that sorts, and what is scattered.
import type { Apply } from '../graph/index.ts';
import { isFloat, type Shape, sizeOf, stridesOf } from '../tensor/index.ts';
import {
  apply,
  type Expression,
  index,
  least,
  let_,
  load,
  loop,
  named,
  number,
  plus,
  type Routine,
  read,
  type Statement,
  type Subroutine,
  set,
  store,
  times,
  type as typeOf,
  variable,
} from './code.ts';
import type { Lines } from './kernel.ts';
import type { Buffer } from './scalar.ts';
import { subroutine } from './subroutines.ts';
import { tallyOf } from './sums.ts';

export interface WrittenLines {
  readonly routine: Routine;
  /** What the tasks share. */
  readonly shared: readonly Buffer[];
  /** What each thread needs for itself. */
  readonly scratch: readonly Buffer[];
}

/** The routine of a kernel of lines. */
export function writeLines(kernel: Lines): WrittenLines {
  const { node, inputs, output } = kernel;
  const [input] = inputs;
  const { shape, params } = node;
  const n = shape[params.axis];
  const step = stridesOf(shape)[params.axis];
  switch (node.op) {
    case 'cumSum':
      return overLines(shape, params.axis, n, [], (start) => sumLine(n, step, input, output, start));
    case 'argSort': {
      const scratch = [0, 1].map((): Buffer => ({ dtype: 'i32', size: n }));
      const work = n * Math.ceil(Math.log2(n + 1)) * 2;
      return overLines(shape, params.axis, work, scratch, (start) =>
        sortLine(n, step, input, output, start, scratch),
      );
    }
    case 'scatterAdd':
      return writeScatterAdd(node, inputs, output);
    case 'scatter':
      return writeScatter(node, inputs, output);
    default:
      return node satisfies never;
  }
}

/** A task is a line of `shape` along `axis`, which begins at `start`. */
function overLines(
  shape: Shape,
  axis: number,
  work: number,
  scratch: readonly Buffer[],
  fill: (start: Expression) => Statement[],
): WrittenLines {
  const n = shape[axis];
  const step = stridesOf(shape)[axis];
  const lines = n === 0 ? 0 : sizeOf(shape) / n;
  const [begin, end, line, start] = [index, index, index, index].map(variable);
  const first = plus(
    times(apply('div', [read(line), number(step)]), n * step),
    apply('mod', [read(line), number(step)]),
  );
  const body = [loop(line, read(begin), read(end), 1, [let_(start, first), ...fill(read(start))])];
  return { routine: { tasks: lines, work: lines * work, begin, end, body }, shared: [], scratch };
}

/** What a task of scattering has: a line, which is what lies before the axis that is indexed, and part of each run behind it. */
interface Runs {
  readonly line: Expression;
  /** The places of the part, in an array in which runs begin at multiples of their length. */
  readonly over: (
    start: Expression,
    fill: (at: Expression, i: Expression) => readonly Statement[],
  ) => Statement[];
}

/** The fewest places that a part of a run has, which are those of a line of a cache, and the most tasks that are gained. */
const leastPart = 16;
const mostParts = 32;

/** A routine over `lines` lines with runs of `length`, in as many parts as make enough tasks for all threads. */
function overRuns(
  lines: number,
  length: number,
  work: number,
  fill: (runs: Runs) => readonly Statement[],
): Routine {
  const parts = Math.max(1, Math.min(Math.floor(mostParts / lines), Math.floor(length / leastPart)));
  const size = Math.ceil(length / parts);
  const [begin, end, task, line, first, to] = Array.from({ length: 6 }, () => variable(index));
  const over: Runs['over'] = (start, each) => {
    const [i, own] = [variable(index), variable(index)];
    const body = each(plus(read(own), read(i)), read(i));
    return [let_(own, start), loop(i, read(first), read(to), 1, body)];
  };
  const body = [
    let_(line, apply('div', [read(task), number(parts)])),
    let_(first, times(apply('mod', [read(task), number(parts)]), size)),
    let_(to, least(plus(read(first), number(size)), number(length))),
    ...fill({ line: read(line), over }),
  ];
  return { tasks: lines * parts, work, begin, end, body: [loop(task, read(begin), read(end), 1, body)] };
}

/**
 * A task clears its part, then makes its updates one after the other. They are summed up beside the output, where that is
 * more precise, as far as any is updated.
 */
function writeScatterAdd(
  { inputs: [whole, { shape: indexShape }], shape, params: { axis, batch } }: Apply<'scatterAdd'>,
  [updates, indices]: readonly Buffer[],
  output: Buffer,
): WrittenLines {
  const n = shape[axis];
  const length = sizeOf(shape.slice(axis + 1));
  const pre = Math.max(1, sizeOf(shape.slice(batch, axis)));
  const picks = sizeOf(indexShape.slice(batch));
  const { dtype, size } = output;
  const tally = tallyOf(dtype);
  const apart = isFloat(dtype) ? tally.parts.map((part): Buffer => ({ dtype: part, size })) : [];
  const sums = apart.length ? apart : [output];
  const routine = overRuns(
    sizeOf(shape.slice(0, axis)),
    length,
    sizeOf(whole.shape) + sizeOf(shape),
    ({ line, over }) => {
      const own = times(line, n * length);
      const inBatch = times(apply('div', [line, number(pre)]), picks);
      const overPicks = (fill: (to: Expression, k: Expression) => readonly Statement[]): Statement =>
        forEachPick(indices, inBatch, picks, n, (where, k) => fill(plus(own, times(where, length)), k));
      const overAll = (fill: (to: Expression) => readonly Statement[]): Statement => {
        const row = variable(index);
        return loop(row, number(0), number(n), 1, fill(plus(own, times(read(row), length))));
      };
      const overUpdated = picks < n ? overPicks : overAll;
      const clear = (buffers: readonly Buffer[]) => (to: Expression) =>
        over(to, (at) => buffers.map((it) => store(it, at, number(0, it.dtype))));
      const add = overPicks((to, k) => {
        const from = times(plus(times(line, picks), k), length);
        return over(to, (at, i) =>
          named((name) => {
            const parts = sums.map((it) => name(load(it, at)));
            const added = tally.add(parts, name(load(updates, plus(from, i))), name);
            return sums.map((it, j) => store(it, at, added[j]));
          }),
        );
      });
      if (apart.length === 0) return [overAll(clear([output])), add];
      const settle = overUpdated((to) =>
        over(to, (at) => [store(output, at, tally.sum(apart.map((it) => load(it, at))))]),
      );
      return [overAll(clear([output])), overUpdated(clear(apart)), add, settle];
    },
  );
  return { routine, shared: apart, scratch: [] };
}

/** `fill` for each index k of `picks` in `indices` from `from` on that lies in an axis of size `n`. */
function forEachPick(
  indices: Buffer,
  from: Expression,
  picks: number,
  n: number,
  fill: (where: Expression, k: Expression) => readonly Statement[],
): Statement {
  const [k, where] = [variable(index), variable(index)];
  const condition = apply('and', [
    apply('lt', [number(-1), read(where)], 'bool'),
    apply('lt', [read(where), number(n)], 'bool'),
  ]);
  return loop(k, number(0), number(picks), 1, [
    let_(where, apply('cast', [load(indices, plus(from, read(k)))], 'index')),
    { kind: 'if', condition, whenTrue: fill(read(where), read(k)), whenFalse: [] },
  ]);
}

/** A task makes the updates of its part one after the other, where the input lies already. */
function writeScatter(
  { inputs: [, { shape: indexShape }, { shape: updateShape }], shape, params }: Apply<'scatter'>,
  [, indices, updates]: readonly Buffer[],
  output: Buffer,
): WrittenLines {
  const { by, axis, batch } = params;
  const n = shape[axis];
  const length = sizeOf(shape.slice(axis + 1));
  const pre = Math.max(1, sizeOf(shape.slice(batch, axis)));
  const picks = sizeOf(indexShape.slice(batch));
  const { dtype } = output;
  const routine = overRuns(
    sizeOf(shape.slice(0, axis)),
    length,
    2 * sizeOf(updateShape),
    ({ line, over }) => {
      const inBatch = times(apply('div', [line, number(pre)]), picks);
      const each = forEachPick(indices, inBatch, picks, n, (where, k) => {
        const to = plus(times(line, n * length), times(where, length));
        const from = times(plus(times(line, picks), k), length);
        return over(to, (at, i) => {
          const update = load(updates, plus(from, i));
          return [store(output, at, by === 'set' ? update : apply(by, [load(output, at), update], dtype))];
        });
      });
      return [each];
    },
  );
  return { routine, shared: [], scratch: [] };
}

function sumLine(n: number, step: number, input: Buffer, output: Buffer, start: Expression): Statement[] {
  const tally = tallyOf(input.dtype);
  const parts = tally.parts.map((dtype) => variable(typeOf(dtype)));
  const i = variable(index);
  const at = plus(start, times(read(i), step));
  return [
    ...parts.map((part) => let_(part, number(0, part.type.kind))),
    loop(
      i,
      number(0),
      number(n),
      1,
      named((name) => {
        const added = tally.add(parts.map(read), name(load(input, at)), name).map(name);
        return [
          ...parts.map((part, j) => set(part, added[j])),
          store(output, at, tally.sum(parts.map(read))),
        ];
      }),
    ),
  ];
}

/** Merges runs of 1, 2, 4, … positions, back and forth between two scratch arrays. */
function sortLine(
  n: number,
  step: number,
  input: Buffer,
  output: Buffer,
  start: Expression,
  scratch: readonly Buffer[],
): Statement[] {
  const i = variable(index);
  const statements: Statement[] = [
    loop(i, number(0), number(n), 1, [store(scratch[0], read(i), apply('cast', [read(i)], 'i32'))]),
  ];
  let [from, to] = scratch;
  const merge = mergeRuns(input.dtype);
  for (let run = 1; run < n; run *= 2) {
    const place = (buffer: Buffer, at = number(0)) => ({ kind: 'place', buffer, at }) as const;
    statements.push({
      kind: 'run',
      callee: merge,
      arguments: [place(input, start), place(from), place(to), number(n), number(step), number(run)],
    });
    [from, to] = [to, from];
  }
  const k = variable(index);
  statements.push(
    loop(k, number(0), number(n), 1, [store(output, plus(start, times(read(k), step)), load(from, read(k)))]),
  );
  return statements;
}

/** (keys, positions, merged, n, step between keys, run): merges neighbouring sorted runs; NaN goes last. */
const mergeRuns = (dtype: Buffer['dtype']): Subroutine =>
  subroutine(`merge_runs_${dtype}`, () => {
    const keys: Buffer = { dtype, size: 0 };
    const [from, to] = [0, 1].map((): Buffer => ({ dtype: 'i32', size: 0 }));
    const [n, step, run, pair, low, middle, high, i, j, k, left] = Array.from({ length: 11 }, () =>
      variable(index),
    );
    const [a, b] = [0, 1].map(() => variable(typeOf(dtype)));
    const takeLeft = variable(typeOf('bool'));
    const isNumber = (x: Expression): Expression => apply('eq', [x, x], 'bool');
    const keyAt = (at: Expression): Expression =>
      load(keys, apply('mul', [apply('cast', [load(from, at)], 'index'), read(step)]));
    const take = (from_: typeof i): Statement[] => [
      store(to, read(k), load(from, read(from_))),
      set(from_, plus(read(from_), number(1))),
    ];
    const both: Statement[] = [
      let_(a, keyAt(read(i))),
      let_(b, keyAt(read(j))),
      // the right one goes first only if it is less, or if the left one alone is NaN
      set(
        takeLeft,
        apply('eq', [
          apply('or', [
            apply('lt', [read(b), read(a)], 'bool'),
            apply('and', [isNumber(read(b)), apply('eq', [isNumber(read(a)), number(0, 'bool')], 'bool')]),
          ]),
          number(0, 'bool'),
        ]),
      ),
    ];
    const pairs = apply('div', [plus(read(n), plus(times(read(run), 2), number(-1))), times(read(run), 2)]);
    return {
      parameters: [keys, from, to, n, step, run],
      body: [
        let_(left, pairs),
        loop(pair, number(0), read(left), 1, [
          let_(low, apply('mul', [times(read(pair), 2), read(run)])),
          let_(middle, least(plus(read(low), read(run)), read(n))),
          let_(high, least(plus(read(middle), read(run)), read(n))),
          let_(i, read(low)),
          let_(j, read(middle)),
          loop(k, read(low), read(high), 1, [
            let_(takeLeft, apply('lt', [read(i), read(middle)], 'bool')),
            {
              kind: 'if',
              condition: apply('and', [read(takeLeft), apply('lt', [read(j), read(high)], 'bool')]),
              whenTrue: both,
              whenFalse: [],
            },
            { kind: 'if', condition: read(takeLeft), whenTrue: take(i), whenFalse: take(j) },
          ]),
        ]),
      ],
    };
  });
