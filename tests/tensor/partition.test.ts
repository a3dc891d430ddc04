// Trees in two parts: that they make the whole again, and that transformations pass over empty leaves.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { mul, sum, tensor, useEngine } from '../../src/index.ts';
import {
  combine,
  flatten,
  type Part,
  partition,
  type Tensor,
  type Tree,
  treeLeaves,
  treeMap,
  treePaths,
} from '../../src/tensor/index.ts';
import { grad, jit, jvp, scan, valueAndGrad, vmap } from '../../src/transforms/index.ts';

useEngine('reference');

const leaf = (x: number): Tensor => tensor(x, 'f32');
type Model = { readonly body: readonly [{ readonly w: Tensor; readonly b: Tensor }]; readonly head: Tensor };
const model: Model = { body: [{ w: leaf(2), b: leaf(3) }], head: leaf(5) };
const isBody = (_: Tensor, path: string): boolean => path.startsWith('body');

describe('partition', () => {
  test('leaves each part empty where the other has a tensor', () => {
    const [body, rest] = partition(model, isBody);
    expect([treePaths(body), treePaths(rest)]).toEqual([['body.0.b', 'body.0.w'], ['head']]);
    expect([body.head, rest.body[0].w, rest.body[0].b]).toEqual([null, null, null]);
    expect(body.body[0].w).toBe(model.body[0].w);
    expect(rest.head).toBe(model.head);
    expectTypeOf(body).toEqualTypeOf<Part<Model>>();
    expectTypeOf(combine(body, rest)).toEqualTypeOf<Model>();
  });

  test('chooses by leaves, too', () => {
    const [vectors] = partition({ a: tensor([1, 2]), b: leaf(1) }, (x) => x.ndim > 0);
    expect(treePaths(vectors)).toEqual(['a']);
  });

  test('refuses a predicate that gives no boolean', () => {
    expect(() => partition(model, (() => 1) as unknown as () => boolean)).toThrow(
      new TypeError('partition: predicate gave 1 for leaf body.0.b; it must give true or false'),
    );
  });
});

describe('combine', () => {
  const trees = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null).map(() => leaf(1)),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '10', '__proto__'), tie('tree'), { maxKeys: 3 }),
    ),
  })).tree;

  test('makes a tree again of its parts, whatever they are', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.boolean()), (tree, choices) => {
        const [some, rest] = partition(tree, () => choices.next().value);
        for (const whole of [combine(some, rest), combine(rest, some)] as Tree[]) {
          const [own, again] = [flatten('test', tree), flatten('test', whole)];
          expect(again.structure.key).toBe(own.structure.key);
          expect(again.leaves.every((x, i) => x === own.leaves[i])).toBe(true);
        }
      }),
    );
  });

  test('takes whole parts where the other is empty', () => {
    expect(combine<Tree>({ a: null, b: leaf(1) }, { a: [leaf(2)], b: null })).toMatchObject({ a: [{}] });
  });

  test.each<[Tree, Tree, string]>([
    [{ a: leaf(1) }, { a: leaf(1) }, 'both have a tensor at a'],
    [[leaf(1)], [{}], 'one has a tensor and the other parts at 0'],
    [{ a: [null] }, { a: [null, null] }, '[null] and [null, null] have other parts at a'],
    [{ a: null }, { b: null }, '{ a } and { b } have other parts at the top'],
    [[], {}, '[] and {} have other parts at the top'],
  ])('refuses %o and %o', (a, b, why) => {
    expect(() => combine(a, b)).toThrow(new TypeError(`combine: ${why}`));
  });
});

describe('A tree with empty leaves', () => {
  const value = ({ body: [{ w, b }], head }: Model): Tensor => mul(mul(w, b), head);
  const [body, rest] = partition(model, isBody);
  const ofBody = (body: Part<Model>, rest: Part<Model>): Tensor => value(combine(body, rest));

  test('has a gradient with the same ones, also of a part alone', () => {
    const gradient = grad(ofBody)(body, rest);
    expect(gradient.head).toBe(null);
    expect(treeLeaves(gradient).map((x) => x.item())).toEqual([10, 15]);
    const [value, both] = jit(valueAndGrad(ofBody, { argnums: [0, 1] }))(body, rest);
    expect(value.item()).toBe(30);
    expect(treePaths(both)).toEqual(['0.body.0.b', '0.body.0.w', '1.head']);
  });

  test('goes through jit, which takes the same tensors in other places for something else', () => {
    const f = jit((part: Part<Model>) => treeMap((x) => mul(x, 2), part));
    expect(treePaths(f(body))).toEqual(['body.0.b', 'body.0.w']);
    expect(treePaths(f(rest))).toEqual(['head']);
    expect(f(rest).body[0].w).toBe(null);
    const two = jit((part: { a: Tensor | null; b: Tensor | null }) => part);
    expect(two({ a: leaf(1), b: null }).b).toBe(null);
    expect(two({ a: null, b: leaf(1) }).a).toBe(null);
  });

  test('goes through vmap, with axes that are a tree or not', () => {
    const many = { a: tensor([1, 2, 3], 'f32'), b: null };
    const double = (tree: { a: Tensor; b: null }) => treeMap((x) => mul(x, 2), tree);
    for (const inAxes of [0, [{ a: 0, b: 0 }], [{ a: 0, b: null }]]) {
      const mapped = vmap(double, inAxes)(many);
      expect([mapped.a.toArray(), mapped.b]).toEqual([[2, 4, 6], null]);
    }
    expect(() => vmap(double, [{ a: 0, b: [0] }])(many)).toThrow(
      new TypeError('vmap: inAxes[0].b has axes for a list of 1, and there is an empty leaf'),
    );
  });

  test('goes through jvp and scan', () => {
    const square = (tree: { a: Tensor; b: null }) => treeMap((x) => mul(x, x), tree);
    const [y, dy] = jvp(square, [{ a: leaf(3), b: null }], [{ a: leaf(1), b: null }]);
    expect([y.a.item(), y.b, dy.a.item(), dy.b]).toEqual([9, null, 6, null]);
    const [last] = scan(
      (carry: { a: Tensor; b: null }, x: Tensor) => [{ a: mul(carry.a, x), b: null }, sum(x)],
      { a: leaf(1), b: null },
      tensor([2, 3], 'f32'),
    );
    expect([last.a.item(), last.b]).toEqual([6, null]);
  });

  test('is no tree of another structure', () => {
    expect(() => treeMap((x) => x, { a: leaf(1) }, { a: null })).toThrow(
      new TypeError('treeMap: structures {"a":*} and {"a":null} differ'),
    );
  });
});
