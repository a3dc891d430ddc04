// What a graph is made of: the primitives by their parameters, their applications, and the values between.
import type { Aval, DType, Shape, Tensor } from '../tensor/index.ts';

type None = Record<never, never>;

/** The parameters of the primitives that give each element from those at the same place in inputs of one shape. */
interface Elementwise {
  // one input
  neg: None;
  abs: None;
  floor: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sqrt: None;
  sin: None;
  cos: None;
  tanh: None;
  erf: None;
  /** 1 − erf x, exact also where that is nearly 0. */
  erfc: None;
  /**
   * float → integer truncates and saturates, NaN → 0; integer → narrower integer wraps around; number → bf16, f16
   * rounds once, to the nearest even; anything → bool is ≠ 0.
   */
  cast: { dtype: DType };
  /** The identity, with derivative zero. */
  stopGradient: None;
  // two inputs of one dtype; i32 wraps around
  add: None;
  sub: None;
  mul: None;
  /** On i32: rounded towards −∞, and 0 where the divisor is 0. */
  div: None;
  /** The remainder with the divisor's sign; on i32 it is 0 where the divisor is 0. */
  mod: None;
  pow: None;
  /** NaN where either is NaN. On bool: or. */
  max: None;
  /** NaN where either is NaN. On bool: and. */
  min: None;
  eq: None;
  lt: None;
  /** (bool condition, where true, where false) */
  select: None;
}

/** The parameters of every primitive. Its keys are the primitives. */
export interface Params extends Elementwise {
  // creation
  /** `value` is an element of the dtype: 0 or 1 for bool, a whole number for an integer; a float's is rounded. */
  full: { value: number; shape: Shape; dtype: DType };
  /** 0, 1, 2, … along `axis`. */
  iota: { shape: Shape; axis: number; dtype: DType };
  /**
   * Threefry-2x32: from keys i32 [...batch, 2] to i32 [...batch, ...shape], each the top `width` bits
   * (1 to 32) of word i & 1 of block i >> 1, where i is the element's row-major position in `shape`.
   */
  randomBits: { shape: Shape; width: number };
  // reduction; the axes go
  sum: { axes: readonly number[] };
  /** NaN where any is NaN; −∞, the least i32 or false over nothing. */
  reduceMax: { axes: readonly number[] };
  /** i32 position of the first greatest (or first NaN) along `axis`. */
  argMax: { axis: number };
  // along one axis
  cumSum: { axis: number };
  /** i32 positions that sort `axis` upwards, stable, NaN last. */
  argSort: { axis: number };
  // movement
  reshape: { shape: Shape };
  /** Output axis i is input axis perm[i]. */
  transpose: { perm: readonly number[] };
  /** Input axis i becomes output axis axes[i] (ascending, equal sizes); the others repeat. */
  broadcast: { shape: Shape; axes: readonly number[] };
  slice: { start: readonly number[]; stop: readonly number[]; step: readonly number[] };
  /** Zeros (false) before, after, and `interior` of them between neighbours. */
  pad: { low: readonly number[]; high: readonly number[]; interior: readonly number[] };
  flip: { axes: readonly number[] };
  concat: { axis: number };
  // indexing: i32 indices; outside [0, n) reads zero and writes nothing
  /**
   * (x [...batch, ...pre, n, ...post], indices [...batch, ...k]) → [...batch, ...pre, ...k, ...post],
   * where n is at `axis` and the first `batch` axes are shared.
   */
  gather: { axis: number; batch: number };
  /** The transpose of gather: (updates, indices) → sums at the indices, with size n at `axis`. */
  scatterAdd: { axis: number; batch: number; size: number };
  /**
   * (x [...batch, ...pre, n, ...post], indices [...batch, ...k], updates [...batch, ...pre, ...k, ...post]) → x with the
   * updates put, added, … at the indices, in their order; n is at `axis`, and the first `batch` axes are shared.
   */
  scatter: { by: ScatterBy; axis: number; batch: number };
  /**
   * (x [...batch, ...n], starts [...batch, rank of n]) → [...batch, ...sizes]: as many entries from the starts on, which
   * are moved so that all of them lie inside.
   */
  dynamicSlice: { sizes: Shape };
  /** (x [...batch, ...n], update [...batch, ...sizes], starts [...batch, rank of n]) → x with the update there. */
  dynamicUpdate: None;
  // contraction
  /**
   * A sum of products written as in einsum, one letter an axis: letters of `lhs` and `rhs` that `out`
   * lacks are summed over and stand in both. No letter twice in one operand.
   */
  dot: { lhs: string; rhs: string; out: string };
  /** A dot along windows of `lhs`. */
  conv: { lhs: string; rhs: string; out: string; windows: readonly Window[] };
  // regions: parameters hold graphs, which close over nothing
  /** The outputs of `graph` on the inputs. */
  call: { graph: Graph; derivative?: Derivative };
  /**
   * `length` rounds of `body`, from the last entry of what is stacked to the first where `reverse`. The inputs are
   * `consts` that each round reads, `carry` initial values, then stacks [length, …] of which each round reads its entry;
   * `body` takes one of each and gives the next carry, then entries of stacks. The results are the last carry and those.
   */
  scan: { body: Graph; consts: number; carry: number; length: number; reverse: boolean };
  /** (bool [], …operands) → the outputs of one of two graphs on the operands. */
  cond: { whenTrue: Graph; whenFalse: Graph };
  /** `body` on a carry as long as `test`, a bool [], holds of it. Both take the first `consts` inputs, then the carry. */
  whileLoop: { test: Graph; body: Graph; consts: number };
}

