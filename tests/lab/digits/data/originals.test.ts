// The sets that are fetched: MNIST as it is, the others in files of their form.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedDigits } from '../../../../src/lab/digits/data/embedded.ts';
import type { TrainAndTest } from '../../../../src/lab/digits/data/images.ts';
import { digitsFromIdx, loadOriginal, unpack } from '../../../../src/lab/digits/data/originals.ts';
import { type DataFile, originals } from '../../../../src/lab/digits/data/sets.ts';
import { FormatError } from '../../../../src/store/errors.ts';
import { extremes, histogram, idxBytes } from './of-digits.ts';

const mnist = join('..', 'shared', 'mnist');
const { full, 'emnist-letters': letters } = originals;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('digitsFromIdx', () => {
  const idx = (shape: number[], data: number[]) => ({ shape, data: Uint8Array.from(data) });
  const image = new Array<number>(784).fill(255);

  test('scales bytes to [0, 1]', () => {
    const { images, labels } = digitsFromIdx(
      idx([1, 28, 28], [51, ...image.slice(1)]),
      idx([1], [9]),
      full,
      'x',
    );
    expect([...images.data.subarray(0, 2)]).toEqual([Math.fround(0.2), 1]);
    expect(labels.toArray()).toEqual([9]);
  });

  test('refuses shapes that do not fit and labels above 9', () => {
    const refused = (shape: number[], labels: number[], labelShape = [labels.length]) => {
      const attempt = () => digitsFromIdx(idx(shape, image), idx(labelShape, labels), full, 'x');
      expect(attempt).toThrow(FormatError);
      return expect(attempt);
    };
    refused([1, 784], [1]).toThrow('x: images of shape [1, 784], not [n, 28, 28]');
    refused([1, 28, 28], [1, 2]).toThrow('x: 1 images but labels of shape [2]');
    refused([1, 28, 28], [1], [1, 1]).toThrow('x: 1 images but labels of shape [1, 1]');
    refused([1, 28, 28], [10]).toThrow('x: label 10 at 0 is not 0 to 9');
  });

  test('turns letters upright and counts them from 0', () => {
    const lying = [0, 255, ...image.slice(2).fill(0)]; // the second pixel of the first row
    const { images, labels, classes } = digitsFromIdx(idx([1, 28, 28], lying), idx([1], [26]), letters, 'x');
    expect(images.data.indexOf(1)).toBe(28);
    expect([labels.toArray(), classes]).toEqual([[25], 26]);
    const of = (label: number) => () =>
      digitsFromIdx(idx([1, 28, 28], lying), idx([1], [label]), letters, 'x');
    expect(of(0)).toThrow('x: label 0 at 0 is not 1 to 26');
    expect(of(27)).toThrow('x: label 27 at 0 is not 1 to 26');
  });
});

describe('a set that is fetched', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'umbra-originals-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('says in one line which file is missing and how to get it', () => {
    const path = join(folder, 'train-images-idx3-ubyte.gz');
    expect(() => loadOriginal('full', folder)).toThrow(
      new FormatError(`${path}: not there; run npm run datasets:fetch`),
    );
  });

  test('refuses a file whose content is not the original', () => {
    writeFileSync(join(folder, full.files.trainImages.name), gzipSync('something else'));
    expect(() => loadOriginal('full', folder)).toThrow(
      /: its content is not MNIST's .*; delete it and run npm run datasets:fetch$/,
    );
    expect(() => loadOriginal('full', folder)).toThrow(FormatError);
  });

  test('refuses a file that decompresses to more than the original', () => {
    const bomb = gzipSync(new Uint8Array(20_000));
    expect(() => unpack('full', full.files.testLabels, bomb, 'x')).toThrow(
      'x: it decompresses to more than 10008 bytes',
    );
  });

  test('is looked for in a folder of its own, and the way out names it', () => {
    const path = join(folder, 'fashion', 'train-images-idx3-ubyte.gz');
    expect(() => loadOriginal('fashion', folder)).toThrow(
      new FormatError(`${path}: not there; run npm run datasets:fetch -- --data fashion`),
    );
  });

  test('is read from files of its form, checked as they are published: packed, or their content', () => {
    const before = structuredClone(letters.files);
    try {
      mkdirSync(join(folder, 'emnist-letters'));
      const put = (file: DataFile, shape: number[], data: number[]): void => {
        const content = idxBytes(shape, data);
        const packed = gzipSync(content);
        Object.assign(file, { length: content.length, sha256: sha256(packed) });
        writeFileSync(join(folder, 'emnist-letters', file.name), packed);
      };
      put(letters.files.trainImages, [2, 28, 28], new Array(2 * 784).fill(51));
      put(letters.files.trainLabels, [2], [1, 26]);
      put(letters.files.testImages, [1, 28, 28], new Array(784).fill(255));
      put(letters.files.testLabels, [1], [3]);
      const { train, test } = loadOriginal('emnist-letters', folder);
      expect([train.images.shape, train.labels.toArray(), test.labels.toArray()]).toEqual([
        [2, 784],
        [0, 25],
        [2],
      ]);
      expect([train.images.data[0], test.images.data[783]]).toEqual([Math.fround(0.2), 1]);
      Object.assign(letters.files.testLabels, { sha256: before.testLabels.sha256 });
      expect(() => loadOriginal('emnist-letters', folder)).toThrow(
        /its content is not EMNIST Letters's .* run npm run datasets:fetch -- --data emnist-letters$/,
      );
    } finally {
      for (const [part, file] of Object.entries(before))
        Object.assign(letters.files[part as keyof typeof before], file);
    }
  });

  test('is not even read where a file is larger than it can be', () => {
    const path = join(folder, full.files.trainImages.name);
    writeFileSync(path, '');
    truncateSync(path, full.largest + 1);
    expect(() => loadOriginal('full', folder)).toThrow(
      `${path}: 12000001 bytes are too many; delete it and fetch it again`,
    );
  });
});

describe.runIf(existsSync(mnist))('the original files', () => {
  let all: TrainAndTest;
  beforeAll(() => {
    all = loadOriginal('full', mnist);
  });

  test('hold 60,000 digits to train on and 10,000 to test with', () => {
    expect([all.train.images.shape, all.train.labels.shape]).toEqual([[60_000, 784], [60_000]]);
    expect([all.test.images.shape, all.test.labels.shape]).toEqual([[10_000, 784], [10_000]]);
    expect([...all.train.labels.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(histogram(all.test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(extremes(all.train.images.data)).toEqual([0, 1]);
  });

  test('hold the embedded digits as their first 10,000 to train on, to the bit', () => {
    const { images, labels } = all.train;
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
      for (const { name } of Object.values<DataFile>(full.files))
        copyFileSync(join(mnist, name), join(folder, name));
      const bytes = Uint8Array.from(readFileSync(join(mnist, full.files.testLabels.name)));
      bytes[2000] ^= 16;
      rmSync(join(folder, full.files.testLabels.name));
      writeFileSync(join(folder, full.files.testLabels.name), bytes);
      expect(() => loadOriginal('full', folder)).toThrow(FormatError);
      expect(() => loadOriginal('full', folder)).toThrow(full.files.testLabels.name);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
