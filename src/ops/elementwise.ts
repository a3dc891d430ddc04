// Elementwise arithmetic, comparison and selection, with broadcasting and promotion.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  type DType,
  isFloat,
  type Tensor,
  toFloat,
  toNumber,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { alternatives, asTensor, comparands, operands, spread } from './operands.ts';
import type { Operand } from './values.ts';

type Primitive1 = (x: Tensor) => Tensor;
type Primitive2 = (x: Tensor, y: Tensor) => Tensor;

/** One operand, in the dtype that its numbers compute in (bools count as i32). */
const numeric1 = (op: string, f: Primitive1) =>
  checked(op, [arg.tensor('x')], (x: Tensor): Tensor => f(prims.cast(x, toNumber(x.dtype))));
/** One operand, made a float. */
const float1 = (op: string, f: Primitive1) =>
  checked(op, [arg.tensor('x')], (x: Tensor): Tensor => f(prims.cast(x, toFloat(x.dtype))));
/** One operand; integers are their own result. */
const rounding = (op: string, f: Primitive1) =>
  checked(
    op,
    [arg.tensor('x')],
    (x: Tensor): Tensor => (isFloat(x.dtype) ? f(prims.cast(x, toNumber(x.dtype))) : x),
  );

const two = [arg.operand('x'), arg.operand('y')] as const;
const binary = (op: string, f: Primitive2, atLeast?: DType, whole?: (value: number) => number) =>
  checked(op, two, (x: Operand, y: Operand): Tensor => {
    const [a, b] = operands(op, [x, y], atLeast, whole);
    return f(a, b);
  });

export const neg = numeric1('neg', prims.neg);
export const abs = numeric1('abs', prims.abs);
/** −1, 0 or 1, of x's dtype; NaN stays. */
export const sign = numeric1('sign', (x) => {
  const fixed = prims.stopGradient(x);
  return where(greater(x, 0), onesOf(x), where(less(x, 0), prims.neg(onesOf(x)), fixed));
});
const onesOf = (x: Tensor): Tensor => prims.full(x.shape, 1, x.dtype);
export const exp = float1('exp', prims.exp);
/** eˣ − 1, exact near 0. */
export const expm1 = float1('expm1', prims.expm1);
export const log = float1('log', prims.log);
/** log(1 + x), exact near 0. */
export const log1p = float1('log1p', prims.log1p);
/** Exact at powers of 2. */
export const log2 = float1('log2', (x) => {
  const near = mul(prims.log(x), Math.LOG2E);
  const whole = prims.stopGradient(round(near));
  const isPower = logicalAnd(equal(pow(2, whole), x), isfinite(near));
  return add(near, prims.stopGradient(where(isPower, sub(whole, near), 0)));
});
export const sqrt = float1('sqrt', prims.sqrt);
export const rsqrt = float1('rsqrt', (x) => div(1, prims.sqrt(x)));
export const reciprocal = float1('reciprocal', (x) => div(1, x));
export const sin = float1('sin', prims.sin);
export const cos = float1('cos', prims.cos);
export const tan = float1('tan', (x) => prims.div(prims.sin(x), prims.cos(x)));
export const tanh = float1('tanh', prims.tanh);
export const erf = float1('erf', prims.erf);
/** 1 − erf(x), exact also where that is nearly 0. */
export const erfc = float1('erfc', prims.erfc);

/** e^(−|x|), smooth at 0 as a part of what is: by branches that are smooth there, where |x| has a kink. */
const decay = (x: Tensor): Tensor => prims.exp(where(greater(x, 0), prims.neg(x), x));
/** 1 / (1 + e^(−x)), exact also where that is nearly 0. */
export const sigmoid = float1('sigmoid', (x) => {
  const power = decay(x);
  return div(where(greater(x, 0), 1, power), add(power, 1));
});
/** log sigmoid(x), exact also where that is nearly 0. */
export const logSigmoid = float1('logSigmoid', (x) => sub(where(greater(x, 0), 0, x), prims.log1p(decay(x))));
export const square = numeric1('square', (x) => prims.mul(x, x));
export const floor = rounding('floor', prims.floor);
export const ceil = rounding('ceil', (x) => prims.neg(prims.floor(prims.neg(x))));
export const trunc = rounding('trunc', (x) => where(less(x, 0), ceil(x), prims.floor(x)));
/** To the nearest whole number, halves to the even one. */
export const round = rounding('round', (x) => {
  const below = prims.floor(x);
  const rest = prims.sub(x, below);
  const up = logicalOr(greater(rest, 0.5), logicalAnd(equal(rest, 0.5), equal(remainder(below, 2), 1)));
  return where(up, ceil(x), below);
});

