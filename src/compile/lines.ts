// Kernels that compute whole lines along an axis: running sums, and the order that sorts.
import { sizeOf, stridesOf } from '../tensor/index.ts';
import {
  apply,
  type Expression,
  index,
  least,
  let_,
  load,
  loop,
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
import type { Lines } from './program.ts';
import type { Buffer } from './scalar.ts';
import { subroutine } from './subroutines.ts';

export interface WrittenLines {
  readonly routine: Routine;
  /** What each thread needs for itself. */
  readonly scratch: readonly Buffer[];
}

/** A task is a line of `node` along its axis. */
export function writeLines({ node, input, output }: Lines): WrittenLines {
  const { shape, params } = node;
  const n = shape[params.axis];
  const step = stridesOf(shape)[params.axis];
  const lines = n === 0 ? 0 : sizeOf(shape) / n;
  const [begin, end, line, start] = [index, index, index, index].map(variable);
  const first = plus(
    times(apply('div', [read(line), number(step)]), n * step),
    apply('mod', [read(line), number(step)]),
  );
  const scratch = node.op === 'cumSum' ? [] : [0, 1].map((): Buffer => ({ dtype: 'i32', size: n }));
  const fill =
    node.op === 'cumSum'
      ? sumLine(n, step, input, output, read(start))
      : sortLine(n, step, input, output, read(start), scratch);
  return {
    routine: {
      tasks: lines,
      work: lines * n * (node.op === 'cumSum' ? 1 : 2 * Math.ceil(Math.log2(n + 1))),
      begin,
      end,
      body: [loop(line, read(begin), read(end), 1, [let_(start, first), ...fill])],
    },
    scratch,
  };
}

function sumLine(n: number, step: number, input: Buffer, output: Buffer, start: Expression): Statement[] {
  const total = variable(typeOf(input.dtype));
  const i = variable(index);
  const at = plus(start, times(read(i), step));
  return [
    let_(total, number(0, input.dtype)),
    loop(i, number(0), number(n), 1, [
      set(total, apply('add', [read(total), load(input, at)])),
      store(output, at, read(total)),
    ]),
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
