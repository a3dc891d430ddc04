// How far from the truth a graph's results may be. Each primitive is computed in f64, beside a bound on the
// error of any engine that computes it in the graph's own precision, in whatever order it adds up: errors of
// the inputs as they pass through (their first order and, where it matters, the rest), plus those of rounding.
import { type AnyApply, bind, type Graph, interpret, prims } from '../../src/graph/index.ts';
import { type DType, isFloat, sizeOf, type Tensor } from '../../src/tensor/index.ts';
import { type Grid, mapGrid, toGrid, toTensor } from './grids.ts';

/** A value in f64 (or exact, for i32 and bool), and how far an engine's may be from it, element by element. */
export interface Bounded {
  readonly value: Tensor;
  /** f64; ∞ where nothing is known, such as past a comparison that rounding may turn. */
  readonly error: Tensor;
}

/** Half the distance from 1 to the next float. */
const unit: { readonly [K in DType]?: number } = {
  bf16: 2 ** -8,
  f16: 2 ** -11,
  f32: 2 ** -24,
  f64: 2 ** -53,
};
/** How exact functions such as exp are taken to be, in roundings. */
const libm = 8;
/** Below this there is no relative precision, and above its inverse an engine may overflow. */
const tiny: { readonly [K in DType]?: number } = { bf16: 1e-37, f16: 2 ** -14, f32: 1e-37, f64: 1e-300 };

const wide = (dtype: DType): DType => (isFloat(dtype) ? 'f64' : dtype);
const grid = (x: Tensor, data: readonly number[]): Grid => ({ dtype: 'f64', shape: x.shape, data });

/** `f` of each element and of what stands at its place in the others. */
function each(f: (...x: number[]) => number, first: Tensor, ...rest: Tensor[]): Tensor {
  const all = [first, ...rest].map((x) => x.data);
  return toTensor(
    grid(
      first,
      Array.from(first.data, (_, i) => f(...all.map((data) => data[i]))),
    ),
  );
}

const constant = (like: Tensor, value: number): Tensor =>
  toTensor(mapGrid(grid(like, toGrid(like).data), () => value));
const floats = (x: Tensor): Tensor => each((v) => v, x);
const magnitude = ({ value, error }: Bounded): Tensor => each((v, e) => Math.abs(v) + e, value, error);
const certain = (x: Bounded): boolean => x.error.data.every((e) => e === 0);
const { abs, exp, floor, max, min, sqrt, trunc } = Math;

const elementwise = new Set(['neg', 'abs', 'add', 'sub', 'mul', 'div', 'mod', 'pow', 'max', 'min']);

/** What a function of floats adds to the error: |f(x ± e) − f(x)| at most, before rounding. */
const through: Partial<Record<AnyApply['op'], (x: number, e: number, y: number) => number>> = {
  neg: (_, e) => e,
  abs: (_, e) => e,
  sin: (_, e) => min(e, 2),
  cos: (_, e) => min(e, 2),
  tanh: (_, e) => min(e, 2),
  erf: (_, e) => min((2 / sqrt(Math.PI)) * e, 2),
  erfc: (_, e) => min((2 / sqrt(Math.PI)) * e, 2),
  exp: (_, e, y) => y * (exp(e) - 1),
  expm1: (_, e, y) => (y + 1) * (exp(e) - 1),
  log: (x, e) => (x > e ? e / (x - e) : Infinity),
  log1p: (x, e) => (x + 1 > e ? e / (x + 1 - e) : Infinity),
  sqrt: (x, e) => sqrt(x + e) - sqrt(max(0, x - e)),
  floor: (x, e) => max(floor(x + e) - floor(x), floor(x) - floor(x - e)),
};

/** What rounding adds, in units of it, to a result `y`. */
const rounding: Partial<Record<AnyApply['op'], (y: number) => number>> = {
  sin: () => libm,
  cos: () => libm,
  log: (y) => libm * max(1, abs(y)),
  floor: () => 0,
  neg: () => 0,
  abs: () => 0,
};

