// Low-rank adaptation: small trainable matrices beside the weights of dense layers that stay as they are.
import { add, astype, matmul, mul, zeros } from '../ops/index.ts';
import { foldIn } from '../random/index.ts';
import {
  checkedGeneric,
  computeDType,
  DTypeError,
  flatten,
  isFloat,
  ShapeError,
  show,
  showShape,
  Tensor,
  type Tree,
  toFloat,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import type { Linear, Lora } from './dense.ts';
import { lecunNormal } from './initializers.ts';

/** The tree `T` with a {@link Lora}, or null, in place of each dense layer, and null for whatever else it holds. */
export type LoraOf<T> = Tree extends T
  ? Tree
  : T extends Tensor | null
    ? null
    : T extends Linear
      ? Lora | null
      : { [K in keyof T]: LoraOf<T[K]> };

type Parts = { readonly [key: string]: Tree };

/** Whether `tree` is an object of `names`, each a tensor, but for the optional. */
const holds = (tree: Tree, names: readonly string[], optional: readonly string[] = []): boolean =>
  tree !== null &&
  !(tree instanceof Tensor) &&
  names.every((name) => Object.hasOwn(tree, name)) &&
  Object.entries<Tree>(tree as Parts).every(
    ([name, part]) => (names.includes(name) || optional.includes(name)) && part instanceof Tensor,
  );

/** Whether `tree` is a dense layer: weights with two axes, and biases or none. */
const isDense = (tree: Tree): tree is Linear =>
  holds(tree, ['weight'], ['bias']) && (tree as Linear).weight.ndim === 2;

const isLora = (lora: Tree): lora is Lora => holds(lora, ['a', 'b']);

const under = (path: string, key: string | number): string => (path ? `${path}.${key}` : String(key));

/** `tree` with `f` of each part in its place, names in sorted order, as the leaves of trees are. */
function mapParts(tree: Parts | readonly Tree[], f: (part: Tree, key: string | number) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map((part: Tree, i) => f(part, i));
  const parts = Object.entries<Tree>(tree as Parts).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(parts.map(([key, part]) => [key, f(part, key)]));
}

/**
 * For each dense layer of `tree`, a normal with variance 1 / inputs and b = 0, so that nothing is added yet (Hu et al., 2022),
 * in f32 where the weights are for storage: a tree like it, with null for all that is no dense layer, or whose path, such as
 * `blocks.0.attention.query`, `targets` does not take.
 */
export const initLora = checkedGeneric(
  'initLora',
  [
    arg.key(),
    arg.anything('tree'),
    arg.whole('rank', 1),
    arg.optional(arg.callback<(path: string) => boolean>('targets')),
  ],
  <T extends Tree>(
    key: Tensor,
    tree: T,
    rank: number,
    targets: (path: string) => boolean = () => true,
  ): LoraOf<T> => {
    flatten('initLora', tree, 'tree'); // throws where it is no tree
    let layers = 0;
    const beside = ({ weight }: Linear): Lora => {
      const [inputs, outputs] = weight.shape;
      const dtype = computeDType(toFloat(weight.dtype));
      return {
        a: lecunNormal(foldIn(key, layers++), [inputs, rank], dtype),
        b: zeros([rank, outputs], dtype),
      };
    };
    const visit = (part: Tree, path: string): unknown => {
      if (part === null || part instanceof Tensor) return null;
      if (isDense(part)) return targets(path) ? beside(part) : null;
      return mapParts(part, (inner, name) => visit(inner, under(path, name)));
    };
    return visit(tree, '') as LoraOf<T>;
  },
);

/** `tree` with `f` of each dense layer for which `lora`, of {@link LoraOf} its type, holds what to add. */
function adapted(op: string, tree: Tree, lora: unknown, f: (layer: Linear, lora: Lora) => Linear): unknown {
  flatten(op, tree, 'tree'); // both throw where they are no tree
  flatten(op, lora as Tree, 'lora');
  const visit = (part: Tree, beside: Tree, path: string): unknown => {
    if (beside === null) return part;
    const fail = (why: string): never => {
      throw new TypeError(`${op}: lora has ${show(beside)} at ${path || 'the top'}, ${why}`);
    };
    if (part === null || part instanceof Tensor || beside instanceof Tensor)
      return fail('where no dense layer is; make it by initLora(key, tree, rank)');
    if (isDense(part)) {
      if (!isLora(beside)) return fail('which is no { a, b }');
      const { a, b } = beside;
      const [inputs, outputs] = part.weight.shape;
      if (
        showShape(a.shape) !== showShape([inputs, b.shape[0]]) ||
        showShape(b.shape) !== showShape([a.shape[1], outputs])
      )
        throw new ShapeError(
          `${op}: lora has a ${showShape(a.shape)} and b ${showShape(b.shape)} for weights ${showShape([inputs, outputs])} at ${path || 'the top'}; they must be [inputs, rank] and [rank, outputs]`,
        );
      return f(part, { a, b });
    }
    const [own, other] = [Object.keys(part).sort(), Object.keys(beside).sort()];
    if (own.length !== other.length || own.some((key, i) => key !== other[i]))
      return fail(`and the tree ${show(part)}`);
    return mapParts(part, (inner, name) => visit(inner, (beside as Parts)[name], under(path, name)));
  };
  return visit(tree, lora as Tree, '');
}

const described = [arg.anything('tree'), arg.anything('lora'), arg.finite('alpha')];

/**
 * `tree` with dense layers that also add x a b alpha / rank to what they give: `dense` and all that is made of it take them.
 * No weight is changed or copied, so `grad((lora) => loss(applyLora(tree, lora, alpha)))` trains what is small alone.
 * Throws where `lora` is none of the tree.
 */
export const applyLora = checkedGeneric(
  'applyLora',
  described,
  <T extends Tree>(tree: T, lora: LoraOf<T>, alpha: number): T =>
    adapted('applyLora', tree, lora, (layer, { a, b }) => ({
      ...layer,
      lora: { a, b: mul(b, alpha / a.shape[1]) },
    })) as T,
);

/**
 * `tree` with a b alpha / rank added to the weights of its dense layers, in their dtype: as fast as it was, and up to
 * rounding what `applyLora` makes of it. Throws where `lora` is none of the tree, or weights are whole numbers.
 */
export const mergeLora = checkedGeneric(
  'mergeLora',
  described,
  <T extends Tree>(tree: T, lora: LoraOf<T>, alpha: number): T =>
    adapted('mergeLora', tree, lora, ({ weight, ...rest }, { a, b }) => {
      if (!isFloat(weight.dtype))
        throw new DTypeError(`mergeLora: weights in ${weight.dtype} take no sum; use applyLora`);
      const whole = add(weight, mul(matmul(a, b), alpha / a.shape[1]));
      return { ...rest, weight: astype(whole, weight.dtype) };
    }) as T,
);
