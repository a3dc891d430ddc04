// Which kernels are matrix products.
import { isFloat, sizeOf } from '../tensor/index.ts';
import type { Loops, Store } from './kernel.ts';
import { dependsOn, strideOf } from './loops.ts';
import type { Reduction } from './nest.ts';
import type { Axis, Position } from './position.ts';
import { type Buffer, forEachScalar, partsOf, type Scalar } from './scalar.ts';

/** A kernel read as a product: sums over `inner` of `left`, which has the rows, times `right`. */
export interface Product {
  readonly sum: Reduction;
  readonly left: Scalar;
  readonly right: Scalar;
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly inner: readonly Axis[];
}

/** A product of few rows, by the entries of its factors and where its sums go. */
export interface FewRows {
  readonly rows: number;
  /** The entry of the left factor's row, and that of the right factor's column, at k. */
  readonly left: (row: number, k: Position) => Scalar;
  readonly right: (column: Position, k: Position) => Scalar;
  /** How many numbers a sum adds. */
  readonly depth: number;
  /** Of each row `width` sums. */
  readonly sums: Buffer;
  readonly width: number;
}

/** How many places `axes` go through. */
export const count = (axes: readonly Axis[]): number => sizeOf(axes.map(({ size }) => size));

/** The only reduction in `stores`, unless a guard may shut it out. */
function onlyReduction(stores: readonly Store[]): Reduction | undefined {
  const found = new Set<Reduction>();
  let shut = false;
  const seen = new Set<Scalar>();
  const visit = (scalar: Scalar, guarded: boolean): void => {
    if (scalar.kind === 'reduce') {
      found.add(scalar);
      shut ||= guarded;
    }
    if (seen.has(scalar)) return;
    seen.add(scalar);
    for (const part of partsOf(scalar)) visit(part, guarded || scalar.kind === 'guard');
  };
  for (const { value } of stores) visit(value, false);
  const [only] = found;
  return found.size === 1 && !shut ? only : undefined;
}

/** Multiplications below which packing does not pay. */
const worthPacking = 2 ** 11;

/** So many rows at most are few: the other factor is read from memory for little work. */
export const few = 8;

/** Whether what `scalar` loads lies in neighbours along `axis`. */
export function runsAlong(scalar: Scalar, axis: Axis): boolean {
  const steps = new Set<number | undefined>();
  forEachScalar(scalar, (part) => {
    if (part.kind === 'load' && dependsOn(part, axis)) steps.add(strideOf(part.position, axis));
  });
  return steps.size === 1 && steps.has(1);
}

/** `kernel` as a product, if it is one that is worth the trouble. */
export function productOf({ axes: all, stores }: Loops): Product | undefined {
  const sum = onlyReduction(stores);
  const axes = all.filter(({ size }) => size !== 1); // as they are once they are merged
  if (sum?.by !== 'sum' || !isFloat(sum.dtype) || sum.of.kind !== 'apply' || sum.of.op !== 'mul')
    return undefined;
  const [first, second] = sum.of.inputs;
  const has = (factor: Scalar) => (axis: Axis) => dependsOn(factor, axis);
  if (!axes.every((axis) => has(first)(axis) || has(second)(axis))) return undefined;
  if (!sum.axes.every((axis) => has(first)(axis) && has(second)(axis))) return undefined;
  const last = axes.at(-1);
  const product = oriented(
    sum,
    axes,
    last !== undefined && !has(second)(last) ? [second, first] : [first, second],
  );
  const [m, n, k] = [product.rows, product.columns, product.inner].map(count);
  if (m * n * k < worthPacking || k < 4) return undefined;
  if (Math.min(m, n) > few) return product;
  // few rows, rather than columns: the right factor is what goes by
  const thin = m <= n ? product : oriented(sum, axes, [product.right, product.left]);
  return Math.min(m, n) > 1 || count(thin.columns) >= few ? thin : undefined;
}

function oriented(sum: Reduction, axes: readonly Axis[], [left, right]: readonly [Scalar, Scalar]): Product {
  const [inLeft, inRight] = [left, right].map((factor) => (axis: Axis) => dependsOn(factor, axis));
  return {
    sum,
    left,
    right,
    batch: axes.filter((axis) => inLeft(axis) && inRight(axis)),
    rows: axes.filter((axis) => !inRight(axis)),
    columns: axes.filter((axis) => !inLeft(axis)),
    inner: sum.axes,
  };
}
