// Forward-mode differentiation: the derivative of each primitive but those that hold graphs.
import { type Params, type PlainOp, prims } from '../graph/index.ts';
import { type Aval, range, type Tensor, tangentDType, without } from '../tensor/index.ts';

const {
  abs,
  add,
  broadcast,
  cast,
  conv,
  cos,
  div,
  dot,
  eq,
  exp,
  floor,
  full,
  gather,
  log,
  lt,
  min,
  mul,
  neg,
} = prims;
const { concat, cumSum, flip, pad, pow, reshape, scatterAdd, select, sin, slice, sub, sum, transpose } =
  prims;

/** A tangent; `null` is one known to be zero. */
export type Tangent = Tensor | null;

/** What the tangent of a value of `aval` is. */
export const tangentAval = ({ dtype, shape }: Aval): Aval => ({ dtype: tangentDType(dtype), shape });

/** The tangent of a value that does not move: zeros, of dtype f32 for integers and booleans. */
export const zeroTangent = ({ dtype, shape }: Aval): Tensor => full(shape, 0, tangentDType(dtype));

interface Point<K extends PlainOp> {
  readonly params: Params[K];
  readonly x: readonly Tensor[];
  readonly dx: readonly Tangent[];
  readonly y: Tensor;
}

/** dy from dx; called only where some dx is not null and y is a float. */
type JvpRule<K extends PlainOp> = (at: Point<K>) => Tangent;

const like = (x: Tensor, value: number): Tensor => full(x.shape, value, x.dtype);
const isBelow = (x: Tensor, y: Tensor): Tensor => cast(lt(x, y), x.dtype);
const plus = (a: Tangent, b: Tangent): Tangent => (a && b ? add(a, b) : (a ?? b));

/** y = f(x) with dy = slope · dx */
const scaled =
  <K extends PlainOp>(slope: (x: Tensor, y: Tensor) => Tensor): JvpRule<K> =>
  ({ x: [x], dx: [dx], y }) =>
    dx && mul(dx, slope(x, y));

/** dy = a · dx₀ + b · dx₁ */
const scaled2 =
  <K extends PlainOp>(
    a: (x0: Tensor, x1: Tensor, y: Tensor) => Tensor,
    b: (x0: Tensor, x1: Tensor, y: Tensor) => Tensor,
  ): JvpRule<K> =>
  ({ x: [x0, x1], dx: [dx0, dx1], y }) =>
    plus(dx0 && mul(dx0, a(x0, x1, y)), dx1 && mul(dx1, b(x0, x1, y)));

/** A linear function of its first input is its own derivative. */
const linear =
  <K extends PlainOp>(f: (dx: Tensor, params: Params[K], x: readonly Tensor[]) => Tensor): JvpRule<K> =>
  ({ params, x, dx: [dx] }) =>
    dx && f(dx, params, x);

/** Linear in either factor: f(da, b) + f(a, db). */
const bilinear =
  <K extends 'dot' | 'conv'>(f: (a: Tensor, b: Tensor, params: Params[K]) => Tensor): JvpRule<K> =>
  ({ params, x: [a, b], dx: [da, db] }) =>
    plus(da && f(da, b, params), db && f(a, db, params));

/** Piecewise constant. */
const flat = (): Tangent => null;

/** e^(−x²) as e^(−h²) e^(−(x−h)(x+h)), h² exact: rounded, x² would cost as many units in the last place. */
function bell(given: Tensor): Tensor {
  const x = select(lt(like(given, 32), abs(given)), like(given, 32), given); // 0 beyond
  // to the nearest, so that it is 0 beside an x that is nearly 0
  const h = div(floor(add(mul(x, like(x, 128)), like(x, 0.5))), like(x, 128));
  return mul(exp(neg(mul(h, h))), exp(mul(sub(h, x), add(h, x))));
}

/** 1 − tanh² x = 4z / (1 + z)² with z = e^(−2|x|), which does not cancel. Smooth at 0, unlike |x|. */
function sech2(x: Tensor): Tensor {
  const below = select(lt(like(x, 0), x), neg(x), x);
  const z = exp(add(below, below));
  const root = add(z, like(x, 1));
  return div(mul(z, like(x, 4)), mul(root, root));
}

const isZero = (x: Tensor): Tensor => eq(x, like(x, 0));

/** `x`, with 1 where `singular` holds, so that no infinity enters a product with 0. */
const or1 = (singular: Tensor, x: Tensor): Tensor => select(singular, like(x, 1), x);

/** 1 where the first operand is chosen, ½ on a tie. */
const chosen = (above: Tensor, below: Tensor): Tensor =>
  add(isBelow(below, above), mul(cast(eq(above, below), above.dtype), like(above, 0.5)));

