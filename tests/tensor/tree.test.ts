// Trees: which there are, the order of their leaves, and errors that name the path.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { flatten, fromNested, type Tensor, type Tree, treeLeaves, treeMap } from '../../src/tensor/index.ts';

const leaf = (x: number): Tensor => fromNested(x);
const values = (tree: Tree): number[] => treeLeaves(tree).map((x) => x.item());

describe('treeLeaves', () => {
  test('lists leaves with object keys in sorted order, arrays as they stand', () => {
    expect(values({ b: leaf(1), a: [leaf(3), leaf(2)], B: leaf(0) })).toEqual([0, 3, 2, 1]);
    expect(values(leaf(7))).toEqual([7]);
    expect(values([])).toEqual([]);
    expect(values({ x: {}, y: [[]] })).toEqual([]);
  });

  test('takes objects without a prototype', () => {
    expect(values(Object.assign(Object.create(null), { a: leaf(1) }))).toEqual([1]);
  });
});

describe('flatten', () => {
  test('gives a structure that builds the tree again', () => {
    const tree = { w: [leaf(1), { b: leaf(2) }], a: leaf(3), empty: {} };
    const { leaves, structure } = flatten('f', tree);
    const again = flatten('f', structure.build(leaves) as Tree);
    expect(again.structure.key).toBe(structure.key);
    again.leaves.forEach((x, i) => {
      expect(x).toBe(leaves[i]);
    });
    expect(again.leaves.length).toBe(3);
    expect(structure.build(['a', 'b', 'c'])).toEqual({ a: 'a', empty: {}, w: ['b', { b: 'c' }] });
    expect(structure.leaves).toBe(3);
  });

  test('gives equal keys to equal structures alone', () => {
    const key = (tree: Tree): string => flatten('f', tree).structure.key;
    const x = leaf(1);
    expect(key({ a: x, b: x })).toBe(key({ b: x, a: x }));
    const different: Tree[] = [
      x,
      [x],
      [[x]],
      [x, x],
      { a: x },
      { b: x },
      { '0': x },
      [],
      {},
      { a: [] },
      { 'a":*,"b': x },
      { a: x, b: x },
    ];
    expect(new Set(different.map(key)).size).toBe(different.length);
  });

  test('keeps names that objects inherit', () => {
    const tree = JSON.parse('{"__proto__": 1, "constructor": 2}', (_, v) =>
      typeof v === 'number' ? leaf(v) : v,
    );
    const { leaves, structure } = flatten('f', tree);
    const built = structure.build(leaves) as Record<string, Tensor>;
    expect(Object.keys(built).sort()).toEqual(['__proto__', 'constructor']);
  });

  class Layer {
    weight = leaf(1);
  }

  test.each([
    [3, 'leaf itself is 3'],
    [[leaf(1), [undefined]], 'leaf [1][0] is undefined'],
    [{ name: 'adam' }, 'leaf .name is "adam"'],
    [[new Layer()], 'leaf [0] is Layer'],
    [{ x: new Float32Array(2) }, 'leaf .x is Float32Array'],
    [{ m: new Map() }, 'leaf .m is Map'],
  ])('refuses %o, naming the path', (tree, message) => {
    expect(() => flatten('f', tree as Tree)).toThrow(TypeError);
    expect(() => flatten('f', tree as Tree)).toThrow(
      `f: ${message}, not a tensor; wrap numbers with tensor(…), and close over what is not data`,
    );
  });
});

describe('treeMap', () => {
  test('maps leaf by leaf, over several trees', () => {
    const tree = { a: leaf(1), b: [leaf(2)] as const };
    const other = { b: [leaf(20)] as const, a: leaf(10) };
    const sum = treeMap((x, y) => leaf(x.item() + y.item()), tree, other);
    expect([sum.a.item(), sum.b[0].item()]).toEqual([11, 22]);
    expectTypeOf(sum).toEqualTypeOf(tree);
  });

  test('refuses trees of different structures', () => {
    expect(() => treeMap((x) => x, { a: leaf(1) }, { b: leaf(1) })).toThrow(
      new TypeError('treeMap: structures {"a":*} and {"b":*} differ'),
    );
    expect(() => treeMap((x) => x, [leaf(1)], [leaf(1), leaf(2)])).toThrow('structures [*] and [*,*] differ');
  });
});

describe('A structure', () => {
  const leafOf = fc.constant(null).map(() => leaf(1));
  const trees = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leafOf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '10', '9', 'constructor'), tie('tree'), { maxKeys: 3 }),
    ),
  })).tree;

  test('reads the leaves of every tree that has it, as flatten does, and of no other', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [own, other] = [flatten('test', a), flatten('test', b)];
        const leaves: Tensor[] = [];
        expect(own.structure.read(b, leaves)).toBe(own.structure.key === other.structure.key);
        if (own.structure.key === other.structure.key)
          expect(leaves.every((leaf, i) => leaf === other.leaves[i])).toBe(true);
        const again: Tensor[] = [];
        expect(own.structure.read(a, again)).toBe(true);
        expect(again.every((leaf, i) => leaf === own.leaves[i])).toBe(true);
      }),
    );
  });

  test.each([
    ['no tensor', { a: 1 }],
    ['nothing', { a: undefined }],
    ['a name too many', { a: leaf(1), b: leaf(2) }],
    ['no plain object', new Map([['a', leaf(1)]])],
    ['null', null],
    ['what is inherited', Object.create({ a: leaf(1) })],
  ])('does not read %s', (_, value) => {
    expect(flatten('test', { a: leaf(1) }).structure.read(value, [])).toBe(false);
  });
});
