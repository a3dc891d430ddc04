// einsum: random specs against nested loops over all letters, NumPy's examples, and its errors.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { arange, einsum, matmul, reshape, sum, tensor, transpose, zeros } from '../../src/ops/index.ts';
import { type DType, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, everyIndex, expectGrid, expectSame, type Grid, makeGrid, toGrid } from '../helpers/grids.ts';
import { highest } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

/** Σ over the letters that `out` lacks of the product of the operands. */
function naive(inputs: readonly string[], out: string, operands: readonly Grid[], dtype: DType): Grid {
  const sizes = new Map<string, number>();
  inputs.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      sizes.set(letter, operands[i].shape[axis]);
    });
  });
  const summed = [...sizes.keys()].filter((letter) => !out.includes(letter));
  const size = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter) ?? 0);
  const inner = everyIndex(size(summed));
  const order = [...out, ...summed];
  return makeGrid(dtype, size([...out]), (index) => {
    let total = 0;
    for (const rest of inner) {
      const values = [...index, ...rest];
      const place = (letters: string): number[] =>
        [...letters].map((letter) => values[order.indexOf(letter)]);
      const factors = inputs.map((letters, i) => at(operands[i], place(letters)));
      if (dtype === 'i32') total = (total + factors.reduce(Math.imul, 1)) | 0;
      else total += factors.reduce((a, b) => a * b, 1);
    }
    return total;
  });
}

interface Setting {
  readonly inputs: readonly string[];
  readonly out: string;
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
        const letters = s.inputs.join('');
        const once = [...new Set(letters)].filter((l) => letters.split(l).length === 2).sort();
        check({ ...s, out: once.join('') }, s.inputs.join(','));
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
  ])('refuses %s on %j', (spec, shapes, why) => {
    const shown = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
    expect(() => einsum(spec, ...shapes.map((shape) => zeros(shape)))).toThrow(
      new ShapeError(`einsum: '${spec}' on ${shown}: ${why}`),
    );
  });
});
