// The one helper that tests a primitive: value against an oracle, derivatives against finite differences,
// vmap against a loop. A primitive is described by a Suite; every engine runs every suite.
import { expect } from 'vitest';
import { bind, type Params, type PlainOp } from '../../src/graph/index.ts';
import { sum } from '../../src/ops/index.ts';
import { type DType, isFloat, range, type Shape, showShape, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit, jvp, type TreeFunction, vjp, vmap } from '../../src/transforms/index.ts';
import { type Draw, draw } from './draws.ts';
import {
  expectGrid,
  expectNumbers,
  expectSame,
  type Grid,
  makeGrid,
  mapGrid,
  stackGrids,
  toGrid,
  toTensor,
  type Ulps,
} from './grids.ts';
import { roundedTo } from './halves.ts';
import { directional, gradientOf, inner } from './numeric.ts';

/** One input of a case. Without `values` it is drawn; without `dtype` it takes each of the suite's. */
export interface Given {
  readonly shape: Shape;
  readonly dtype?: DType;
  readonly values?: readonly number[];
  readonly draw?: Draw;
}

export interface Case<P> {
  readonly inputs: readonly Given[];
  readonly params: P;
  /** Fewer dtypes than the suite's. */
  readonly dtypes?: readonly DType[];
  /** The result written out, instead of the oracle's. */
  readonly expected?: readonly number[];
  /** Whether derivatives exist here; by default where floats are drawn. */
  readonly smooth?: boolean;
  /** Too big for anything but its value. */
  readonly big?: boolean;
  /** What the case is there for. */
  readonly note?: string;
}

export type Oracle<P> = (inputs: readonly Grid[], params: P) => Grid;

export interface Suite<P> {
  /** What inputs without a fixed dtype may be. */
  readonly dtypes: readonly DType[];
  /** The definition, in index loops. */
  readonly oracle: Oracle<P>;
  /** How exact engines are; 'bits' if not given. */
  readonly ulps?: Ulps;
  /** Whether errors are relative to the sum of the magnitudes added up. */
  readonly accumulates?: boolean;
  readonly cases: readonly Case<P>[];
}

export type Suites = { readonly [K in PlainOp]: Suite<Params[K]> };

export function titleOf<P extends object>({ inputs, params, note }: Case<P>): string {
  const shapes = inputs.map(({ shape, dtype = '' }) => dtype + showShape(shape)).join(' and ') || 'nothing';
  const by = Object.keys(params).length ? ` by ${JSON.stringify(params)}` : '';
  return `${shapes}${by}${note ? ` (${note})` : ''}`;
}

export const dtypesOf = <P>(suite: Suite<P>, { dtypes, inputs }: Case<P>): readonly DType[] =>
  dtypes ?? (inputs.length && inputs.every((x) => x.dtype) ? suite.dtypes.slice(0, 1) : suite.dtypes);

/** The case's inputs; other examples have other numbers. */
export const sample = <P>({ inputs }: Case<P>, dtype: DType, example = 0): Grid[] =>
  inputs.map((given, i) => {
    const own = given.dtype ?? dtype;
    const { values, shape } = given;
    if (!values) return draw(own, shape, 1 + i + 100 * example, given.draw);
    const turned = values.map((_, j) => values[(j + example) % values.length]);
    return makeGrid(own, shape, (index) => turned[index.reduce((p, k, axis) => p * shape[axis] + k, 0)]);
  });

const apply =
  <K extends PlainOp>(op: K, params: Params[K]) =>
  (...inputs: Tensor[]): Tensor =>
    bind(op, params, ...inputs);

/** What a case gives for a dtype, compiled, and the inputs that it was given; nothing if that is left out. */
export type Compiled<P> = (
  c: Case<P>,
  dtype: DType,
) => { readonly inputs: readonly Tensor[]; readonly output: Tensor } | undefined;

/** Each case in a graph of its own. */
export const compiledAlone =
  <K extends PlainOp>(op: K): Compiled<Params[K]> =>
  (c, dtype) => {
    const inputs = sample(c, dtype).map(toTensor);
    return { inputs, output: jit(apply(op, c.params))(...inputs) };
  };

/**
 * All cases of `suite` in one graph, each in all of its dtypes or in one of them: a compiler takes a fraction of the time.
 */
