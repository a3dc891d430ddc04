// What primitives cost: the operations as the field counts them, and the time by which native chooses who computes at once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lower } from '../../src/engines/host/kernels.ts';
import { type AnyApply, type AnyPlain, type Apply, prims, workOf } from '../../src/graph/index.ts';
import { matmul, type Tensor } from '../../src/index.ts';
import type { Aval } from '../../src/tensor/index.ts';
import { aval, graphOf } from '../helpers/compiled.ts';

type Contraction = Apply<'dot'> | Apply<'conv'>;

const nodeOf = (f: (...inputs: Tensor[]) => Tensor, ...inputs: Aval[]): AnyApply => {
  const node = graphOf(f, ...inputs).nodes.at(-1);
  if (!node) throw new Error('there is no node');
  return node;
};

function contractionOf(f: (...inputs: Tensor[]) => Tensor, ...inputs: Aval[]): Contraction {
  const node = graphOf(f, ...inputs).nodes.find(({ op }) => op === 'dot' || op === 'conv');
  if (node?.op !== 'dot' && node?.op !== 'conv') throw new Error('there is no contraction');
  return node;
}

/** The flops of a contraction, two a multiply-add: its value on ones, whose entries each count theirs. */
function counted(node: Contraction): number {
  const ones = node.inputs.map(({ shape }) => new Float64Array(shape.reduce((n, m) => n * m, 1)).fill(1));
  return [...lower({ ...node, dtype: 'f64' } as AnyPlain)(...ones)].reduce((sum, each) => sum + 2 * each, 0);
}

const flops = (node: AnyApply): number => workOf(node).flops;

const size = fc.integer({ min: 1, max: 6 });

describe('The flops of a product are two for each multiply-add that there is', () => {
  test('whatever its labels', () => {
    // each letter is in the left operand, the right one, or both, and if in both perhaps summed over
    const letter = fc.tuple(fc.constantFrom('left', 'right', 'batch', 'inner'), size);
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 6 }), fc.boolean(), (letters, backwards) => {
        const named = letters.map(([role, n], i) => ({ role, n, label: 'abcdef'[i] }));
        const operand = (...roles: string[]) => named.filter(({ role }) => roles.includes(role));
        const [left, right, out] = [
          operand('left', 'batch', 'inner'),
          operand('right', 'batch', 'inner'),
          operand('left', 'right', 'batch'),
        ];
        const labels = (of: typeof named) => of.map(({ label }) => label).join('');
        const rhs = backwards ? right.toReversed() : right;
        const node = contractionOf(
          (x, y) => prims.dot(x, y, { lhs: labels(left), rhs: labels(rhs), out: labels(out) }),
          aval(left.map(({ n }) => n)),
          aval(rhs.map(({ n }) => n)),
        );
        expect(flops(node)).toBe(counted(node));
      }),
    );
  });

  test('and along windows', () => {
    fc.assert(
      fc.property(size, size, size, size, size, (places, k, channels, features, stride) => {
        const n = (places - 1) * stride + 2 * (k - 1) + 1;
        const node = contractionOf(
          (x, y) =>
            prims.conv(x, y, {
              lhs: 'nic',
              rhs: 'kcf',
              out: 'nof',
              windows: [{ lhs: 'i', rhs: 'k', out: 'o', stride, dilation: 2 }],
            }),
          aval([2, n, channels]),
          aval([k, channels, features]),
        );
        expect(flops(node)).toBe(2 * 2 * places * features * k * channels);
        expect(flops(node)).toBe(counted(node));
      }),
    );
  });

  test.each([
    [
      [10_000, 2000],
      [2000, 10_000],
    ],
    [
      [1, 2e7],
      [2e7, 1],
    ],
    [
      [2e7, 1],
      [1, 3],
    ],
    [
      [5, 3, 70],
      [5, 70, 2],
    ],
  ])('so [%s] times [%s] too', (x, y) => {
    const node = contractionOf(matmul, aval(x), aval(y));
    expect(flops(node)).toBe(2 * x.reduce((n, m) => n * m, 1) * (y.at(-1) ?? 1));
  });
});

test('Reading the operands takes time where it is most of the work', () => {
  const long = workOf(contractionOf(matmul, aval([2e7]), aval([2e7])));
  expect(long.additions).toBeGreaterThan(4 * 2e7);
  const square = workOf(contractionOf(matmul, aval([1000, 1000]), aval([1000, 1000])));
  expect(square.additions / 1e9).toBeCloseTo(1, 1);
});

test('Whatever is larger takes time, what is read or what is made', () => {
  const [few, many] = [aval([3]), aval([1000, 3])];
  const work = (f: (...inputs: Tensor[]) => Tensor, ...inputs: Aval[]) =>
    workOf(nodeOf(f, ...inputs)).additions;
  expect(work((x) => prims.broadcast(x, [1000, 3], [1]), few)).toBe(3000);
  expect(work((x) => prims.sum(x, [0]), many)).toBe(3000);
  expect(work((x) => prims.cumSum(x, 0), many)).toBe(3000);
  expect(work((x, y) => prims.concat([x, y], 0), few, aval([1000]))).toBe(1003);
  expect(work((x) => prims.pad(x, { low: [0], high: [997], interior: [0] }), few)).toBe(1000);
  expect(
    work((x, at) => prims.gather(x, at, { axis: 0, batch: 0 }), few, aval([1000], 'i32')),
  ).toBeGreaterThan(999);
  const scattered = (n: number, picks: number) =>
    work(
      (x, at) => prims.scatterAdd(x, at, { axis: 0, batch: 0, size: n }),
      aval([picks]),
      aval([picks], 'i32'),
    );
  expect(scattered(3, 1000)).toBeGreaterThan(999);
  expect(scattered(1000, 3)).toBeGreaterThan(999);
  expect(work((key) => prims.randomBits(key, [1000], 32), aval([2], 'i32'))).toBeGreaterThan(999);
  // lines of n are sorted in n log n
  const sorting = (shape: number[]) => work((x) => prims.argSort(x, shape.length - 1), aval(shape));
  expect(sorting([1024 ** 2 - 1]) / sorting([1024, 1023])).toBeCloseTo(2, 1);
});

test('Bytes are what a primitive needs of its operands, and what it gives', () => {
  const bytes = (f: (...inputs: Tensor[]) => Tensor, ...inputs: Aval[]) => workOf(nodeOf(f, ...inputs)).bytes;
  const [x, table, at] = [aval([10, 3]), aval([1000, 3], 'f64'), aval([10], 'i32')];
  expect(bytes((a, b) => prims.add(a, b), x, x)).toBe(3 * 120);
  expect(bytes((a) => prims.add(a, a), x)).toBe(2 * 120);
  expect(bytes((a) => prims.cast(a, 'bool'), x)).toBe(120 + 30);
  expect(bytes((a) => prims.reshape(a, [30]), x)).toBe(0);
  expect(bytes((a) => prims.slice(a, { start: [0, 0], stop: [2, 3], step: [1, 1] }), table)).toBe(2 * 48);
  expect(bytes((a, i) => prims.gather(a, i, { axis: 0, batch: 0 }), table, at)).toBe(2 * 240 + 40);
  expect(
    bytes((a, i) => prims.scatterAdd(a, i, { axis: 0, batch: 0, size: 1000 }), aval([10, 3], 'f64'), at),
  ).toBe(240 + 40 + 24_000);
});
