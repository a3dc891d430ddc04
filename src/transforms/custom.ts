// Functions whose derivatives come about otherwise: by rules of their own, or by computing again what they need.
import { bindAll, type Derivative, type Graph, ruleOf, type Traceable, trace } from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  isFloat,
  ShapeError,
  sameShape,
  showShape,
  type Tensor,
  type Tree,
} from '../tensor/index.ts';
import { type TreeFunction, type Typed, traceTree } from './function.ts';
import { tangentAval, zeroTangent } from './jvp.ts';
import { cut, dependsOn } from './pieces.ts';

const f = arg.callback('f');

const floats = <A extends Aval>(avals: readonly A[]): A[] => avals.filter(({ dtype }) => isFloat(dtype));

/** The same of tangents and cotangents. */
const moving = ({ structure, avals }: Typed): Typed => ({ structure, avals: avals.map(tangentAval) });

/** What a call of a function is: its arguments, together and each, and what it gives. */
interface Called {
  readonly args: Typed;
  readonly each: readonly Typed[];
  readonly result: Typed;
}

const typed = (op: string, tree: Tree): Typed => {
  const { leaves, structure } = flatten(op, tree);
  return { structure, avals: leaves.map(({ dtype, shape }) => ({ dtype, shape })) };
};

/** `f` on `args` as one application, with the derivative that `rule` makes of what it is called with. */
function called(
  op: string,
  f: TreeFunction<readonly Tree[], Tree>,
  args: readonly Tree[],
  rule: (call: Called, captured: number) => Derivative,
): Tree {
  const { leaves, structure } = flatten(op, args);
  const { graph, captures, result } = traceTree(op, f, structure, leaves);
  if (graph.outputs.length === 0) return result.build([]) as Tree;
  const call = {
    args: typed(op, args),
    each: args.map((one) => typed(op, one)),
    result: { structure: result, avals: graph.outputs },
  };
  const params = { graph, derivative: rule(call, captures.length) };
  return result.build(bindAll('call', params, [...captures, ...leaves])) as Tree;
}

/**
 * `f`, of whose forward pass nothing but the arguments is kept for the derivative: what that needs is computed
 * again. It takes longer and less memory, most of all around the body of a scan.
 */
export const checkpoint = checkedGeneric(
  'checkpoint',
  [f],
  <A extends readonly Tree[], R extends Tree>(f: TreeFunction<A, R>): TreeFunction<A, R> =>
    (...args) =>
      called('checkpoint', f as unknown as TreeFunction<readonly Tree[], Tree>, args, () => ({
        by: 'recomputing',
      })) as R,
);

/** The leaves of `given`, which messages call `who`; throws unless it has that structure and those types. */
function leavesLike(who: string, given: unknown, { structure, avals }: Typed): Tensor[] {
  const { leaves, structure: own } = flatten(who, given as Tree);
  if (own.key !== structure.key)
    throw new TypeError(`${who} has structure ${own.key}, where ${structure.key} is needed`);
  leaves.forEach((leaf, i) => {
    const { dtype, shape } = avals[i];
    if (isFloat(dtype) && (leaf.dtype !== dtype || !sameShape(leaf.shape, shape)))
      throw new ShapeError(
        `${who} has ${leaf.dtype}${showShape(leaf.shape)} as leaf ${i}, where ${dtype}${showShape(shape)} is needed`,
      );
  });
  return leaves;
}

/** A list of two that `who` gives. */
function twoOf(who: string, what: string, given: unknown): [unknown, unknown] {
  if (!Array.isArray(given) || given.length !== 2)
    throw new TypeError(`${who} must give a list of two, ${what}`);
  return [given[0], given[1]];
}

/** Throws unless the first `outputs` of `graph` can be computed without its inputs from `primals` on. */
function checkPrimal(graph: Graph, primals: number, outputs: number): void {
  if (dependsOn(graph, graph.outputs.slice(0, outputs), graph.inputs.slice(primals)))
    throw new TypeError('customJvp: the value that the rule gives depends on its tangents');
}

type JvpRule<A extends readonly Tree[], R extends Tree> = (primals: A, tangents: A) => readonly [R, R];

/**
 * `f` with a derivative of its own: `rule(primals, tangents)`, lists of its arguments and of their tangents, gives
 * [f(...primals), the tangent of that], which is linear in the tangents; it serves grad and vjp too. Tangents of what is no
 * float are zeros, f32. What `f` closes over cannot be differentiated in: pass it as an argument.
 */
