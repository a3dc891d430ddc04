// Elementwise arithmetic, comparison and selection, with broadcasting and promotion.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checkDType,
  type DType,
  isFloat,
  promote,
  type Tensor,
  toFloat,
} from '../tensor/index.ts';
import { asTensor, broadcastTo, comparands, operands } from './operands.ts';
import type { Operand as TensorLike } from './values.ts';

type Primitive1 = (x: Tensor) => Tensor;
type Primitive2 = (x: Tensor, y: Tensor) => Tensor;

/** One operand, of any numeric dtype (bools count as i32). */
const numeric1 =
  (f: Primitive1) =>
  (x: TensorLike): Tensor => {
    const t = asTensor(x);
    return f(prims.cast(t, promote(t.dtype, 'i32')));
  };
/** One operand, made a float. */
const float1 =
  (f: Primitive1) =>
  (x: TensorLike): Tensor => {
    const t = asTensor(x);
    return f(prims.cast(t, toFloat(t.dtype)));
  };
/** One operand; integers are their own result. */
const rounding =
  (f: Primitive1) =>
  (x: TensorLike): Tensor => {
    const t = asTensor(x);
    return isFloat(t.dtype) ? f(t) : t;
  };
const binary =
  (op: string, f: Primitive2, atLeast?: DType, whole?: (value: number) => number) =>
  (x: TensorLike, y: TensorLike): Tensor => {
    const [a, b] = operands(op, [x, y], atLeast, whole);
    return f(a, b);
  };

export const neg = numeric1(prims.neg);
export const abs = numeric1(prims.abs);
/** −1, 0 or 1, of x's dtype; NaN stays. */
export const sign = numeric1((x) => {
  const fixed = prims.stopGradient(x);
  return where(greater(x, 0), onesOf(x), where(less(x, 0), prims.neg(onesOf(x)), fixed));
});
const onesOf = (x: Tensor): Tensor => prims.full(x.shape, 1, x.dtype);
export const exp = float1(prims.exp);
/** eˣ − 1, exact near 0. */
export const expm1 = float1(prims.expm1);
export const log = float1(prims.log);
/** log(1 + x), exact near 0. */
export const log1p = float1(prims.log1p);
export const log2 = float1((x) => mul(prims.log(x), Math.LOG2E));
export const sqrt = float1(prims.sqrt);
export const rsqrt = float1((x) => div(1, prims.sqrt(x)));
export const reciprocal = float1((x) => div(1, x));
export const sin = float1(prims.sin);
export const cos = float1(prims.cos);
export const tan = float1((x) => prims.div(prims.sin(x), prims.cos(x)));
export const tanh = float1(prims.tanh);
export const erf = float1(prims.erf);
/** 1 / (1 + e^(−x)), by tanh so that it overflows nowhere. */
export const sigmoid = float1((x) => mul(add(prims.tanh(mul(x, 0.5)), 1), 0.5));
export const square = numeric1((x) => prims.mul(x, x));
export const floor = rounding(prims.floor);
export const ceil = rounding((x) => prims.neg(prims.floor(prims.neg(x))));
export const trunc = rounding((x) => where(less(x, 0), ceil(x), prims.floor(x)));
/** To the nearest whole number, halves to the even one. */
export const round = rounding((x) => {
  const below = prims.floor(x);
  const rest = prims.sub(x, below);
  const up = logicalOr(greater(rest, 0.5), logicalAnd(equal(rest, 0.5), equal(remainder(below, 2), 1)));
  return where(up, add(below, 1), below);
});

export const add = binary('add', prims.add, 'i32');
export const sub = binary('sub', prims.sub, 'i32');
export const mul = binary('mul', prims.mul, 'i32');
/** True division: integers give f32. */
export const div = binary('div', prims.div, 'f32');
/** ⌊x / y⌋. On i32, 0 where y is 0. */
export const floorDivide = binary(
  'floorDivide',
  (x, y) => (isFloat(x.dtype) ? prims.floor(prims.div(x, y)) : prims.div(x, y)),
  'i32',
);
/** x − ⌊x / y⌋ y, with the sign of y. On i32, 0 where y is 0. */
export const remainder = binary('remainder', prims.mod, 'i32');
export const pow = binary('pow', prims.pow, 'i32');
// a number below (above) all i32 never is the greater (lesser) one, so the least (greatest) i32 stands for it
const greaterOf = (op: string) => binary(op, prims.max, 'bool', (value) => Math.max(value, -(2 ** 31)));
const lesserOf = (op: string) => binary(op, prims.min, 'bool', (value) => Math.min(value, 2 ** 31 - 1));
/** The greater of two; NaN where either is. */
export const maximum = greaterOf('maximum');
/** The lesser of two; NaN where either is. */
export const minimum = lesserOf('minimum');
export const clip = (x: TensorLike, low: TensorLike, high: TensorLike): Tensor =>
  lesserOf('clip')(greaterOf('clip')(x, low), high);

/** Exact also where whole numbers meet a number that is none, or that i32 does not hold. */
const comparison =
  (op: string, f: Primitive2) =>
  (x: TensorLike, y: TensorLike): Tensor => {
    const [a, b] = comparands(op, [x, y]);
    return f(a, b);
  };
export const equal = comparison('equal', prims.eq);
export const less = comparison('less', prims.lt);
export const greater = comparison('greater', (x, y) => prims.lt(y, x));
export const lessEqual = comparison('lessEqual', (x, y) => prims.max(prims.lt(x, y), prims.eq(x, y)));
export const greaterEqual = comparison('greaterEqual', (x, y) => prims.max(prims.lt(y, x), prims.eq(x, y)));
export const notEqual = comparison('notEqual', (x, y) => logicalNot(prims.eq(x, y)));

const bools =
  (op: string, f: Primitive2) =>
  (x: TensorLike, y: TensorLike): Tensor =>
    binary(op, f)(asTensor(x, 'bool'), asTensor(y, 'bool'));
export const logicalAnd = bools('logicalAnd', prims.min);
export const logicalOr = bools('logicalOr', prims.max);
export const logicalXor = bools('logicalXor', (x, y) => logicalNot(prims.eq(x, y)));
export const logicalNot = (x: TensorLike): Tensor => {
  const t = asTensor(x, 'bool');
  return prims.eq(t, prims.full(t.shape, 0, 'bool'));
};

export const isnan = (x: TensorLike): Tensor => notEqual(x, x);
export const isinf = (x: TensorLike): Tensor => equal(abs(x), Infinity);
export const isfinite = (x: TensorLike): Tensor => less(abs(x), Infinity);

/** `yes` where `condition` holds, `no` elsewhere; all three broadcast. */
export function where(condition: TensorLike, yes: TensorLike, no: TensorLike): Tensor {
  const mask = asTensor(condition, 'bool');
  const [a, b] = operands('where', [yes, no]);
  const shape = broadcastShapes('where', mask.shape, a.shape);
  return prims.select(broadcastTo(mask, shape), broadcastTo(a, shape), broadcastTo(b, shape));
}

/**
 * `x` with elements of `dtype`. Floats of a tensor become i32 by truncation, the nearest i32 where they are beyond
 * it, and 0 for NaN; a bare number beyond it is a RangeError. Anything becomes bool by ≠ 0.
 */
export const astype = (x: TensorLike, dtype: DType): Tensor => asTensor(x, checkDType(dtype));

/** `x`, through which no derivative flows. */
export const stopGradient = (x: Tensor): Tensor => prims.stopGradient(x);
