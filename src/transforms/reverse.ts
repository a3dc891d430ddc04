// linearize, vjp and grad as people call them: the forward pass kept, its derivative applied or transposed.
import { type Graph, prims, run } from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  isFloat,
  listOf,
  ShapeError,
  type Structure,
  showShape,
  type Tensor,
  type Tree,
  tangentDType,
} from '../tensor/index.ts';
import { checkDifferentiable, flattenLike, leafPlaces } from './arguments.ts';
import { evaluate, type TracedFunction, type TreeFunction, traceTree } from './function.ts';
import { linearizeGraph } from './linearize.ts';
import { interpretTranspose } from './transpose.ts';

interface Linearized {
  readonly outputs: readonly Tensor[];
  readonly result: Structure;
  /** Values of the forward pass that `linear` reads before its tangents. */
  readonly residuals: readonly Tensor[];
  readonly linear: Graph;
}

/**
 * Runs `traced` at `inputs`, what it closed over before its arguments, keeping what the derivative of its first `moving`
 * outputs in those marked in `active` needs.
 */
function linearizeAt(
  { graph, result }: TracedFunction,
  inputs: readonly Tensor[],
  purpose: 'split' | 'transpose',
  active: readonly boolean[],
  moving?: number,
): Linearized {
  const { primal, linear, captures } = linearizeGraph(graph, active, purpose, moving);
  const values = run(primal, [...captures, ...inputs]);
  return {
    outputs: values.slice(0, result.leaves),
    result,
    residuals: values.slice(result.leaves),
    linear,
  };
}

/** The same of `f` in all of its arguments, at `leaves`. */
function linearizeWhole<A extends readonly Tree[]>(
  op: string,
  f: TreeFunction<A, Tree>,
  leaves: readonly Tensor[],
  structure: Structure,
  purpose: 'split' | 'transpose',
): Linearized {
  const traced = traceTree(op, f, structure, leaves);
  const active = traced.graph.inputs.map((_, i) => i >= traced.captures.length);
  return linearizeAt(traced, [...traced.captures, ...leaves], purpose, active);
}

/** linearize under the name of `op`. */
export function linearized<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  primals: A,
): [R, (...tangents: A) => R] {
  const { leaves, structure } = flatten(op, primals);
  checkDifferentiable(op, leaves);
  const { outputs, result, residuals, linear } = linearizeWhole(op, f, leaves, structure, 'split');
  const derivative = (...tangents: A): R => {
    const directions = flattenLike(op, 'tangents', leaves, structure, tangents);
    return result.build(run(linear, [...residuals, ...directions])) as R;
  };
  return [result.build(outputs) as R, derivative];
}

/** The cotangents of the inputs of `linear` after the `residuals` from those of its outputs. */
function cotangentsOf(linear: Graph, residuals: readonly Tensor[], cotangents: readonly Tensor[]): Tensor[] {
  const tangents = linear.inputs.slice(residuals.length);
  const found = interpretTranspose(linear, [...residuals, ...tangents.map(() => null)], cotangents);
  return tangents.map(({ shape, dtype }, i) => found[residuals.length + i] ?? prims.full(shape, 0, dtype));
}

/** vjp under the name of `op`. */
export function pulledBack<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  primals: A,
): [R, (cotangent: R) => A] {
  const { leaves, structure } = flatten(op, primals);
  checkDifferentiable(op, leaves);
  const { outputs, result, residuals, linear } = linearizeWhole(op, f, leaves, structure, 'transpose');
  const pullback = (cotangent: R): A => {
    const cotangents = flattenLike(op, 'cotangents', outputs, result, cotangent);
    const known = residuals.length;
    const found = evaluate(`vjp ${known}`, linear, [...residuals, ...cotangents], (values) =>
      cotangentsOf(linear, values.slice(0, known), values.slice(known)),
    );
    return structure.build(found) as A;
  };
  return [result.build(outputs) as R, pullback];
}

