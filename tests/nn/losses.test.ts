// Losses: against sums written out, with their gradients, and at logits that overflow.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { crossEntropy, klDivergence, meanSquaredError } from '../../src/nn/index.ts';
import { softmax, tensor } from '../../src/ops/index.ts';
import { DTypeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { expectDerivatives } from '../helpers/primitive.ts';

beforeAll(() => {
  useEngine('reference');
});

const logSoftmax = (row: number[]): number[] => {
  const top = Math.max(...row);
  const total = row.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return row.map((v) => v - top - Math.log(total));
};
const rowsOf = (x: Tensor): number[][] => {
  const n = x.shape[x.ndim - 1];
  return Array.from({ length: x.size / n }, (_, i) => Array.from(x.data.slice(i * n, (i + 1) * n)));
};
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const shapes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));

describe('crossEntropy', () => {
  test('is the mean of −log softmax at the labels (property)', () => {
    const setting = shapes.chain(([m, n]) =>
      fc.tuple(arbitrary.tensorOf([m, n], 'f64'), arbitrary.tensorOf([m], 'i32', fc.nat(n - 1))),
    );
    fc.assert(
      fc.property(setting, ([logits, labels]) => {
        const terms = rowsOf(logits).map((row, i) => -logSoftmax(row)[labels.data[i]]);
        expectNumbers([crossEntropy(logits, labels).item()], [mean(terms)], 1e-12);
      }),
    );
  });

  test('takes any leading axes, and none', () => {
    const one = crossEntropy(tensor([0, 0, 0, 0], 'f64'), tensor(2, 'i32'));
    expectNumbers([one.item()], [Math.log(4)], 1e-15);
    const labels = tensor(
      [
        [0, 1, 2],
        [2, 1, 0],
      ],
      'i32',
    );
    expect(crossEntropy(randomTensor([2, 3, 3]), labels).shape).toEqual([]);
  });

  test('has softmax − oneHot over the batch as its gradient', () => {
    const logits = tensor(
      [
        [1, 2, 3],
        [0, 0, 5],
      ],
      'f64',
    );
    const labels = tensor([0, 2], 'i32');
    const gradient = grad((x: Tensor) => crossEntropy(x, labels))(logits).data;
    const expected = Array.from(softmax(logits).data, (p, i) => (p - Number(i === 0 || i === 5)) / 2);
    expectNumbers(gradient, expected, 1e-14);
  });

  test('is finite at logits that overflow', () => {
    expect(crossEntropy(tensor([[1000, -1000]]), tensor([1], 'i32')).item()).toBe(2000);
    expect(crossEntropy(tensor([[1000, -1000]]), tensor([0], 'i32')).item()).toBeCloseTo(0, 15);
  });

  test('refuses labels that are no positions', () => {
    expect(() => crossEntropy(randomTensor([2, 3]), tensor([0, 1], 'f32'))).toThrow(DTypeError);
    expect(() => crossEntropy(randomTensor([2, 3]), tensor([0, 3], 'i32'))).toThrow(
      'label 3 is none of the 3 classes',
    );
  });
});

/** PyTorch's CrossEntropyLoss by its documentation, for rows of logits. NaN for a label that is no class. */
function definition(rows: number[][], labels: number[], options: Options): number {
  const { ignoreIndex, labelSmoothing: s = 0, weight } = options;
  const n = rows[0].length;
  const w = (c: number): number => (weight ? weight[c] : 1);
  let [total, counted] = [0, 0];
  rows.forEach((row, i) => {
    const label = labels[i];
    if (label === ignoreIndex) return;
    if (!(label >= 0 && label < n)) total = NaN;
    const logs = logSoftmax(row);
    total -= (1 - s) * w(label) * logs[label];
    logs.forEach((value, c) => {
      total -= (s / n) * w(c) * value;
    });
    counted += w(label);
  });
  return total / counted;
}
interface Options {
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
  readonly weight?: number[];
}