export function compiledTogether<K extends PlainOp>(
  op: K,
  suite: Suite<Params[K]>,
  every: boolean,
): Compiled<Params[K]> {
  const all = suite.cases.flatMap((c, i) => {
    const dtypes = dtypesOf(suite, c);
    return (every ? dtypes : [dtypes[i % dtypes.length]]).map((dtype) => ({ c, dtype }));
  });
  const together = jit((inputs: readonly (readonly Tensor[])[]) =>
    all.map(({ c }, i) => bind(op, c.params, ...inputs[i])),
  );
  const run = () => {
    const inputs = all.map(({ c, dtype }) => sample(c, dtype).map(toTensor));
    return together(inputs).map((output, i) => ({ inputs: inputs[i], output }));
  };
  let results: ReturnType<typeof run> | undefined;
  return (c, dtype) => {
    results ??= run();
    return results[all.findIndex((each) => each.c === c && each.dtype === dtype)];
  };
}

/** Value, dtype and shape: of the case, run at once and compiled. */
export function checkValue<K extends PlainOp>(
  op: K,
  suite: Suite<Params[K]>,
  c: Case<Params[K]>,
  compiled: Compiled<Params[K]>,
): void {
  for (const dtype of dtypesOf(suite, c)) {
    const inputs = sample(c, dtype);
    const shapeAndType = suite.oracle(inputs, c.params);
    const { expected: written } = c;
    const expected = written
      ? { ...shapeAndType, data: written.map((value) => roundedTo(shapeAndType.dtype, value)) }
      : shapeAndType;
    const magnitude = suite.accumulates
      ? suite.oracle(
          inputs.map((x) => (isFloat(x.dtype) ? mapGrid(x, Math.abs) : x)),
          c.params,
        )
      : undefined;
    const tensors = inputs.map(toTensor);
    const before = tensors.map((x) => Array.from(x.data));
    const atOnce = { inputs: tensors, output: bind(op, c.params, ...tensors) };
    for (const { inputs: after, output } of [atOnce, compiled(c, dtype) ?? []].flat()) {
      expectGrid(output, expected, suite.ulps, magnitude);
      expect(after.map((x) => Array.from(x.data))).toEqual(before);
    }
  }
}

/** Whether derivative tests apply: f64 is taken, and the inputs that take it are drawn. */
export const isSmooth = <P>(suite: Suite<P>, c: Case<P>): boolean => {
  const open = c.inputs.filter((x) => !x.dtype);
  if (c.big || open.length === 0 || !dtypesOf(suite, c).includes('f64')) return false;
  return c.smooth ?? open.every((x) => !x.values);
};

/** Whether the case gives floats, which have gradients. */
export const givesFloats = <P>(suite: Suite<P>, c: Case<P>): boolean =>
  isFloat(suite.oracle(sample(c, dtypesOf(suite, c)[0]), c.params).dtype);

export interface Differentiable {
  /** The primitive in its float inputs, the others fixed. */
  readonly f: (...x: Tensor[]) => Tensor;
  readonly x: readonly Tensor[];
}

/** The case in f64 as a function of the inputs that it can be differentiated in. */
export function differentiable<K extends PlainOp>(op: K, c: Case<Params[K]>, example = 0): Differentiable {
  const all = sample(c, 'f64', example).map(toTensor);
  const active = range(all.length).filter((i) => !c.inputs[i].dtype);
  const f = (...x: Tensor[]): Tensor =>
    bind(op, c.params, ...all.map((value, i) => (active.includes(i) ? x[active.indexOf(i)] : value)));
  return { f, x: active.map((i) => all[i]) };
}

/** Directions of the shapes of `x`. */
export const directions = (x: readonly Tensor[], seed: number): Tensor[] =>
  x.map(({ shape }, i) => toTensor(draw('f64', shape, seed + i)));

const close = 1e-8;

/** jvp and vjp of `f` at `x` against finite differences, and against each other. All are f64. */
export function expectDerivatives({ f, x }: Differentiable): void {
  const v = directions(x, 40);
  const compiled = jit(f);
  const [y, dy] = jvp<readonly Tensor[], Tensor>(f, x, v);
  expectSame(y, f(...x));
  if (!isFloat(y.dtype)) {
    expectGrid(
      dy,
      makeGrid('f32', y.shape, () => 0),
    );
    return;
  }
  expect(`${dy.dtype}${showShape(dy.shape)}`).toBe(`${y.dtype}${showShape(y.shape)}`);
  expectNumbers(dy.data, directional(compiled, x, v), close);
  const [w] = directions([y], 50);
  const [again, pullback] = vjp<readonly Tensor[], Tensor>(f, ...x);
  expectSame(again, y);
  const cotangents = pullback(w);
  cotangents.forEach((ct, k) => {
    expect(`${ct.dtype}${showShape(ct.shape)}`).toBe(`f64${showShape(x[k].shape)}`);
    expectNumbers(ct.data, gradientOf(compiled, x, w.data, k), close);
  });
  const forwards = inner(dy.data, w.data);
  const backwards = cotangents.reduce((total, ct, k) => total + inner(ct.data, v[k].data), 0);
  expectNumbers([backwards], [forwards], 1e-10);
}