export const customJvp = checkedGeneric(
  'customJvp',
  [f, arg.callback('rule')],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    rule: JvpRule<A, R>,
  ): TreeFunction<A, R> => {
    const traceRule = ({ args: { structure, avals }, result }: Called): Traceable => {
      const made = trace(
        (values) => {
          const tangents = values.slice(avals.length);
          const all = avals.map((x) => (isFloat(x.dtype) ? (tangents.shift() as Tensor) : zeroTangent(x)));
          const given = rule(structure.build(values.slice(0, avals.length)) as A, structure.build(all) as A);
          const [value, tangent] = twoOf('customJvp: the rule', '[value, tangent]', given);
          const moved = leavesLike("customJvp: the rule's tangent", tangent, moving(result));
          return [
            ...leavesLike("customJvp: the rule's value", value, result),
            ...moved.filter((_, i) => isFloat(result.avals[i].dtype)),
          ];
        },
        [...avals, ...floats(avals).map(tangentAval)],
      );
      checkPrimal(made.graph, made.captures.length + avals.length, result.avals.length);
      return made;
    };
    return (...args) =>
      called('customJvp', f as unknown as TreeFunction<readonly Tree[], Tree>, args, (call, captured) => ({
        by: 'jvp',
        captured,
        rule: ruleOf(() => traceRule(call)),
      })) as R;
  },
);

type Forward<A extends readonly Tree[], R extends Tree, S extends Tree> = (...args: A) => readonly [R, S];
/** A cotangent for each argument, or null where it is zero. */
type Backward<A extends readonly Tree[], R extends Tree, S extends Tree> = (
  residuals: S,
  cotangent: R,
) => readonly [...{ [K in keyof A]: A[K] | null }];

/**
 * `f` with a gradient of its own: `forward(...args)` gives [f(...args), residuals], and `backward(residuals, cotangent)` a
 * list with the cotangent of each argument, or null where that is zero. Cotangents of what is no float are zeros, f32, and
 * need not be right. It has a forward mode where `backward` is linear in the cotangent. What `f` closes over cannot be
 * differentiated in: pass it as an argument.
 */
export const customVjp = checkedGeneric(
  'customVjp',
  [f, arg.callback('forward'), arg.callback('backward')],
  <A extends readonly Tree[], R extends Tree, S extends Tree>(
    f: TreeFunction<A, R>,
    forward: Forward<A, R, S>,
    backward: Backward<A, R, S>,
  ): TreeFunction<A, R> => {
    const traceRule = ({ args: { structure, avals }, each, result }: Called) => {
      const kept: Typed[] = [];
      const there = trace((values) => {
        const given = forward(...(structure.build(values) as A));
        const [value, residuals] = twoOf('customVjp: forward', '[value, residuals]', given);
        kept.push(typed('customVjp: the residuals', residuals as Tree));
        return [
          ...leavesLike("customVjp: forward's value", value, result),
          ...flatten('customVjp', residuals as Tree).leaves,
        ];
      }, avals);
      const [residuals] = kept;
      const back = trace(
        (values) => {
          const [known, cotangents] = cut(values, [residuals.avals.length, values.length]);
          const all = result.avals.map((x) =>
            isFloat(x.dtype) ? (cotangents.shift() as Tensor) : zeroTangent(x),
          );
          const given = backward(residuals.structure.build(known) as S, result.structure.build(all) as R);
          return cotangentsOf(given, each);
        },
        [...residuals.avals, ...floats(result.avals).map(tangentAval)],
      );
      return { forward: there, backward: back };
    };
    return (...args) =>
      called('customVjp', f as unknown as TreeFunction<readonly Tree[], Tree>, args, (call, captured) => ({
        by: 'vjp',
        captured,
        rule: ruleOf(() => traceRule(call)),
      })) as R;
  },
);

/** The cotangents that a backward gave for the leaves of the arguments that are floats. */
function cotangentsOf(given: unknown, parts: readonly Typed[]): Tensor[] {
  if (!Array.isArray(given) || given.length !== parts.length)
    throw new TypeError(
      `customVjp: backward must give a list of ${parts.length}, a cotangent or null for each argument`,
    );
  return parts.flatMap((part, i) => {
    if (given[i] === null) return floats(part.avals).map(zeroTangent);
    const leaves = leavesLike(`customVjp: cotangent ${i} of backward`, given[i], moving(part));
    return leaves.filter((_, k) => isFloat(part.avals[k].dtype));
  });
}