describe.each(engineNames())('crossEntropy on the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });
  afterAll(() => {
    useEngine('reference');
  });

  const logits = tensor(
    [
      [1, 2, 3],
      [0, 0, 5],
      [-1, 0.5, 0],
      [2, 2, -30],
    ],
    'f64',
  );
  const weight = [0.5, 2, 3.5];
  const cases: [number[], Options][] = [
    [[0, 2, 1, 2], {}],
    [[0, 2, 1, 2], { labelSmoothing: 0.1 }],
    [[0, 2, 1, 2], { labelSmoothing: 1 }],
    [[0, 2, 1, 2], { weight }],
    [[0, -100, 1, -100], { ignoreIndex: -100 }],
    [[0, 2, 1, 2], { ignoreIndex: 2 }],
    [[0, 7, 1, 7], { ignoreIndex: 7, weight, labelSmoothing: 0.3 }],
    [[-1, -1, -1, -1], { ignoreIndex: -1 }],
    [[0, 3, 1, 2], {}],
    [[0, -1, 1, 2], { ignoreIndex: -2 }],
    [[0, 2 ** 31 - 1, 1, -(2 ** 31)], { weight, labelSmoothing: 0.5 }],
  ];
  const loss = (x: Tensor, labels: Tensor, options: Options): Tensor =>
    crossEntropy(x, labels, { ...options, weight: options.weight && tensor(options.weight, x.dtype) });

  test('is what PyTorch documents, with its gradient, and NaN for labels that are none', () => {
    const compiled = jit((x: Tensor, all: readonly Tensor[]) =>
      cases.flatMap(([, options], i) => [
        loss(x, all[i], options),
        grad((y: Tensor) => loss(y, all[i], options))(x),
      ]),
    );
    const results = compiled(
      logits,
      cases.map(([labels]) => tensor(labels, 'i32')),
    );
    const rows = rowsOf(logits);
    cases.forEach(([labels, options], i) => {
      const right = definition(rows, labels, options);
      expectNumbers([results[2 * i].item()], [right], 1e-13);
      const legal = labels.every((label) => label === options.ignoreIndex || (label >= 0 && label < 3));
      const slopes = results[2 * i + 1];
      if (!legal) {
        const bad = labels.map((label) => !(label >= 0 && label < 3));
        expect(rowsOf(slopes).map((row) => row.every(Number.isNaN))).toEqual(bad);
        expect(() => loss(logits, tensor(labels, 'i32'), options)).toThrow(
          /^crossEntropy: label -?\d+ is none of the 3 classes, 0 to 2/,
        );
        return;
      }
      expectNumbers([loss(logits, tensor(labels, 'i32'), options).item()], [right], 1e-13);
      if (Number.isNaN(right)) return;
      const step = 1e-5;
      rows.forEach((row, r) => {
        row.forEach((_, c) => {
          const moved = (by: number): number =>
            definition(
              rows.map((it, k) => (k === r ? it.with(c, it[c] + by) : it)),
              labels,
              options,
            );
          expectNumbers([slopes.data[3 * r + c]], [(moved(step) - moved(-step)) / (2 * step)], 1e-8);
        });
      });
    });
  });
});

test('crossEntropy refuses options that cannot be', () => {
  const [x, labels] = [randomTensor([2, 3]), tensor([0, 1], 'i32')];
  expect(() => crossEntropy(x, labels, { labelSmoothing: 1.5 })).toThrow(
    'labelSmoothing 1.5 is not from 0 to 1',
  );
  expect(() => crossEntropy(x, labels, { weight: tensor([1, 2]) })).toThrow('weight [2] for 3 classes');
});

describe('klDivergence', () => {
  test('is the mean of Σ p (log p − log q) (property)', () => {
    const setting = shapes.chain((shape) =>
      fc.tuple(arbitrary.tensorOf(shape, 'f64'), arbitrary.tensorOf(shape, 'f64')),
    );
    fc.assert(
      fc.property(setting, ([target, logits]) => {
        const q = rowsOf(logits).map(logSoftmax);
        const terms = rowsOf(target)
          .map(logSoftmax)
          .map((p, i) => p.reduce((sum, v, j) => sum + Math.exp(v) * (v - q[i][j]), 0));
        expectNumbers([klDivergence(target, logits).item()], [mean(terms)], 1e-12);
      }),
    );
  });

  test('is 0 at equality, where its gradient is 0 too, and else positive', () => {
    const x = randomTensor([3, 4]);
    expectNumbers([klDivergence(x, x).item()], [0], 1e-15);
    expectNumbers(grad((y: Tensor) => klDivergence(x, y))(x).data, new Array(12).fill(0), 1e-15);
    expect(klDivergence(x, randomTensor([3, 4], 1)).item()).toBeGreaterThan(0);
  });

  test('has derivatives in both arguments', () => {
    expectDerivatives({
      f: klDivergence as (...x: Tensor[]) => Tensor,
      x: [randomTensor([2, 3], 1), randomTensor([2, 3], 2)],
    });
  });
});

describe('meanSquaredError', () => {
  test('is the mean over all elements, with its derivatives', () => {
    expect(
      meanSquaredError(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([
          [1, 0],
          [0, 4],
        ]),
      ).item(),
    ).toBe(3.25);
    expectDerivatives({
      f: meanSquaredError as (...x: Tensor[]) => Tensor,
      x: [randomTensor([2, 3], 1), randomTensor([2, 3], 2)],
    });
  });
});
