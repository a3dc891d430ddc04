// Shapes and axes: sizes, row-major strides, broadcasting. Knows nothing of tensors.
import { ShapeError } from './errors.ts';

export type Shape = readonly number[];

/** The largest tensor, in elements: what an index held in 32 bits can reach. */
export const maxSize = 2 ** 31 - 1;

/** The most axes that values from outside may have: NumPy's limit, which also keeps a product of sizes finite. */
export const maxRank = 32;

/** The least multiple of `step` that is not below `n`. */
export const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** `shape` itself, once every size is a whole number ≥ 0 and the product fits. */
export function checkShape(op: string, shape: Shape): Shape {
  for (const n of shape)
    if (!Number.isInteger(n) || n < 0)
      throw new ShapeError(`${op}: shape ${showShape(shape)} has size ${n}; sizes are whole numbers ≥ 0`);
  if (sizeOf(shape) > maxSize)
    throw new ShapeError(`${op}: shape ${showShape(shape)} has more than ${maxSize} elements`);
  return shape;
}

/** `axis` as a number in [0, ndim); negative axes count from the end. */
export function normalizeAxis(op: string, axis: number, ndim: number): number {
  const resolved = axis < 0 ? axis + ndim : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= ndim)
    throw new ShapeError(
      `${op}: axis ${axis} is outside a tensor of ${ndim} dimension${ndim === 1 ? '' : 's'}`,
    );
  return resolved;
}

/** Sorted distinct axes; `undefined` means all of them. */
export function normalizeAxes(op: string, axes: number | Shape | undefined, ndim: number): number[] {
  if (axes === undefined) return range(ndim);
  const list = typeof axes === 'number' ? [axes] : axes;
  const resolved = list.map((axis) => normalizeAxis(op, axis, ndim)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length)
    throw new ShapeError(`${op}: axes ${showShape(list)} name an axis twice`);
  return resolved;
}

/** The common shape of NumPy broadcasting. */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const ndim = Math.max(0, ...shapes.map((s) => s.length));
  const result = new Array<number>(ndim).fill(1);
  for (const shape of shapes) {
    shape.forEach((n, i) => {
      const axis = ndim - shape.length + i;
      if (result[axis] === 1) result[axis] = n;
      else if (n !== 1 && n !== result[axis])
        throw new ShapeError(
          `${op}: shapes ${shapes.map(showShape).join(' and ')} do not broadcast (sizes ${result[axis]} and ${n} differ)`,
        );
    });
  }
  return result;
}

/** [0, 1, …, n − 1] */
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** `list` without the positions in `axes`. */
export const without = <T>(list: readonly T[], axes: readonly number[]): T[] =>
  list.filter((_, i) => !axes.includes(i));
