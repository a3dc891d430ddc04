import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Digits,
  digitsFromIdx,
  embeddedDigits,
  fullDigits,
  mnistFiles,
  unpackMnist,
} from '../../../../src/lab/digits/data/mnist.ts';
import { FormatError } from '../../../../src/store/errors.ts';

const originals = join('..', 'shared', 'mnist');

function extremes(data: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** How many of each digit, 0 to 9. */
const histogram = ({ labels }: Digits): number[] =>
  Array.from({ length: 10 }, (_, digit) => labels.data.filter((label) => label === digit).length);

describe('embeddedDigits', () => {
  const digits = embeddedDigits();

  test('are 10,000 images of 784 pixels from 0 to 1, and their labels', () => {
    expect([digits.images.dtype, digits.images.shape]).toEqual(['f32', [10_000, 784]]);
    expect([digits.labels.dtype, digits.labels.shape]).toEqual(['i32', [10_000]]);
    expect(extremes(digits.images.data)).toEqual([0, 1]);
  });

  test('are sorted by class', () => {
    expect(histogram(digits)).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
    expect([...digits.labels.data]).toEqual([...digits.labels.data].sort((a, b) => a - b));
  });

  test('are the same each time', () => {
    expect(
      Buffer.compare(
        new Uint8Array(embeddedDigits().images.data.buffer),
        new Uint8Array(digits.images.data.buffer),
      ),
    ).toBe(0);
  });
});

describe('digitsFromIdx', () => {
  const idx = (shape: number[], data: number[]) => ({ shape, data: Uint8Array.from(data) });
  const image = new Array<number>(784).fill(255);

  test('scales bytes to [0, 1]', () => {
    const { images, labels } = digitsFromIdx(idx([1, 28, 28], [51, ...image.slice(1)]), idx([1], [9]), 'x');
    expect([...images.data.subarray(0, 2)]).toEqual([Math.fround(0.2), 1]);
    expect(labels.toArray()).toEqual([9]);
  });

  test('refuses shapes that do not fit and labels above 9', () => {
    const refused = (shape: number[], labels: number[], labelShape = [labels.length]) => {
      const attempt = () => digitsFromIdx(idx(shape, image), idx(labelShape, labels), 'x');
      expect(attempt).toThrow(FormatError);
      return expect(attempt);
    };
    refused([1, 784], [1]).toThrow('x: images of shape [1, 784], not [n, 28, 28]');
    refused([1, 28, 28], [1, 2]).toThrow('x: 1 images but labels of shape [2]');
    refused([1, 28, 28], [1], [1, 1]).toThrow('x: 1 images but labels of shape [1, 1]');
    refused([1, 28, 28], [10]).toThrow('x: label 10 at 0 is not 0 to 9');
  });
});

describe('fullDigits', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'umbra-mnist-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('says in one line which file is missing and how to get it', () => {
    const path = join(folder, 'train-images-idx3-ubyte.gz');
    expect(() => fullDigits(folder)).toThrow(
      new FormatError(`${path}: not there; run npm run datasets:fetch`),
    );
  });

  test('refuses a file whose content is not the original', () => {
    writeFileSync(join(folder, mnistFiles.trainImages.name), gzipSync('something else'));
    expect(() => fullDigits(folder)).toThrow(
      /: its content is not MNIST's .*; delete it and run npm run datasets:fetch$/,
    );
    expect(() => fullDigits(folder)).toThrow(FormatError);
  });

  test('refuses a file that decompresses to more than the original', () => {
    const bomb = gzipSync(new Uint8Array(20_000));
    expect(() => unpackMnist(mnistFiles.testLabels, bomb, 'x')).toThrow(
      'x: it decompresses to more than 10008 bytes',
    );
  });
});

describe.runIf(existsSync(originals))('the original files', () => {
  let full: ReturnType<typeof fullDigits>;
  beforeAll(() => {
    full = fullDigits(originals);
  });

  test('hold 60,000 digits to train on and 10,000 to test with', () => {
    expect([full.train.images.shape, full.train.labels.shape]).toEqual([[60_000, 784], [60_000]]);
    expect([full.test.images.shape, full.test.labels.shape]).toEqual([[10_000, 784], [10_000]]);
    expect([...full.train.labels.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(histogram(full.test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(extremes(full.train.images.data)).toEqual([0, 1]);
  });

  test('hold the embedded digits as their first 10,000 to train on, to the bit', () => {
    const { images, labels } = full.train;
    const order = Array.from({ length: 10_000 }, (_, i) => i).sort(
      (a, b) => labels.data[a] - labels.data[b] || a - b,
    );
    const embedded = embeddedDigits().images.data;
    const differing = order.findIndex((from, to) =>
      embedded.subarray(to * 784, to * 784 + 784).some((v, i) => v !== images.data[from * 784 + i]),
    );
    expect(differing).toBe(-1);
  });

  test('are refused with one bit changed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'umbra-mnist-'));
    try {
      for (const { name } of Object.values(mnistFiles))
        copyFileSync(join(originals, name), join(folder, name));
      const bytes = Uint8Array.from(readFileSync(join(originals, mnistFiles.testLabels.name)));
      bytes[2000] ^= 16;
      rmSync(join(folder, mnistFiles.testLabels.name));
      writeFileSync(join(folder, mnistFiles.testLabels.name), bytes);
      expect(() => fullDigits(folder)).toThrow(FormatError);
      expect(() => fullDigits(folder)).toThrow(mnistFiles.testLabels.name);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