/** Positions of arguments; a list of them gives a list of gradients. */
export type Argnums = number | readonly number[];

/** What a gradient in the arguments `N` of `A` is: a tree like the argument, or a list of such. */
export type Gradient<A extends readonly Tree[], N extends Argnums> = N extends number
  ? A[N]
  : { [K in keyof N]: N[K] extends number ? A[N[K]] : never };

export interface GradOptions {
  /** The arguments to differentiate in; by default the first. */
  readonly argnums?: Argnums;
  /** Whether the function gives [loss, aux], where aux is any tree that is handed on as it is. */
  readonly hasAux?: boolean;
}

type Wanted<N extends Argnums> = { readonly argnums: N; readonly hasAux?: false };
type WithAux = { readonly argnums?: undefined; readonly hasAux: true };
type WantedWithAux<N extends Argnums> = { readonly argnums: N; readonly hasAux: true };

/** What `argnums` names of arguments of such structures: the gradient's structure, and the place of each of its leaves. */
function wanted(
  op: string,
  args: readonly Structure[],
  argnums: Argnums,
): { structure: Structure; places: number[] } {
  const list = typeof argnums === 'number' ? [argnums] : argnums;
  const places = leafPlaces(
    op,
    'argnums',
    args.map(({ leaves }) => leaves),
    list,
  );
  return {
    structure: typeof argnums === 'number' ? args[argnums] : listOf(list.map((n) => args[n])),
    places,
  };
}

/** Throws ShapeError or TypeError unless `outputs` are one float of shape [], before an aux where there is to be one. */
function checkLoss(op: string, outputs: readonly Aval[], { key }: Structure, hasAux: boolean): void {
  if (hasAux && !key.startsWith('[*,'))
    throw new TypeError(`${op}: with hasAux the function must give [loss, aux], and it gave ${key}`);
  const losses = hasAux ? outputs.slice(0, 1) : outputs;
  if (losses.length === 1 && losses[0].shape.length === 0 && isFloat(losses[0].dtype)) return;
  const given = losses.map((o) => `${o.dtype}${showShape(o.shape)}`).join(', ') || 'nothing';
  throw new ShapeError(
    `${op}: the function gave ${given}; it must give one float of shape []. Reduce it, or use vjp`,
  );
}

/** valueAndGrad under the name of `op`. */
export function differentiated(
  op: string,
  f: TreeFunction<readonly Tree[], Tree>,
  { argnums = 0, hasAux = false }: GradOptions = {},
): (...args: readonly Tree[]) => [Tree, Tree] {
  return (...args) => {
    const { leaves, structure } = flatten(op, args);
    const { structure: own, places } = wanted(op, structure.parts, argnums);
    checkDifferentiable(
      op,
      places.map((i) => leaves[i]),
    );
    const traced = traceTree(op, f, structure, leaves);
    const { graph, captures, result } = traced;
    checkLoss(op, graph.outputs, result, hasAux);
    const active = graph.inputs.map((_, i) => places.includes(i - captures.length));
    const outputs = evaluate(
      `grad ${JSON.stringify([captures.length, places])}`,
      graph,
      [...captures, ...leaves],
      (values) => {
        const { outputs, residuals, linear } = linearizeAt(traced, values, 'transpose', active, 1);
        const cotangents = cotangentsOf(linear, residuals, [
          prims.full([], 1, tangentDType(outputs[0].dtype)),
        ]);
        const moving = graph.inputs.flatMap((_, i) => (active[i] ? [i - captures.length] : []));
        return [...outputs, ...places.map((place) => cotangents[moving.indexOf(place)])];
      },
    );
    return listOf([result, own]).build(outputs) as [Tree, Tree];
  };
}

