// Parts of arrays whose places the data says.
import type { Apply } from '../../graph/index.ts';
import { allocate, range, type Shape, sizeOf, stridesOf, type TypedArray } from '../../tensor/index.ts';
import { contiguous, copy, type View } from './strided.ts';

/**
 * Calls `visit` for each entry of the batch axes of `whole`, with its number and a view of the part of `sizes` from its
 * starts on, moved so that all of it lies inside.
 */
function forEachPart(
  array: TypedArray,
  whole: Shape,
  sizes: Shape,
  starts: TypedArray,
  visit: (i: number, part: View) => void,
): void {
  const batch = whole.length - sizes.length;
  const strides = stridesOf(whole).slice(batch);
  const length = sizeOf(whole.slice(batch));
  for (let i = 0; i < sizeOf(whole.slice(0, batch)); i++) {
    const offset = range(sizes.length).reduce((sum, axis) => {
      const most = whole[batch + axis] - sizes[axis];
      return sum + Math.max(0, Math.min(starts[i * sizes.length + axis], most)) * strides[axis];
    }, i * length);
    visit(i, { array, offset, strides });
  }
}

/** `array` as parts of `sizes`, one after the other. */
const partOf = (array: TypedArray, sizes: Shape, i: number): View => {
  const size = sizeOf(sizes);
  return contiguous(array.subarray(i * size, (i + 1) * size), sizes);
};

export function lowerDynamicSlice(node: Apply<'dynamicSlice'>) {
  const { sizes } = node.params;
  return (x: TypedArray, starts: TypedArray): TypedArray => {
    const out = allocate(node.dtype, node.shape, node.op);
    forEachPart(x, node.inputs[0].shape, sizes, starts, (i, part) =>
      copy(sizes, part, partOf(out, sizes, i)),
    );
    return out;
  };
}

export function lowerDynamicUpdate(node: Apply<'dynamicUpdate'>) {
  const [, { shape }, starts] = node.inputs;
  const sizes = shape.slice(starts.shape.length - 1);
  return (x: TypedArray, update: TypedArray, starts: TypedArray): TypedArray => {
    const out = x.slice();
    forEachPart(out, node.shape, sizes, starts, (i, part) => copy(sizes, partOf(update, sizes, i), part));
    return out;
  };
}
