// einsum: random specs against nested loops over all letters, NumPy's examples, derivatives, and its errors.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import {
  add,
  arange,
  einsum,
  matmul,
  reshape,
  round,
  square,
  sum,
  tensor,
  transpose,
  zeros,
} from '../../src/ops/index.ts';
import { type DType, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, hvp, jit, jvp, vmap } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { randomTensor } from '../helpers/draws.ts';
import {
  at,
  everyIndex,
  expectGrid,
  expectNumbers,
  expectSame,
  type Grid,
  makeGrid,
  toGrid,
} from '../helpers/grids.ts';
import { directional, inner } from '../helpers/numeric.ts';
import { highest } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});
afterAll(() => {
  useEngine('reference');
});

type Names = string | readonly string[];

/** Σ over the letters that `out` lacks of the product of the operands, whose axes of size 1 broadcast. */
function naive(inputs: readonly Names[], out: Names, operands: readonly Grid[], dtype: DType): Grid {
  const sizes = new Map<string, number>();
  inputs.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      const n = operands[i].shape[axis];
      if (n !== 1 || !sizes.has(letter)) sizes.set(letter, n);
    });
  });
  const summed = [...sizes.keys()].filter((letter) => !out.includes(letter));
  const size = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter) ?? 0);
  const terms = everyIndex(size(summed));
  const order = [...out, ...summed];
  return makeGrid(dtype, size([...out]), (index) => {
    let total = 0;
    for (const rest of terms) {
      const values = [...index, ...rest];
      const place = (letters: Names, { shape }: Grid): number[] =>
        [...letters].map((letter, axis) => Math.min(values[order.indexOf(letter)], shape[axis] - 1));
      const factors = inputs.map((letters, i) => at(operands[i], place(letters, operands[i])));
      if (dtype === 'i32') total = (total + factors.reduce(Math.imul, 1)) | 0;
      else total += factors.reduce((a, b) => a * b, 1);
    }
    return total;
  });
}

interface Setting {
  readonly inputs: readonly Names[];
  readonly out: Names;
  readonly operands: readonly Tensor[];
}