export const add = binary('add', prims.add, 'i32');
export const sub = binary('sub', prims.sub, 'i32');
export const mul = binary('mul', prims.mul, 'i32');
/** True division: integers give f32. */
export const div = binary('div', prims.div, 'f32');
/**
 * ⌊x / y⌋ of the quotient before it is rounded, as Python and NumPy have it: floorDivide(1, 0.1) is 9. On i32, 0 where
 * y is 0.
 */
export const floorDivide = binary(
  'floorDivide',
  (x, y) =>
    isFloat(x.dtype) ? floorQuotient(prims.stopGradient(x), prims.stopGradient(y)) : prims.div(x, y),
  'i32',
);
function floorQuotient(x: Tensor, y: Tensor): Tensor {
  const [a, b] = [prims.abs(x), prims.abs(y)];
  const rest = prims.mod(a, b);
  const nearly = div(sub(a, rest), b); // whole but for rounding
  const below = prims.floor(nearly);
  const whole = where(greater(sub(nearly, below), 0.5), add(below, 1), below);
  const down = sub(prims.neg(whole), where(equal(rest, 0), 0, 1));
  const quotient = where(equal(less(x, 0), less(y, 0)), whole, down);
  // so that zeros have their signs, and what divides by 0 is infinite
  return where(logicalOr(equal(x, 0), equal(y, 0)), div(x, y), quotient);
}
/** x − ⌊x / y⌋ y, with the sign of y. On i32, 0 where y is 0. */
export const remainder = binary('remainder', prims.mod, 'i32');
export const pow = binary('pow', prims.pow, 'i32');
/** x log y, which is 0 where x is 0, also at y = 0, where its derivatives are 0 too. */
export const xlogy = binary(
  'xlogy',
  (x, y) => {
    const vanishes = logicalAnd(equal(x, 0), logicalOr(lessEqual(y, 0), equal(y, Infinity)));
    return mul(x, log(where(vanishes, 1, y)));
  },
  'f32',
);
/** log(eˣ + eʸ), without overflow and exact also where one of them hardly counts. Its derivatives are 0 at −∞, −∞. */
export const logaddexp = binary(
  'logaddexp',
  (x, y) => {
    const first = greater(x, y);
    const [more, fewer] = [where(first, x, y), where(first, y, x)];
    // equal infinities have no difference: of −∞ nothing is left, +∞ shares as `maximum` does
    const same = logicalAnd(equal(x, y), isinf(x));
    const limit = where(less(x, 0), prims.stopGradient(x), prims.max(x, y));
    const power = prims.exp(where(same, 0, sub(where(same, 0, fewer), where(same, 0, more))));
    return where(same, limit, add(where(same, 0, more), prims.log1p(power)));
  },
  'f32',
);
// a number below (above) all i32 never is the greater (lesser) one, so the least (greatest) i32 stands for it
/** The greater of two; NaN where either is. */
export const maximum = binary('maximum', prims.max, 'bool', (value) => Math.max(value, -(2 ** 31)));
/** The lesser of two; NaN where either is. */
export const minimum = binary('minimum', prims.min, 'bool', (value) => Math.min(value, 2 ** 31 - 1));

/** `x`, raised to `low` where it is below and lowered to `high` where it is above; one of them may be missing. */
export const clip = checked(
  'clip',
  [arg.operand('x'), arg.nullable(arg.operand('low')), arg.nullable(arg.operand('high'))],
  (x: Operand, low?: Operand, high?: Operand): Tensor => {
    if (low === undefined && high === undefined)
      throw new TypeError(
        'clip: neither low nor high is given: clip(x, low), clip(x, null, high) or clip(x, low, high)',
      );
    const raised = low === undefined ? x : maximum(x, low);
    return high === undefined ? asTensor(raised) : minimum(raised, high);
  },
);

/** Exact also where whole numbers meet a number that is none, or that i32 does not hold. */
const comparison = (op: string, f: Primitive2) =>
  checked(op, two, (x: Operand, y: Operand): Tensor => {
    const [a, b] = comparands(op, [x, y]);
    return f(a, b);
  });