/**
 * Where the derivative of a call comes from, if not from the derivatives of what it applies. A rule knows nothing of the
 * first `captured` inputs, in which there is no derivative.
 */
export type Derivative =
  /** From those, but what they need of the forward pass is computed again. */
  | { readonly by: 'recomputing' }
  /** From a graph of the inputs, then tangents of those that are floats, to the outputs, then tangents of the floats. */
  | { readonly by: 'jvp'; readonly captured: number; readonly rule: Rule<Traceable> }
  /**
   * From `forward`, the inputs to the outputs, then residuals; and from `backward`, the residuals, then cotangents of the
   * outputs that are floats, to cotangents of the inputs that are floats.
   */
  | {
      readonly by: 'vjp';
      readonly captured: number;
      readonly rule: Rule<{ readonly forward: Traceable; readonly backward: Traceable }>;
    }
  /** The call is linear in its inputs after the first `known`, and this is its transpose: those, then cotangents. */
  | { readonly by: 'transpose'; readonly graph: Graph; readonly known: number };

/** What becomes of an element and an update of it. */
export type ScatterBy = 'set' | 'add' | 'max' | 'min';

/**
 * Three letters, of an axis of each operand that the others lack: entry o of the axis of `out` sums over entries
 * o · stride + k · dilation of that of `lhs` times k of that of `rhs`; there are as many o as fit.
 */
export interface Window {
  readonly lhs: string;
  readonly rhs: string;
  readonly out: string;
  readonly stride: number;
  readonly dilation: number;
}

/** Entries of the axis of `lhs` that `n` of the axis of `out` and `k` of that of `rhs` reach over. */
export const reachOf = ({ stride, dilation }: Window, n: number, k: number): number =>
  (n - 1) * stride + (k - 1) * dilation + 1;

/** A graph whose first inputs are the outside values that its function closed over. */
export interface Traceable {
  readonly graph: Graph;
  readonly captures: readonly Tensor[];
}

/** What is made when it is first asked for; in keys, each is one of its own. */
export interface Rule<T> {
  readonly get: () => T;
  readonly toJSON: () => number;
}

export type Op = keyof Params;
export type ElementwiseOp = keyof Elementwise;
/** The primitives whose parameters hold graphs. */
export type RegionOp = 'call' | 'scan' | 'cond' | 'whileLoop';
/** The others. */
export type PlainOp = Exclude<Op, RegionOp>;

/** An argument of a graph. */
export interface Input extends Aval {
  readonly from?: undefined;
}

/** A result of an application. */
export interface Result extends Aval {
  readonly from: AnyApply;
  /** Its place among the results. */
  readonly index: number;
}

export type Value = Input | Result;

/** One primitive applied to earlier values; its own dtype and shape are those of its first result, if it has one. */
export interface Apply<K extends Op = Op> extends Aval {
  readonly op: K;
  readonly params: Params[K];
  readonly inputs: readonly Value[];
  readonly results: readonly Result[];
}

export type AnyApply = { [K in Op]: Apply<K> }[Op];
export type AnyRegion = { [K in RegionOp]: Apply<K> }[RegionOp];
export type AnyPlain = { [K in PlainOp]: Apply<K> }[PlainOp];

export interface Graph {
  readonly inputs: readonly Input[];
  /** Every application that an output needs, each after what it reads. */
  readonly nodes: readonly AnyApply[];
  readonly outputs: readonly Value[];
  /** Positions of inputs that the caller gives up, so that outputs may be written over them. */
  readonly donated?: readonly number[];
}
