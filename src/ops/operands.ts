// How ops take their arguments: numbers become tensors, dtypes promote, shapes broadcast.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  computeDType,
  type DType,
  elementOf,
  isFloat,
  isI32,
  isInteger,
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
  if (dtype === undefined) return 'f32';
  if (isFloat(dtype)) return dtype;
  if (!Number.isInteger(value)) return 'f32';
  return isInteger(dtype) ? dtype : 'i32';
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

const isTensor = (x: Operand): x is Tensor => x instanceof Tensor;

/** The dtype that `args` meet at, and at least `atLeast`. */
function met(args: readonly Operand[], atLeast: DType): DType {
  const dtypes = args.filter(isTensor).map((x) => x.dtype);
  const beside = dtypes.length ? dtypes.reduce(promote) : undefined;
  return args.map((x) => (isTensor(x) ? x.dtype : dtypeBeside(x, beside))).reduce(promote, atLeast);
}

/** `args` in `dtype`, broadcast to one shape; `whole` is what a number becomes that is to be an i32. */
function alike(
  op: string,
  args: readonly Operand[],
  dtype: DType,
  whole = (value: number) => value,
): Tensor[] {
  const shape = broadcastShapes(op, ...args.filter(isTensor).map((x) => x.shape));
  const held = (value: number): number => elementOf(op, dtype === 'i32' ? whole(value) : value, dtype);
  return args.map((x) =>
    isTensor(x) ? spread(prims.cast(x, dtype), shape) : prims.full(shape, held(Number(x)), dtype),
  );
}

/**
 * The arguments of an elementwise op, of one shape and of the dtype that what they meet at computes in. `atLeast` raises
 * the dtype; `whole` is what a number becomes that is to be an i32. Throws RangeError where i32 cannot hold it.
 */
export const operands = (
  op: string,
  args: readonly Operand[],
  atLeast: DType = 'bool',
  whole?: (value: number) => number,
): Tensor[] => alike(op, args, computeDType(met(args, atLeast)), whole);

/** The same where nothing is computed with them: of the dtype that they meet at. */
export const alternatives = (op: string, args: readonly Operand[]): Tensor[] =>
  alike(op, args, met(args, 'bool'));

/** The arguments of a comparison. A number that is no i32 meets whole numbers in f64, which holds them all. */
export function comparands(op: string, args: readonly Operand[]): Tensor[] {
  const isNumber = (x: Operand) => typeof x === 'number';
  const beyond = args.every(isNumber) || args.some((x) => typeof x === 'number' && !isI32(x));
  const exact = beyond && !args.some((x) => x instanceof Tensor && isFloat(x.dtype));
  return operands(op, args, exact ? 'f64' : 'bool');
}
