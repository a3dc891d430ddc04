// The loss of a head of many words, without an array of rows by words.
import { add, concat, div, mul, neg, reshape, slice, sum, zeros } from '../ops/index.ts';
import {
  checked,
  computeDType,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
  toFloat,
} from '../tensor/index.ts';
import { customVjp, scan, valueAndGrad } from '../transforms/index.ts';
import * as arg from './arguments.ts';
import { checkTable, tiedHead } from './embedding.ts';
import { type CrossEntropyOptions, checkLabels, crossEntropyTerms } from './losses.ts';

export interface LinearCrossEntropyOptions extends Omit<CrossEntropyOptions, 'weight'> {
  /** How many rows have logits at a time, 1,024 by default. */
  readonly chunk?: number;
}

const options = arg.options<LinearCrossEntropyOptions>({
  ignoreIndex: (name) => arg.optional(arg.whole(name)),
  labelSmoothing: (name) => arg.optional(arg.number(name)),
  chunk: (name) => arg.optional(arg.size(name)),
});

/** Zeros of what numbers of `like` are computed in. */
const none = ({ dtype }: Tensor, shape: Shape = []): Tensor => zeros(shape, computeDType(toFloat(dtype)));

/** What rows x [n, size] with labels [n] add to sums, and what each of them is given, if anything. */
type Step = (x: Tensor, labels: Tensor) => readonly [sums: readonly Tensor[], each: readonly Tensor[]];

/** The sums of `step` from `start` on over all rows, `chunk` at a time, and what each row is given. */
function inChunks(
  step: Step,
  start: readonly Tensor[],
  x: Tensor,
  labels: Tensor,
  chunk: number,
): readonly [readonly Tensor[], readonly Tensor[]] {
  const [rows, size] = x.shape;
  const more = (sums: readonly Tensor[], x: Tensor, labels: Tensor) => {
    const [added, each] = step(x, labels);
    return [sums.map((it, i) => add(it, added[i])), each] as const;
  };
  const whole = Math.floor(rows / chunk);
  const end = whole * chunk;
  const [sums, each] = scan(
    (sums: readonly Tensor[], [x, labels]: readonly [Tensor, Tensor]) => more(sums, x, labels),
    start,
    [
      reshape(slice(x, `:${end}`), [whole, chunk, size]),
      reshape(slice(labels, `:${end}`), [whole, chunk]),
    ] as const,
  );
  const before = each.map((it) => reshape(it, [end, ...it.shape.slice(2)]));
  if (end === rows) return [sums, before];
  const [all, last] = more(sums, slice(x, `${end}:`), slice(labels, `${end}:`));
  return [all, before.map((it, i) => concat([it, last[i]]))];
}

/**
 * The cross-entropy in nats of the logits x · tableᵀ, as `crossEntropy(tiedHead(table, x), labels, options)` has it, with its
 * gradient: table [words, size], x [..., size], labels i32 [...]. Logits are there for `chunk` rows at a time, in which what
 * is kept for the gradient is computed too, so that memory does not grow with rows times words (as in Cut Cross-Entropy,
 * Wijmans et al., 2024, and Liger Kernel). Throws ShapeError and RangeError as `crossEntropy` does.
 */
export const linearCrossEntropy = checked(
  'linearCrossEntropy',
  [arg.tensor('table'), arg.tensor('x'), arg.indices('labels'), arg.optional(options)],
  (
    table: Tensor,
    x: Tensor,
    labels: Tensor,
    { chunk = 1024, ...options }: LinearCrossEntropyOptions = {},
  ): Tensor => {
    checkTable('linearCrossEntropy', table);
    if (x.ndim === 0 || showShape(x.shape.slice(0, -1)) !== showShape(labels.shape))
      throw new ShapeError(
        `linearCrossEntropy: x ${showShape(x.shape)} with labels ${showShape(labels.shape)}; they must be [..., size] and [...]`,
      );
    if (chunk < 1) throw new RangeError(`linearCrossEntropy: chunk ${chunk} is not a number of rows`);
    checkLabels('linearCrossEntropy', labels, table.shape[0], options);
    const termsOf = (table: Tensor, x: Tensor, labels: Tensor): [Tensor, Tensor] => {
      const { terms, counts } = crossEntropyTerms(tiedHead(table, x), labels, options);
      return [sum(terms), sum(counts)];
    };
    const loss = (table: Tensor, x: Tensor, labels: Tensor): Tensor => {
      const step: Step = (x, labels) => [termsOf(table, x, labels), []];
      const [[terms, counts]] = inChunks(step, [none(x), none(x)], x, labels, chunk);
      return neg(div(terms, counts));
    };
    const slopes = valueAndGrad(termsOf, { argnums: [0, 1], hasAux: true });
    const forward = (table: Tensor, x: Tensor, labels: Tensor) => {
      const step: Step = (x, labels) => {
        const [[terms, counts], [dTable, dX]] = slopes(table, x, labels);
        return [[terms, counts, dTable], [dX]];
      };
      const [[terms, counts, dTable], [dX]] = inChunks(
        step,
        [none(x), none(x), none(table, table.shape)],
        x,
        labels,
        chunk,
      );
      const scale = div(-1, counts);
      return [mul(terms, scale), [mul(dTable, scale), mul(dX, scale)]] as const;
    };
    const backward = ([dTable, dX]: readonly [Tensor, Tensor], slope: Tensor) =>
      [mul(dTable, slope), mul(dX, slope), null] as const;
    const rows = sizeOf(labels.shape);
    const flat = customVjp(loss, forward, backward);
    return flat(table, reshape(x, [rows, x.shape[x.ndim - 1]]), reshape(labels, [rows]));
  },
);
