// How ops take their arguments: numbers become tensors, dtypes promote, shapes broadcast.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  type DType,
  elementOf,
  isFloat,
  isI32,
  promote,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import type { Operand } from './values.ts';

/** The dtype of a bare value beside tensors of `dtype`, or alone. */
function dtypeBeside(value: number | boolean, dtype: DType | undefined): DType {
  if (typeof value === 'boolean') return dtype ?? 'bool';
  if (dtype !== undefined && isFloat(dtype)) return dtype;
  return dtype !== undefined && Number.isInteger(value) ? 'i32' : 'f32';
}

/**
 * `x` as a tensor: a number is f32 and a boolean bool, unless `dtype` says otherwise.
 * Throws RangeError for a number that `dtype` does not hold.
 */
export const asTensor = checked(
  'asTensor',
  [arg.operand('x'), arg.nullable(arg.dtype())],
  (x: Operand, dtype?: DType): Tensor => {
    if (x instanceof Tensor) return dtype ? prims.cast(x, dtype) : x;
    const kind = dtype ?? dtypeBeside(x, undefined);
    return prims.full([], elementOf('asTensor', Number(x), kind), kind);
  },
);

/** broadcastTo for shapes that are known to be some. */
export function spread(x: Tensor, shape: Shape): Tensor {
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

/** `x` repeated to `shape` as NumPy broadcasting has it. */
export const broadcastTo = checked('broadcastTo', [arg.tensor('x'), arg.shape()], spread);

/**
 * The arguments of an elementwise op, of one dtype and shape. `atLeast` raises the dtype; `whole` is what a number
 * becomes that is to be an i32. Throws RangeError where i32 cannot hold it.
 */
export function operands(
  op: string,
  args: readonly Operand[],
  atLeast: DType = 'bool',
  whole = (value: number) => value,
): Tensor[] {
  const tensors = args.filter((x) => x instanceof Tensor);
  const met = tensors.length ? tensors.map((x) => x.dtype).reduce(promote) : undefined;
  const dtypes = args.map((x) => (x instanceof Tensor ? x.dtype : dtypeBeside(x, met)));
  const dtype = dtypes.reduce(promote, atLeast);
  const shape = broadcastShapes(op, ...tensors.map((x) => x.shape));
  const held = (value: number): number => elementOf(op, dtype === 'i32' ? whole(value) : value, dtype);
  return args.map((x) =>
    x instanceof Tensor ? spread(prims.cast(x, dtype), shape) : prims.full(shape, held(Number(x)), dtype),
  );
}

/** The arguments of a comparison. A number that is no i32 meets whole numbers in f64, which holds them all. */
export function comparands(op: string, args: readonly Operand[]): Tensor[] {
  const isNumber = (x: Operand) => typeof x === 'number';
  const beyond = args.every(isNumber) || args.some((x) => typeof x === 'number' && !isI32(x));
  const exact = beyond && !args.some((x) => x instanceof Tensor && isFloat(x.dtype));
  return operands(op, args, exact ? 'f64' : 'bool');
}
