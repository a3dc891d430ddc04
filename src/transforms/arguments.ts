// Checks that the transformations share: what can be differentiated, what can be a tangent.
import {
  DTypeError,
  flatten,
  isFloat,
  ShapeError,
  type Structure,
  sameShape,
  showShape,
  type Tensor,
  type Tree,
} from '../tensor/index.ts';

/** Throws DTypeError unless every leaf is a float. */
export function checkDifferentiable(op: string, leaves: readonly Tensor[]): void {
  for (const { dtype, shape } of leaves)
    if (!isFloat(dtype))
      throw new DTypeError(
        `${op}: an argument is ${dtype}${showShape(shape)}, which has no derivative; only f32 and f64 have. Close over it, or pass it after the first argument of grad`,
      );
}

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
    if (t.dtype !== x.dtype || !sameShape(t.shape, x.shape))
      throw new ShapeError(
        `${op}: the ${what} hold ${t.dtype}${showShape(t.shape)} where ${x.dtype}${showShape(x.shape)} is needed`,
      );
  });
  return other.leaves;
}