/** The derivatives of the case. */
export const checkDerivatives = <K extends PlainOp>(op: K, c: Case<Params[K]>): void =>
  expectDerivatives(differentiable(op, c));

/** Every choice of some of `n` inputs. */
export const choices = (n: number): boolean[][] =>
  range(2 ** n)
    .slice(1)
    .map((bits) => range(n).map((i) => (bits & (1 << i)) !== 0));

const inAxes = (chosen: readonly boolean[]): (0 | null)[] => chosen.map((batched) => (batched ? 0 : null));

/** vmap against a loop over examples, for every choice of batched inputs. */
export function checkVmap<K extends PlainOp>(op: K, suite: Suite<Params[K]>, c: Case<Params[K]>): void {
  for (const dtype of dtypesOf(suite, c)) {
    const examples = range(3).map((example) => sample(c, dtype, example));
    const f = apply(op, c.params);
    for (const chosen of choices(c.inputs.length)) {
      const args = chosen.map((batched, i) =>
        batched ? stackGrids(examples.map((example) => example[i])) : examples[0][i],
      );
      const loop = range(3).map((b) =>
        toGrid(f(...chosen.map((batched, i) => toTensor(examples[batched ? b : 0][i])))),
      );
      const mapped = vmap<readonly Tensor[], Tensor>(f, inAxes(chosen));
      expectGrid(mapped(...args.map(toTensor)), stackGrids(loop), looser(suite));
    }
  }
}

const looser = <P>({ ulps = 'bits', accumulates }: Suite<P>): Ulps =>
  accumulates && ulps !== 'bits' ? 64 * ulps : ulps;

/** vmap of vmap against two loops, for every choice of batched inputs at either level. */
export function checkNestedVmap<K extends PlainOp>(op: K, suite: Suite<Params[K]>, c: Case<Params[K]>): void {
  const [dtype] = dtypesOf(suite, c);
  const f = apply(op, c.params);
  const [rows, columns] = [2, 3];
  const examples = range(rows * columns).map((example) => sample(c, dtype, example));
  for (const outer of choices(c.inputs.length))
    for (const inner of choices(c.inputs.length)) {
      const seen = (i: number, r: number, k: number): Grid =>
        examples[(outer[i] ? r : 0) * columns + (inner[i] ? k : 0)][i];
      const args = range(c.inputs.length).map((i) => {
        const row = (r: number): Grid =>
          inner[i] ? stackGrids(range(columns).map((k) => seen(i, r, k))) : seen(i, r, 0);
        return outer[i] ? stackGrids(range(rows).map(row)) : row(0);
      });
      const loop = stackGrids(
        range(rows).map((r) =>
          stackGrids(
            range(columns).map((k) =>
              toGrid(f(...range(c.inputs.length).map((i) => toTensor(seen(i, r, k))))),
            ),
          ),
        ),
      );
      const once = vmap<readonly Tensor[], Tensor>(f, inAxes(inner));
      const twice = vmap<readonly Tensor[], Tensor>(once, inAxes(outer));
      expectGrid(twice(...args.map(toTensor)), loop, looser(suite));
    }
}

/** The gradient of a mapped function is the mapped gradient, summed over examples where an input is shared. */
export function checkGradOfVmap<K extends PlainOp>(op: K, c: Case<Params[K]>): void {
  const examples = range(3).map((example) => differentiable(op, c, example).x.map(toGrid));
  const { f } = differentiable(op, c);
  const n = examples[0].length;
  const number = (...x: Tensor[]): Tensor => sum(f(...x));
  const gradient: TreeFunction<readonly Tensor[], readonly Tensor[]> = (...x) =>
    grad((args: readonly Tensor[]) => number(...args))(x);
  for (const chosen of choices(n)) {
    const args = chosen.map((batched, i) =>
      toTensor(batched ? stackGrids(examples.map((e) => e[i])) : examples[0][i]),
    );
    const axes = inAxes(chosen);
    const mapped = vmap<readonly Tensor[], Tensor>(number, axes);
    const left = grad((x: readonly Tensor[]) => sum(mapped(...x)))(args);
    const right = vmap(gradient, axes)(...args);
    chosen.forEach((batched, i) => {
      expectSame(left[i], batched ? right[i] : sum(right[i], 0), 1e-10);
    });
  }
}