export const equal = comparison('equal', prims.eq);
export const less = comparison('less', prims.lt);
export const greater = comparison('greater', (x, y) => prims.lt(y, x));
export const lessEqual = comparison('lessEqual', (x, y) => prims.max(prims.lt(x, y), prims.eq(x, y)));
export const greaterEqual = comparison('greaterEqual', (x, y) => prims.max(prims.lt(y, x), prims.eq(x, y)));
export const notEqual = comparison('notEqual', (x, y) => logicalNot(prims.eq(x, y)));

const bools = (op: string, f: Primitive2) =>
  checked(op, two, (x: Operand, y: Operand): Tensor => {
    const [a, b] = operands(op, [asTensor(x, 'bool'), asTensor(y, 'bool')]);
    return f(a, b);
  });
export const logicalAnd = bools('logicalAnd', prims.min);
export const logicalOr = bools('logicalOr', prims.max);
export const logicalXor = bools('logicalXor', (x, y) => logicalNot(prims.eq(x, y)));
export const logicalNot = checked('logicalNot', [arg.operand('x')], (x: Operand): Tensor => {
  const t = asTensor(x, 'bool');
  return prims.eq(t, prims.full(t.shape, 0, 'bool'));
});

export const isnan = checked('isnan', [arg.operand('x')], (x: Operand): Tensor => notEqual(x, x));
export const isinf = checked('isinf', [arg.tensor('x')], (x: Operand): Tensor => equal(abs(x), Infinity));
export const isfinite = checked(
  'isfinite',
  [arg.tensor('x')],
  (x: Operand): Tensor => less(abs(x), Infinity),
);

export interface Closeness {
  /** How far numbers may be apart, relative to `y`: 10⁻⁵. */
  readonly rtol?: number;
  /** How far they may be apart besides: 10⁻⁸. */
  readonly atol?: number;
  /** Whether NaN is close to NaN: false. */
  readonly equalNan?: boolean;
}

const tolerance = (name: string) => arg.optional(arg.within(name, 0));

/** Whether |x − y| ≤ atol + rtol |y|, element by element; infinities are close to themselves alone. */
export const isclose = checked(
  'isclose',
  [
    ...two,
    arg.optional(
      arg.options<Closeness>({
        rtol: tolerance,
        atol: tolerance,
        equalNan: (name) => arg.optional(arg.boolean(name)),
      }),
    ),
  ],
  (x: Operand, y: Operand, options: Closeness = {}): Tensor => {
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
    const types = operands('isclose', [x, y]);
    // whole numbers are compared in f64, which has them all
    const [a, b] = types.map((t) => prims.cast(t, isFloat(t.dtype) ? t.dtype : 'f64'));
    const near = lessEqual(abs(sub(a, b)), add(mul(abs(b), rtol), atol));
    const close = logicalOr(equal(a, b), logicalAnd(near, isfinite(b)));
    return equalNan ? logicalOr(close, logicalAnd(isnan(a), isnan(b))) : close;
  },
);

/** `yes` where `condition` holds, `no` elsewhere; all three broadcast. */
export const where = checked(
  'where',
  [arg.operand('condition'), arg.operand('yes'), arg.operand('no')],
  (condition: Operand, yes: Operand, no: Operand): Tensor => {
    const mask = asTensor(condition, 'bool');
    const [a, b] = alternatives('where', [yes, no]);
    const shape = broadcastShapes('where', mask.shape, a.shape);
    return prims.select(spread(mask, shape), spread(a, shape), spread(b, shape));
  },
);

/**
 * `x` with elements of `dtype`. Floats of a tensor become integers by truncation, the nearest there is where they are
 * beyond the dtype, and 0 for NaN; whole numbers beyond it wrap around. A bare number beyond it is a RangeError. Numbers
 * become bf16 and f16 by rounding to the nearest, and anything becomes bool by ≠ 0.
 */
export const astype = checked(
  'astype',
  [arg.operand('x'), arg.dtype()],
  (x: Operand, dtype: DType): Tensor => asTensor(x, dtype),
);

/** `x`, through which no derivative flows. */
export const stopGradient = checked(
  'stopGradient',
  [arg.tensor('x')],
  (x: Tensor): Tensor => prims.stopGradient(x),
);
