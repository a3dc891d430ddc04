// Checks that the transformations share: what can be differentiated, what can be a tangent.
import {
  DTypeError,
  flatten,
  isFloat,
  range,
  ShapeError,
  type Structure,
  sameShape,
  showShape,
  type Tensor,
  type Tree,
  tangentDType,
} from '../tensor/index.ts';

/** Throws DTypeError unless every leaf is a float. */
export function checkDifferentiable(op: string, leaves: readonly Tensor[]): void {
  for (const { dtype, shape } of leaves)
    if (!isFloat(dtype))
      throw new DTypeError(
        `${op}: an argument is ${dtype}${showShape(shape)}, which has no derivative; only floats have. Make it one, as tensor([1, 2, 3], 'f32') does, close over it, or pass it after the first argument of grad`,
      );
}

/**
 * Where the leaves of the arguments at `positions`, which the option `name` gave, stand among all, of which each argument
 * has `counts`. Throws RangeError where there is no such argument.
 */
export const leafPlaces = (
  op: string,
  name: string,
  counts: readonly number[],
  positions: readonly number[],
): number[] =>
  positions.flatMap((i) => {
    if (!(i in counts))
      throw new RangeError(`${op}: ${name} names argument ${i}, but the function was given ${counts.length}`);
    const start = counts.slice(0, i).reduce((sum, n) => sum + n, 0);
    return range(counts[i]).map((leaf) => start + leaf);
  });

/** The leaves of `given`; throws unless it could be tangents (or cotangents) of `leaves`. */
export function flattenLike(
  op: string,
  what: string,
  leaves: readonly Tensor[],
  structure: Structure,
  given: Tree,
): Tensor[] {
  const other = flatten(op, given, what);
  if (other.structure.key !== structure.key)
    throw new TypeError(`${op}: the ${what} have structure ${other.structure.key}, not ${structure.key}`);
  other.leaves.forEach((t, i) => {
    const x = leaves[i];
    const dtype = isFloat(x.dtype) ? tangentDType(x.dtype) : x.dtype;
    if (t.dtype !== dtype || !sameShape(t.shape, x.shape))
      throw new ShapeError(
        `${op}: the ${what} hold ${t.dtype}${showShape(t.shape)} where ${dtype}${showShape(x.shape)} is needed`,
      );
  });
  return other.leaves;
}
