// How ops take their arguments: numbers become tensors, dtypes promote, shapes broadcast.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  type DType,
  isFloat,
  promote,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  Tensor,
} from '../tensor/index.ts';
import { full } from './creation.ts';

/** A tensor, or a number or boolean that takes on the dtype of the tensors it meets. */
export type TensorLike = Tensor | number | boolean;

/** The dtype of a bare value beside tensors of `dtype`, or alone. */
function dtypeBeside(value: number | boolean, dtype: DType | undefined): DType {
  if (typeof value === 'boolean') return dtype ?? 'bool';
  if (dtype !== undefined && isFloat(dtype)) return dtype;
  return dtype !== undefined && Number.isInteger(value) ? 'i32' : 'f32';
}

/** `x` as a tensor: a number is f32 and a boolean bool, unless `dtype` says otherwise. */
export const asTensor = (x: TensorLike, dtype?: DType): Tensor =>
  x instanceof Tensor
    ? dtype
      ? prims.cast(x, dtype)
      : x
    : full([], Number(x), dtype ?? dtypeBeside(x, undefined));

/** `x` repeated to `shape` as NumPy broadcasting has it. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape))
    throw new ShapeError(
      `broadcastTo: shape ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`,
    );
  const shift = shape.length - x.ndim;
  const kept = x.shape.flatMap((n, i) => (n === shape[i + shift] ? [i] : []));
  const squeezed = prims.reshape(
    x,
    kept.map((i) => x.shape[i]),
  );
  return prims.broadcast(
    squeezed,
    shape,
    kept.map((i) => i + shift),
  );
}

/** The arguments of an elementwise op, of one dtype and shape. `atLeast` raises the dtype. */
export function operands(op: string, args: readonly TensorLike[], atLeast: DType = 'bool'): Tensor[] {
  const tensors = args.filter((x) => x instanceof Tensor);
  const met = tensors.length ? tensors.map((x) => x.dtype).reduce(promote) : undefined;
  const dtypes = args.map((x) => (x instanceof Tensor ? x.dtype : dtypeBeside(x, met)));
  const dtype = dtypes.reduce(promote, atLeast);
  const shape = broadcastShapes(op, ...tensors.map((x) => x.shape));
  return args.map((x) =>
    x instanceof Tensor ? broadcastTo(prims.cast(x, dtype), shape) : prims.full(shape, Number(x), dtype),
  );
}