/** grad under the name of `op`. */
export function gradient<P extends Tree, A extends readonly Tree[]>(
  op: string,
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => P {
  const both = differentiated(op, f as unknown as TreeFunction<readonly Tree[], Tree>);
  return (params, ...rest) => both(params, ...rest)[1] as P;
}

const f = arg.callback('f');
const primals = arg.rest(arg.anything('primals'));

/**
 * `f(...primals)`, and its derivative there as a linear function of tangents: the forward pass is done
 * once, and the function can be applied to many tangents.
 */
export const linearize = checkedGeneric(
  'linearize',
  [f, primals],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    ...primals: A
  ): [R, (...tangents: A) => R] => linearized('linearize', f, primals),
);

/**
 * `f(...primals)`, and a function from a cotangent of its result to cotangents of the primals (reverse
 * mode): the product of a row vector with the Jacobian.
 */
export const vjp = checkedGeneric(
  'vjp',
  [f, primals],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    ...primals: A
  ): [R, (cotangent: R) => A] => pulledBack('vjp', f, primals),
);

const isPosition = (given: unknown): given is number => Number.isInteger(given) && Number(given) >= 0;

const gradOptions = arg.optional(
  arg.options<GradOptions>({
    argnums: (name) =>
      arg.optional(
        arg.value(
          name,
          'the position of an argument or a list of such',
          (given): given is Argnums => isPosition(given) || arg.isArrayOf(given, isPosition),
        ),
      ),
    hasAux: (name) => arg.optional(arg.boolean(name)),
  }),
);

/** The type of valueAndGrad. */
interface ValueAndGrad {
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
  ): (params: P, ...rest: A) => [Tensor, P];
  <P extends Tree, A extends readonly Tree[], X extends Tree>(
    f: (params: P, ...rest: A) => readonly [Tensor, X],
    options: WithAux,
  ): (params: P, ...rest: A) => [[Tensor, X], P];
  <A extends readonly Tree[], const N extends Argnums>(
    f: (...args: A) => Tensor,
    options: Wanted<N>,
  ): (...args: A) => [Tensor, Gradient<A, N>];
  <A extends readonly Tree[], X extends Tree, const N extends Argnums>(
    f: (...args: A) => readonly [Tensor, X],
    options: WantedWithAux<N>,
  ): (...args: A) => [[Tensor, X], Gradient<A, N>];
}

/** The type of grad. */
interface Grad {
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
  ): (params: P, ...rest: A) => P;
  <P extends Tree, A extends readonly Tree[], X extends Tree>(
    f: (params: P, ...rest: A) => readonly [Tensor, X],
    options: WithAux,
  ): (params: P, ...rest: A) => [P, X];
  <A extends readonly Tree[], const N extends Argnums>(
    f: (...args: A) => Tensor,
    options: Wanted<N>,
  ): (...args: A) => Gradient<A, N>;
  <A extends readonly Tree[], X extends Tree, const N extends Argnums>(
    f: (...args: A) => readonly [Tensor, X],
    options: WantedWithAux<N>,
  ): (...args: A) => [Gradient<A, N>, X];
}

/**
 * A function giving `f`'s value and its gradient in the first argument, or in those that `argnums` names: trees of
 * their structures. `f` must give one number, a float tensor of shape []; with `hasAux` it gives [loss, aux], and so
 * does the value. Throws RangeError where `argnums` names an argument that there is not.
 */
export const valueAndGrad = checkedGeneric(
  'valueAndGrad',
  [f, gradOptions],
  (given: TreeFunction<readonly Tree[], Tree>, options?: GradOptions) =>
    differentiated('valueAndGrad', given, options),
) as unknown as ValueAndGrad;

/** A function giving the gradient of `f`, and its aux with `hasAux`. See valueAndGrad. */
export const grad = checkedGeneric(
  'grad',
  [f, gradOptions],
  (given: TreeFunction<readonly Tree[], Tree>, options: GradOptions = {}) => {
    const both = differentiated('grad', given, options);
    return (...args: readonly Tree[]): Tree => {
      const [value, gradients] = both(...args);
      return options.hasAux ? [gradients, (value as readonly Tree[])[1]] : gradients;
    };
  },
) as unknown as Grad;
