// One strided copy, which every movement primitive is an instance of.
import { type Shape, stridesOf, type TypedArray } from '../../tensor/index.ts';

/** A view of an array: where its first element is, and the step along each axis. */
export interface View {
  readonly array: TypedArray;
  readonly offset: number;
  readonly strides: readonly number[];
}

export const contiguous = (array: TypedArray, shape: Shape): View => ({
  array,
  offset: 0,
  strides: stridesOf(shape),
});

/** Copies the elements of `from` to those of `to`; both are seen through `shape`. */
export function copy(shape: Shape, from: View, to: View): void {
  const { array: source, strides: fromStrides } = from;
  const { array: target, strides: toStrides } = to;
  const last = shape.length - 1;
  const visit = (axis: number, i: number, j: number): void => {
    const n = shape[axis];
    const fromStep = fromStrides[axis];
    const toStep = toStrides[axis];
    if (axis < last) for (let k = 0; k < n; k++) visit(axis + 1, i + k * fromStep, j + k * toStep);
    else for (let k = 0; k < n; k++) target[j + k * toStep] = source[i + k * fromStep];
  };
  if (last < 0) target[to.offset] = source[from.offset];
  else visit(0, from.offset, to.offset);
}