// biome-ignore format: a formula beside each rule
export const jvpRules: { readonly [K in PlainOp]: JvpRule<K> } = {
  neg: linear((dx) => neg(dx)), //                                             −dx
  abs: scaled((x) => sub(isBelow(like(x, 0), x), isBelow(x, like(x, 0)))), //  sign(x) dx
  floor: flat,
  exp: scaled((_, y) => y), //                                                 eˣ dx
  expm1: scaled((x) => exp(x)), //                                             eˣ dx
  log: ({ x: [x], dx: [dx] }) => dx && div(dx, x), //                          dx / x
  log1p: ({ x: [x], dx: [dx] }) => dx && div(dx, add(x, like(x, 1))), //       dx / (1 + x)
  sqrt: ({ dx: [dx], y }) => dx && div(dx, mul(y, like(y, 2))), //             dx / 2√x
  sin: scaled((x) => cos(x)), //                                               cos x dx
  cos: scaled((x) => neg(sin(x))), //                                          −sin x dx
  tanh: scaled((x) => sech2(x)), //                                            (1 − tanh² x) dx
  erf: scaled((x) => mul(like(x, 2 / Math.sqrt(Math.PI)), bell(x))), //        2/√π e^(−x²) dx
  erfc: scaled((x) => mul(like(x, -2 / Math.sqrt(Math.PI)), bell(x))), //      −2/√π e^(−x²) dx
  cast: linear((dx, { dtype }) => cast(dx, tangentDType(dtype))),
  stopGradient: flat,
  add: ({ dx: [a, b] }) => plus(a, b), //                                      da + db
  sub: ({ dx: [a, b] }) => (a && b ? sub(a, b) : (a ?? (b && neg(b)))), //     da − db
  mul: scaled2(
    (_, b) => b, //                                                            b da
    (a) => a, //                                                             + a db
  ),
  div: ({ x: [, b], dx: [da, db], y }) => {
    const first = da && div(da, b); //                                         da / b
    const second = db && neg(div(mul(db, y), b)); //                         − (a / b) db / b
    return plus(first, second);
  },
  mod: scaled2(
    (a) => like(a, 1), //                                                      da
    // − ⌊a / b⌋ db, of the quotient that y is what is left of: a / b may be rounded up to the next
    (a, b, y) => neg(floor(add(div(sub(a, y), b), like(a, 0.5)))),
  ),
  pow: scaled2(
    // b a^(b−1) da, which is 0 for b = 0 also where a = 0
    (a, b) => mul(b, pow(or1(min(isZero(a), isZero(b)), a), sub(b, like(b, 1)))),
    // + a^b log a db, which tends to 0 with a
    (a, _, y) => mul(y, log(or1(isZero(a), a))),
  ),
  max: scaled2(
    (a, b) => chosen(a, b), //                                                 [a > b] da
    (a, b) => chosen(b, a), //                                               + [b > a] db
  ),
  min: scaled2(
    (a, b) => chosen(b, a), //                                                 [a < b] da
    (a, b) => chosen(a, b), //                                               + [b < a] db
  ),
  eq: flat,
  lt: flat,
  select: ({ x: [condition], dx: [, a, b], y }) =>
    a || b ? select(condition, a ?? zeroTangent(y), b ?? zeroTangent(y)) : null,
  full: flat,
  iota: flat,
  randomBits: flat,
  sum: linear((dx, { axes }) => sum(dx, axes)),
  reduceMax: ({ params: { axes }, x: [x], dx: [dx], y }) => {
    if (!dx || axes.some((axis) => x.shape[axis] === 0)) return null; // over nothing it is −∞ for good
    const kept = without(range(x.ndim), axes);
    const spread = (t: Tensor): Tensor => broadcast(t, x.shape, kept);
    const hit = cast(eq(x, spread(y)), x.dtype); // the greatest; several share the derivative
    return div(sum(mul(dx, hit), axes), sum(hit, axes));
  },
  argMax: flat,
  cumSum: linear((dx, { axis }) => cumSum(dx, axis)),
  argSort: flat,
  reshape: linear((dx, { shape }) => reshape(dx, shape)),
  transpose: linear((dx, { perm }) => transpose(dx, perm)),
  broadcast: linear((dx, { shape, axes }) => broadcast(dx, shape, axes)),
  slice: linear((dx, params) => slice(dx, params)),
  pad: linear((dx, params) => pad(dx, params)),
  flip: linear((dx, { axes }) => flip(dx, axes)),
  concat: ({ params: { axis }, x, dx }) =>
    concat(
      x.map((part, i) => dx[i] ?? zeroTangent(part)),
      axis,
    ),
  gather: linear((dx, params, [, indices]) => gather(dx, indices, params)),
  scatterAdd: linear((dx, params, [, indices]) => scatterAdd(dx, indices, params)),
  scatter: ({ params, x: [x, indices, updates], dx: [dx, , du], y }) => {
    if (params.by === 'set' || params.by === 'add')
      return prims.scatter(dx ?? zeroTangent(x), indices, du ?? zeroTangent(updates), params);
    // the greatest or least: those that are share the derivative
    const { axis, batch } = params;
    const sums = (at: Tensor, t: Tensor): Tensor => prims.scatter(at, indices, t, { by: 'add', axis, batch });
    const hit = cast(eq(x, y), x.dtype);
    const hits = cast(eq(updates, gather(y, indices, { axis, batch })), x.dtype);
    const moved = sums(mul(dx ?? zeroTangent(x), hit), mul(du ?? zeroTangent(updates), hits));
    return div(moved, sums(hit, hits));
  },
  dynamicSlice: linear((dx, params, [, starts]) => prims.dynamicSlice(dx, starts, params)),
  dynamicUpdate: ({ x: [x, update, starts], dx: [dx, du] }) =>
    prims.dynamicUpdate(dx ?? zeroTangent(x), du ?? zeroTangent(update), starts),
  dot: bilinear((a, b, params) => dot(a, b, params)), //                       da · b + a · db
  conv: bilinear((a, b, params) => conv(a, b, params)), //                     da ∗ b + a ∗ db
};

/** The tangent of `op`'s result, which is a float; some of its inputs have one. */
export function tangentOf<K extends PlainOp>(op: K, at: Point<K>): Tangent {
  const rule: JvpRule<K> = jvpRules[op];
  return rule(at);
}
