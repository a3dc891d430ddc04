// Loops and branches over trees, as people call them: each is one application, whose body is traced once.
import { bindAll, prims } from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  ShapeError,
  type Structure,
  sameShape,
  showShape,
  Tensor,
  type Tree,
  treePaths,
} from '../tensor/index.ts';
import { type TracedFunction, type TreeFunction, type Typed, traceTree } from './function.ts';
import { closed } from './pieces.ts';

const shown = ({ dtype, shape }: Aval): string => `${dtype}${showShape(shape)}`;

/** Throws in the words of `differ` unless `given` is of the structure, shapes and dtypes of `wanted`. */
function checkSame(
  wanted: Typed,
  given: Typed,
  differ: (wanted: string, given: string, leaf: number | undefined) => string,
): void {
  if (given.structure.key !== wanted.structure.key)
    throw new TypeError(differ(wanted.structure.key, given.structure.key, undefined));
  wanted.avals.forEach((x, i) => {
    const y = given.avals[i];
    if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape))
      throw new ShapeError(differ(shown(x), shown(y), i));
  });
}

/** Throws unless what `giver` gives is like `init`, in whose place the next round takes it. */
function checkCarry(op: string, giver: string, init: Tree, given: Typed): void {
  const { leaves, structure } = flatten(op, init);
  const places = treePaths(init);
  checkSame({ structure, avals: leaves }, given, (was, is, leaf) => {
    const place = leaf === undefined || !places[leaf] ? '' : ` at ${places[leaf]}`;
    return `${op}: the carry begins as ${was}${place} and ${giver} gives ${is}; each must be like init (cast or reshape it)`;
  });
}

const resultOf = ({ graph, result }: TracedFunction): Typed => ({ structure: result, avals: graph.outputs });

const f = arg.callback('f');
const tree = (name: string) => arg.anything(name);

export interface ScanOptions {
  /** How many rounds; needed where `xs` has no leaves. */
  readonly length?: number;
  /** Whether rounds go from the last entry of `xs` to the first. */
  readonly reverse?: boolean;
}

const scanOptions = arg.optional(
  arg.options<ScanOptions>({
    length: (name) => arg.optional(arg.size(name)),
    reverse: (name) => arg.optional(arg.boolean(name)),
  }),
);

/** How many entries the leaves of `xs` have along their first axis. Throws ShapeError where they differ, or none says. */
function lengthOf(leaves: readonly Tensor[], length: number | undefined): number {
  const flat = leaves.find(({ ndim }) => ndim === 0);
  if (flat) throw new ShapeError(`scan: xs holds ${shown(flat)}, which has no axis to go along`);
  const sizes = [
    ...new Set([...leaves.map(({ shape }) => shape[0]), ...(length === undefined ? [] : [length])]),
  ];
  if (sizes.length === 0) throw new ShapeError('scan: xs has no leaves; give the option length');
  if (sizes.length > 1)
    throw new ShapeError(`scan: xs and length have different numbers of entries: ${sizes.join(', ')}`);
  return sizes[0];
}

/**
 * A loop that carries a tree along: `f(carry, x)` gives [the next carry, y], with x the entries of `xs`' leaves along
 * their first axis, one after the other. Gives [the last carry, ys], where ys' leaves have all y's along a new first axis.
 * Each carry has the structure, shapes and dtypes of `init`; `xs` may be [] where `length` is given. `f` is traced
 * once, whatever the length. Throws TypeError and ShapeError where a carry or the entries do not fit.
 */