/** The error of a float result `y` of `node`, before what overflow and underflow do. */
function floatError(node: AnyApply, inputs: readonly Bounded[], y: Tensor): Tensor {
  const [a, b] = inputs;
  const u = unit[node.dtype] ?? 0;
  const errors = inputs.map(({ error }) => error);
  /** For sums of `n` terms: their errors, and roundings of partial sums, none above the sum of magnitudes. */
  const summed = (n: number, total: (x: Tensor) => Tensor): Tensor =>
    each((e, m) => e + 1.01 * n * u * m, total(a.error), total(magnitude(a)));
  switch (node.op) {
    case 'add':
    case 'sub':
      return each((x, ex, ey) => ex + ey + u * (abs(x) + ex + ey), y, ...errors);
    case 'mul':
      return each(
        (x, v, ex, w, ey) => {
          const e = abs(v) * ey + abs(w) * ex + ex * ey;
          return e + u * (abs(x) + e);
        },
        y,
        a.value,
        a.error,
        b.value,
        b.error,
      );
    case 'div':
      return each(
        (x, ex, w, ey) => {
          if (abs(w) <= ey) return Infinity;
          const e = (ex + abs(x) * ey) / (abs(w) - ey);
          return e + libm * u * (abs(x) + e);
        },
        y,
        a.error,
        b.value,
        b.error,
      );
    case 'max':
    case 'min':
      return each(max, a.error, b.error);
    case 'select':
      return each(
        (c, uncertain, v, ev, w, ew) => (uncertain ? abs(v - w) + max(ev, ew) : c ? ev : ew),
        floats(a.value),
        a.error,
        b.value,
        b.error,
        inputs[2].value,
        inputs[2].error,
      );
    case 'cast':
      return each((v, e) => e + u * (abs(v) + e), y, a.error);
    case 'full':
      return each((v) => u * abs(v), y);
    case 'iota':
    case 'randomBits':
      return constant(y, 0);
    case 'sum':
      return summed(a.value.size / max(1, y.size), (x) => prims.sum(x, node.params.axes));
    case 'reduceMax':
      return each((e) => max(0, e), prims.reduceMax(a.error, node.params.axes));
    case 'cumSum':
      return summed(a.value.shape[node.params.axis], (x) => prims.cumSum(x, node.params.axis));
    case 'reshape':
    case 'transpose':
    case 'broadcast':
    case 'slice':
    case 'pad':
    case 'flip':
    case 'concat':
    case 'stopGradient':
      return bind<typeof node.op>(node.op, node.params, ...errors);
    case 'gather':
      return certain(b) ? prims.gather(a.error, b.value, node.params) : constant(y, Infinity);
    case 'scatterAdd':
      if (!certain(b)) return constant(y, Infinity);
      return summed(b.value.size, (x) => prims.scatterAdd(x, b.value, node.params));
    case 'dot':
    case 'conv': {
      const product = (x: Tensor, z: Tensor): Tensor => bind<typeof node.op>(node.op, node.params, x, z);
      const { rhs, out } = node.params;
      const n = sizeOf([...rhs].flatMap((letter, i) => (out.includes(letter) ? [] : b.value.shape[i])));
      const [m, k] = [magnitude(a), magnitude(b)];
      return each(
        (p, q, r) => p + q + 1.01 * (n + 1) * u * r,
        product(m, b.error),
        product(a.error, k),
        product(m, k),
      );
    }
    default: {
      const pass = through[node.op];
      if (!pass) return constant(y, Infinity);
      const steps = rounding[node.op] ?? ((value: number) => libm * abs(value));
      return each(
        (x, e, value) => {
          const passed = e === 0 ? 0 : pass(x, e, value);
          return passed + u * (steps(value) + libm * passed);
        },
        a.value,
        a.error,
        y,
      );
    }
  }
}