/** One to three operands over up to four letters, which may repeat in one, and any output of them. */
const setting = (kind: fc.Arbitrary<DType>): fc.Arbitrary<Setting> =>
  fc
    .tuple(
      fc.array(fc.array(fc.constantFrom('i', 'j', 'k', 'Z'), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.tuple(arbitrary.size, arbitrary.size, arbitrary.size, arbitrary.size),
    )
    .chain(([lists, sizes]) => {
      const inputs = lists.map((list) => list.join(''));
      const shapes = lists.map((list) => list.map((letter) => sizes['ijkZ'.indexOf(letter)]));
      return fc.record({
        inputs: fc.constant(inputs),
        out: fc.shuffledSubarray([...new Set(lists.flat())]).map((list) => list.join('')),
        operands: fc.tuple(...shapes.map((shape) => kind.chain((d) => arbitrary.tensorOf(shape, d)))),
      });
    });

function check({ inputs, out, operands }: Setting, spec: string): void {
  const dtype = highest(...operands.map((x) => x.dtype), operands.length > 1 ? 'i32' : 'bool');
  const grids = operands.map(toGrid);
  const result = einsum(spec, ...operands);
  const own = dtype === 'bool' ? result.dtype : dtype;
  const expected = naive(inputs, out, grids, own);
  const magnitude = naive(
    inputs,
    out,
    grids.map((g) => ({ ...g, data: g.data.map(Math.abs) })),
    own === 'i32' ? 'i32' : 'f64',
  );
  expectGrid(result, expected, 64, magnitude);
}

/** A setting with '...' in any place of any operand or of none, and axes of size 1; its spec, spaced. */
const broadcasting = fc
  .record({
    parts: fc.array(
      fc.record({
        letters: fc.array(fc.constantFrom('i', 'j', 'Z'), { maxLength: 2 }),
        place: fc.nat(2),
        more: fc.integer({ min: -1, max: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    sizes: fc.tuple(arbitrary.size, arbitrary.size, arbitrary.size, arbitrary.size, arbitrary.size),
    ones: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    end: fc.constantFrom('implicit', 'with', 'without'),
    mixed: fc.shuffledSubarray(['i', 'j', 'Z']),
    place: fc.nat(3),
  })
  .chain(({ parts, sizes, ones, end, mixed, place }) => {
    const all = ['i', 'j', 'Z', '.1', '.2'];
    const dots = (n: number): string[] => ['.2', '.1'].slice(2 - n);
    const insert = (list: readonly string[], where: number, what: readonly string[]): string[] =>
      list.toSpliced(Math.min(where, list.length), 0, ...what);
    const inputs = parts.map(({ letters, place: where, more }) =>
      insert(letters, where, dots(Math.max(0, more))),
    );
    let next = 0;
    // repeated letters of one operand have one size here, so that their diagonal is that of a square
    const shapes = inputs.map((names) => {
      const own = new Map(names.map((name) => [name, ones[next++] ? 1 : sizes[all.indexOf(name)]]));
      return names.map((name) => own.get(name) ?? 1);
    });
    const written = parts
      .map(({ letters, place: where, more }) => insert(letters, where, more < 0 ? [] : ['...']).join(' '))
      .join(' , ');
    const widest = Math.max(0, ...parts.map(({ more }) => more));
    const flat = inputs.flat();
    const letters = [...new Set(flat)].filter((name) => !name.startsWith('.'));
    const once = letters.filter((name) => flat.filter((other) => other === name).length === 1).sort();
    const chosen = mixed.filter((name) => flat.includes(name));
    const out =
      end === 'implicit'
        ? [...dots(widest), ...once]
        : end === 'with'
          ? insert(chosen, place, dots(widest))
          : chosen;
    const tail = end === 'with' ? insert(chosen, place, ['...']) : chosen;
    const spec = end === 'implicit' ? written : `${written} -> ${tail.join('')}`;
    return fc.record({
      spec: fc.constant(spec),
      setting: fc.record({
        inputs: fc.constant(inputs),
        out: fc.constant(out),
        operands: fc.tuple(
          ...shapes.map((shape) => arbitrary.numericDtype.chain((d) => arbitrary.tensorOf(shape, d))),
        ),
      }),
    });
  });

/** Specs of every kind, with the shapes of their operands. */
const specs: Record<string, number[][]> = {
  '...ij,jk->...ik': [
    [2, 1, 2, 3],
    [3, 2],
  ],
  'i...,i...': [
    [3, 2, 1],
    [3, 4],
  ],
  'ij,jk->ik': [
    [2, 1],
    [3, 2],
  ],
  'Ab,b...c->cA...': [
    [2, 3],
    [1, 2, 2],
  ],
  '...ii->...i': [[2, 3, 3]],
  'ab,bc,...c->a': [
    [2, 3],
    [3, 2],
    [2, 1, 2],
  ],
  '...': [[2, 3]],
};

describe('einsum', () => {
  test('is a loop over all letters, in f64 and f32 (property)', () => {
    fc.assert(
      fc.property(setting(arbitrary.floatDtype), (s) => check(s, `${s.inputs}->${s.out}`)),
      { numRuns: 300 },
    );
  });

  test('is a loop over all letters, of whole numbers and bools (property)', () => {
    fc.assert(
      fc.property(setting(fc.constantFrom('i32', 'bool')), (s) => check(s, `${s.inputs} -> ${s.out}`)),
      { numRuns: 200 },
    );
  });

  test('keeps what occurs once, in alphabetical order, where no output is given (property)', () => {
    fc.assert(
      fc.property(setting(fc.constant('f64')), (s) => {
        const letters = s.inputs.map((names) => [...names].join('')).join('');
        const once = [...new Set(letters)].filter((l) => letters.split(l).length === 2).sort();
        check({ ...s, out: once.join('') }, s.inputs.join());
      }),
      { numRuns: 200 },
    );
  });

  test('writes what other ops are', () => {
    const [a, b] = [reshape(arange(6), [2, 3]), reshape(arange(12), [3, 4])];
    expectSame(einsum('ij,jk->ik', a, b), matmul(a, b));
    expectSame(einsum('ij->ji', a), transpose(a));
    expectSame(einsum('ij->', a), sum(a));
    expectSame(einsum('ij->i', a), sum(a, 1));
    expectSame(einsum('ij', a), a);
    expectSame(einsum('ba', a), transpose(a));
    expect(
      einsum(
        'ii',
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).item(),
    ).toBe(5);
    expect(
      einsum(
        'ii->i',
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([1, 4]);
    expect(einsum(',->', tensor(3), tensor(4)).item()).toBe(12);
  });

  test("takes '...' anywhere, axes of size 1 and any letters (property)", () => {
    fc.assert(
      fc.property(broadcasting, ({ setting: s, spec }) => check(s, spec)),
      { numRuns: 400 },
    );
  });

  test.each(Object.entries(specs))('%s has its derivatives of first and second order', (spec, shapes) => {
    const draws = (seed: number) => shapes.map((shape, i) => randomTensor(shape, seed + i));
    const [x, v] = [draws(1), draws(9)];
    const f = (...operands: Tensor[]) => einsum(spec, ...operands);
    const loss = (operands: readonly Tensor[]) => sum(square(f(...operands)));
    expectNumbers(jvp(f, x, v)[1].data, directional(f, x, v), 1e-8);
    const slope = grad(loss)(x).map((g, i) => inner(g.data, v[i].data));
    const whole = directional((...operands) => loss(operands), x, v);
    expectNumbers([slope.reduce((a, b) => a + b)], whole, 1e-8);
    hvp(loss, x, v).forEach((second, i) => {
      expectNumbers(
        second.data,
        directional((...operands) => grad(loss)(operands)[i], x, v),
        1e-8,
      );
    });
  });

  test.each(engineNames())('gives on %s what it gives on reference, with its gradient and mapped', (name) => {
    const drawn = (kind: 'f32' | 'i32') =>
      Object.values(specs).map((shapes, i) =>
        shapes.map((shape, j) => round(randomTensor(shape, i + j, kind))),
      );
    const inputs = { f32: drawn('f32'), i32: drawn('i32') };
    const apply = (operands: readonly Tensor[], i: number) => einsum(Object.keys(specs)[i], ...operands);
    const loss = (all: readonly (readonly Tensor[])[]) =>
      all.map(apply).reduce((total, y) => add(total, sum(square(y))), tensor(0));
    const f = ({ f32, i32 }: typeof inputs) => [
      ...f32.map(apply),
      ...i32.map(apply),
      ...f32.map((operands, i) => {
        const twice = operands.map((x) => add(x, reshape(arange(2), [2, ...x.shape.map(() => 1)])));
        return vmap((...one: Tensor[]) => apply(one, i))(...twice);
      }),
      ...grad(loss)(f32).flat(),
    ];
    useEngine('reference');
    const right = f(inputs);
    useEngine(name);
    const [eager, jitted] = [inputs.f32.map(apply), jit(f)(inputs)];
    useEngine('reference');
    for (const results of [eager, jitted])
      results.forEach((result, i) => {
        expectSame(result, right[i]);
      });
  });

  test("takes '...' as NumPy does", () => {
    const [a, b] = [reshape(arange(24), [2, 3, 4]), reshape(arange(8), [4, 2])];
    expectSame(einsum('...j,jk->...k', a, b), matmul(a, b));
    expectSame(einsum('i...->...i', a), transpose(a, [1, 2, 0]));
    expectSame(einsum('...ij->...ji', a), transpose(a, [0, 2, 1]));
    expectSame(einsum('...i->...', a), sum(a, 2));
    expectSame(einsum('...i->i', a), sum(a, [0, 1]));
    expectSame(einsum('... -> ...', a), a);
    expectSame(einsum('b...a', a), transpose(a, [1, 2, 0])); // '...' first, then a, b
    expectSame(
      einsum('A j, j B -> A B', reshape(arange(6), [3, 2]), transpose(b)),
      matmul(reshape(arange(6), [3, 2]), transpose(b)),
    );
    expectSame(einsum('αβ,βγ->αγ', reshape(arange(8), [2, 4]), b), matmul(reshape(arange(8), [2, 4]), b));
    expect(einsum('...,...->...', tensor([1, 2]), tensor([[3], [4]])).toArray()).toEqual([
      [3, 6],
      [4, 8],
    ]);
  });

  test('counts bools', () => {
    expect(einsum('i->', tensor([true, true, false])).item()).toBe(2);
    expect(einsum('i->', tensor([true, true])).dtype).toBe('i32');
    expect(einsum('ij->ji', tensor([[true]])).dtype).toBe('bool');
  });

  test.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [4, 2],
      ],
      'j is 3 in one place, 4 in another',
    ],
    ['ii->i', [[2, 3]], 'i is 2 in one place, 3 in another'],
    ['ij->ik', [[2, 3]], 'k is in the output alone'],
    ['ij->ii', [[2, 3]], 'a letter stands twice in the output'],
    ['ij', [[2, 3, 4]], "'ij' names 2 axes, the operand has 3"],
    ['ij,jk', [[2, 3]], '2 operands named, 1 given'],
    ['i', [[2], [2]], '1 operands named, 2 given'],
    ['i->i->i', [[2]], "write letters as in 'ij,jk->ik'"],
    ['i.j', [[2, 2]], "write letters as in 'ij,jk->ik'"],
    ['i....', [[2, 2]], "write letters as in 'ij,jk->ik'"],
    ['...i...', [[2, 2]], "write letters as in 'ij,jk->ik'"],
    ['i1', [[2, 2]], "write letters as in 'ij,jk->ik'"],
    ['...ij', [[2]], "'...ij' names 2 axes, the operand has 1"],
    ['...,...', [[2], [3]], '... is 2 in one place, 3 in another'],
    ['i...->i...j', [[2]], 'j is in the output alone'],
  ])('refuses %s on %j', (spec, shapes, why) => {
    const shown = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
    expect(() => einsum(spec, ...shapes.map((shape) => zeros(shape)))).toThrow(
      new ShapeError(`einsum: '${spec}' on ${shown}: ${why}`),
    );
  });
});