export const scan = checkedGeneric(
  'scan',
  [f, tree('init'), tree('xs'), scanOptions],
  <C extends Tree, X extends Tree, Y extends Tree>(
    f: (carry: C, x: X) => readonly [C, Y],
    init: C,
    xs: X,
    { length: given, reverse = false }: ScanOptions = {},
  ): [C, Y] => {
    const first = flatten('scan', init, 'init');
    const stacks = flatten('scan', xs, 'xs');
    const length = lengthOf(stacks.leaves, given);
    const { structure } = flatten('scan', [init, xs]);
    const entries = stacks.leaves.map(({ dtype, shape }): Aval => ({ dtype, shape: shape.slice(1) }));
    let last: Structure = first.structure;
    let ys: Structure = first.structure;
    const round = (carry: Tree, x: Tree): Tree => {
      const out = f(carry as C, x as X) as unknown;
      if (!Array.isArray(out) || out.length !== 2)
        throw new TypeError('scan: f must give a list of two, [the next carry, y]');
      last = flatten('scan: the next carry', out[0] as Tree).structure;
      ys = flatten('scan: y', out[1] as Tree).structure;
      return out as [Tree, Tree];
    };
    const { graph, captures } = traceTree('scan', round, structure, [...first.leaves, ...entries]);
    const carry = first.leaves.length;
    checkCarry('scan', 'f', init, { structure: last, avals: graph.outputs.slice(0, last.leaves) });
    if (graph.outputs.length === 0) return [init, ys.build([]) as Y];
    const results = bindAll('scan', { body: graph, consts: captures.length, carry, length, reverse }, [
      ...captures,
      ...first.leaves,
      ...stacks.leaves,
    ]);
    return [last.build(results.slice(0, carry)) as C, ys.build(results.slice(carry)) as Y];
  },
);

const predicate = arg.value(
  'predicate',
  'a boolean or a bool tensor of shape []',
  (given): given is Tensor | boolean => given instanceof Tensor || typeof given === 'boolean',
);

/**
 * `whenTrue(...operands)` where `predicate`, a boolean or bool [], holds, else `whenFalse(...operands)`: only one of them runs, but
 * under vmap over predicates, where both do. Both give trees of one structure, with the same shapes and dtypes; throws
 * TypeError or ShapeError where they do not.
 */
export const cond = checkedGeneric(
  'cond',
  [predicate, arg.callback('whenTrue'), arg.callback('whenFalse'), arg.rest(tree('operands'))],
  <A extends readonly Tree[], R extends Tree>(
    predicate: Tensor | boolean,
    whenTrue: TreeFunction<A, R>,
    whenFalse: TreeFunction<A, R>,
    ...operands: A
  ): R => {
    const { leaves, structure } = flatten('cond', operands, 'operands');
    const traced = [whenTrue, whenFalse].map((branch) => traceTree('cond', branch, structure, leaves));
    const [yes, no] = traced.map(resultOf);
    checkSame(
      yes,
      no,
      (one, other, leaf) =>
        `cond: whenTrue gives ${one}${leaf === undefined ? '' : ` as leaf ${leaf}`} and whenFalse ${other}; both must give the same`,
    );
    const { graphs, captures } = closed(traced);
    const params = { whenTrue: graphs[0], whenFalse: graphs[1] };
    const which = typeof predicate === 'boolean' ? prims.full([], Number(predicate), 'bool') : predicate;
    const inputs = [which, ...captures, ...leaves];
    return yes.structure.build(yes.avals.length > 0 ? bindAll('cond', params, inputs) : []) as R;
  },
);

/**
 * `body` again and again on what it carries, which begins as `init`, as long as `test` of it, bool [], holds. It can be
 * differentiated in forward mode only (jvp). Under vmap it goes on until all are done. Throws TypeError, ShapeError or
 * DTypeError where a carry is not like `init`, or the test gives something else.
 */
export const whileLoop = checkedGeneric(
  'whileLoop',
  [arg.callback('test'), arg.callback('body'), tree('init')],
  <C extends Tree>(test: (carry: C) => Tensor, body: (carry: C) => C, init: C): C => {
    const { leaves } = flatten('whileLoop', init, 'init');
    const { structure } = flatten('whileLoop', [init]);
    const traced = [test, body].map((one) =>
      traceTree('whileLoop', one as (carry: Tree) => Tree, structure, leaves),
    );
    checkCarry('whileLoop', 'body', init, resultOf(traced[1]));
    const { key } = traced[0].result;
    if (key !== '*') throw new TypeError(`whileLoop: the test gives ${key}; it must give bool[]`);
    if (leaves.length === 0) return init; // nothing that a round could change
    const { graphs, captures } = closed(traced);
    const params = { test: graphs[0], body: graphs[1], consts: captures.length };
    return traced[1].result.build(bindAll('whileLoop', params, [...captures, ...leaves])) as C;
  },
);