/** The error of an i32 or bool result: 0, or ∞ where rounding of what it was computed from may change it. */
function wholeError(node: AnyApply, inputs: readonly Bounded[], y: Tensor): Tensor {
  const [a, b] = inputs;
  const unknown = (uncertain: boolean): number => (uncertain ? Infinity : 0);
  if (inputs.every(certain)) return constant(y, 0);
  switch (node.op) {
    case 'eq':
    case 'lt':
      return each(
        (v, ev, w, ew) => unknown(ev + ew > 0 && !(abs(v - w) > ev + ew)),
        floats(a.value),
        a.error,
        b.value,
        b.error,
      );
    case 'cast':
      return each(
        (v, e) => unknown(e > 0 && (node.dtype === 'bool' ? abs(v) <= e : trunc(v - e) !== trunc(v + e))),
        floats(a.value),
        a.error,
      );
    case 'select':
      return each(
        (c, uncertain, v, ev, w, ew) => (uncertain ? unknown(v !== w || ev + ew > 0) : c ? ev : ew),
        floats(a.value),
        a.error,
        b.value,
        b.error,
        inputs[2].value,
        inputs[2].error,
      );
    case 'reshape':
    case 'transpose':
    case 'broadcast':
    case 'slice':
    case 'pad':
    case 'flip':
    case 'concat':
      return bind<typeof node.op>(node.op, node.params, ...inputs.map(({ error }) => error));
    case 'sum':
    case 'reduceMax':
      return prims.sum(a.error, node.params.axes);
    case 'argMax': {
      // some other element may be as great as the greatest
      const { axis } = node.params;
      const lines = axis === a.value.ndim - 1 ? a : undefined;
      if (!lines) return constant(y, Infinity);
      const n = a.value.shape[axis];
      const [v, e] = [a.value.data, a.error.data];
      return toTensor(
        grid(
          y,
          Array.from(y.data, (best, line) => {
            const at = line * n;
            for (let i = 0; i < n; i++) {
              const reach = e[at + i] + e[at + best];
              if (i !== best && reach > 0 && !(v[at + best] - v[at + i] > reach)) return Infinity;
            }
            return 0;
          }),
        ),
      );
    }
    default: {
      if (inputs.length > 2 || !elementwise.has(node.op)) return constant(y, Infinity);
      return each(
        (...e) => unknown(e.some((one) => one > 0)),
        a.error,
        ...inputs.slice(1).map(({ error }) => error),
      );
    }
  }
}

/** `node` in f64 on the true values of its inputs. */
function truth(node: AnyApply, inputs: readonly Bounded[]): Tensor {
  const values = inputs.map(({ value }) => value);
  if (node.op === 'cast') return prims.cast(values[0], wide(node.dtype));
  if (node.op === 'full') return prims.full(node.shape, node.params.value, wide(node.dtype));
  if (node.op === 'iota') return prims.iota(node.shape, node.params.axis, wide(node.dtype));
  return bind<typeof node.op>(node.op, node.params, ...values);
}

/** What `graph` gives on `inputs`, and how far from it an engine's results may be. Runs on the chosen engine. */
export function bounded(graph: Graph, inputs: readonly Grid[]): Bounded[] {
  const start = inputs.map((input): Bounded => {
    const value = toTensor({ ...input, dtype: wide(input.dtype) });
    return { value, error: constant(value, 0) };
  });
  return interpret<Bounded>(graph, start, (node, values) => {
    const value = truth(node, values);
    if (!isFloat(node.dtype)) return [{ value, error: wholeError(node, values, value) }];
    const least = tiny[node.dtype] ?? 0;
    const limit = 1e-3 / least;
    const error = each(
      (e, v) => {
        if (e === 0 && (v === 0 || !(abs(v) < least))) return 0; // nothing is lost, not even below `tiny`
        return Number.isNaN(e) || !(abs(v) + e < limit) ? Infinity : e + least;
      },
      floatError(node, values, value),
      value,
    );
    return [{ value, error }];
  }).outputs;
}

export interface Verdict {
  /** The first element that is out of its bound, in words. */
  readonly wrong?: string;
  /** Elements that there was a bound for, and all. */
  readonly checked: number;
  readonly all: number;
}

/** Holds `actual` against its bound. */
export function compare(actual: Tensor, { value, error }: Bounded): Verdict {
  const slack = actual.dtype === 'f64' ? 2 : 1.001; // the truth has errors of its own
  let [checked, wrong] = [0, undefined as string | undefined];
  toGrid(actual).data.forEach((x, i) => {
    const [v, e] = [value.data[i], error.data[i]];
    if (e === Infinity) return;
    checked++;
    if (!Object.is(x, v) && x !== v && !(abs(x - v) <= slack * e))
      wrong ??= `${x} where ${v} is right within ${e}, at ${i} of ${actual.dtype}[${actual.shape}]`;
  });
  return { wrong, checked, all: actual.size };
}
