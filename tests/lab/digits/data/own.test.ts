// Sets of a user's own: pairs of IDX files, folders of PNGs, and what is wrong with them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadData } from '../../../../src/lab/digits/data/load.ts';
import { loadOwn, readData } from '../../../../src/lab/digits/data/own.ts';
import { findSet, ownSet } from '../../../../src/lab/digits/data/sets.ts';
import { FormatError } from '../../../../src/store/errors.ts';
import { grey, idxBytes } from './of-digits.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-own-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder called `name` of those files. */
function put(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, file)), { recursive: true });
    writeFileSync(join(folder, name, file), bytes);
  }
  return join(folder, name);
}

const upTo = (n: number, of: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i));

/** `n` images of `side` × `side`, the i-th of them of grey 10 i, with the labels given. */
const pair = (labels: readonly number[], side = 2) => ({
  images: idxBytes(
    [labels.length, side, side],
    labels.flatMap((_, i) => new Array(side ** 2).fill(10 * i)),
  ),
  labels: idxBytes([labels.length], labels),
});

/** Ten or more PNGs a class, each of one grey. */
const pictures = (classes: Readonly<Record<string, number>>, each = 10) =>
  Object.fromEntries(
    Object.entries(classes).flatMap(([name, level]) =>
      upTo(each, (i) => i).map((i) => [`${name}/${i}.png`, grey(3, 2, level)]),
    ),
  );

const twenty = upTo(20, (i) => 5 + 2 * (i % 2)); // labels 5 and 7

describe('a pair of IDX files', () => {
  test('is a set to be split, of the classes that its labels name, in their order', async () => {
    const { images, labels } = pair(twenty);
    const path = put('pair', { 'images-idx3-ubyte': images, 'labels-idx1-ubyte.gz': gzipSync(labels) });
    const data = readData(path);
    expect(data).toMatch(/\/pair \(2 classes, 20 images, SHA-256 [0-9a-f]{64}\)$/);
    expect(findSet(data)).toMatchObject({
      classes: 2,
      split: { train: 16, test: 4, all: 20 },
      what: 'images',
    });
    const config = { data, trainDigits: 10, testDigits: 10, splitSeed: 0 };
    const { train, test: held } = await loadData(config, '');
    expect([train.images.shape, held.images.shape, train.classes]).toEqual([[10, 784], [10, 784], 2]);
    const all = await loadOwn(data);
    expect('labels' in all && all.labels.toArray()).toEqual(twenty.map((label) => (label - 5) / 2));
  });

  test('beside another is training or test images, by their names', async () => {
    const [train, held] = [pair(twenty), pair(upTo(10, () => 7))];
    const data = readData(
      put('two', {
        'my-train-images-idx3-ubyte': train.images,
        'my-train-labels-idx1-ubyte': train.labels,
        't10k-images-idx3-ubyte': held.images,
        't10k-labels-idx1-ubyte': held.labels,
      }),
    );
    expect(data).toContain('(2 classes, 20 + 10 images,');
    const all = await loadOwn(data);
    expect('test' in all && all.test.labels.toArray()).toEqual(new Array(10).fill(1));
  });

  test('that has changed since is refused, and so is one that is gone', async () => {
    const { images, labels } = pair(twenty);
    const path = put('changed', { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels });
    const data = readData(path);
    images[images.length - 1] ^= 1;
    writeFileSync(join(path, 'images-idx3-ubyte'), images);
    await expect(loadOwn(data)).rejects.toThrow(
      new FormatError(
        `${path}: not what it was (the SHA-256 differs); put it back, or begin another run with --data`,
      ),
    );
    rmSync(path, { recursive: true });
    await expect(loadOwn(data)).rejects.toThrow(`${path}: not there; put changed back`);
  });

  const named = (images: Uint8Array, labels: Uint8Array) => ({
    'images-idx3-ubyte': images,
    'labels-idx1-ubyte': labels,
  });
  const whole = pair(twenty);
  test.each<[string, Record<string, Uint8Array>, string]>([
    [
      'cut short',
      named(whole.images.subarray(0, -1), whole.labels),
      '/images-idx3-ubyte: 79 bytes of data do not fill shape [20, 2, 2], which has 80; write it again',
    ],
    ['of sizes beyond its bytes', named(idxBytes([4e9, 4e9, 4e9], []), whole.labels), 'do not fill shape'],
    [
      'of flat images',
      named(
        idxBytes(
          [20, 4],
          upTo(80, () => 0),
        ),
        whole.labels,
      ),
      'images of shape [20, 4], not [n, height, width]',
    ],
    [
      'of too large images',
      named(
        idxBytes(
          [1, 4097, 1],
          upTo(4097, () => 0),
        ),
        idxBytes([1], [0]),
      ),
      'with sides of 1 to 4096',
    ],
    [
      'of fewer labels',
      named(whole.images, idxBytes([19], twenty.slice(1))),
      '/labels-idx1-ubyte: labels of shape [19], where there are 20 images',
    ],
    [
      'of one class',
      named(
        whole.images,
        idxBytes(
          [20],
          upTo(20, () => 3),
        ),
      ),
      ': 1 classes, where 2 to 1000 can be',
    ],
    [
      'of few images',
      named(idxBytes([2, 1, 1], [0, 1]), idxBytes([2], [0, 1])),
      ': 2 images, where 20 are the least',
    ],
    [
      'without labels',
      { 'images-idx3-ubyte': whole.images },
      '/images-idx3-ubyte: its labels are not beside it',
    ],
    [
      'with a test image of no known class',
      {
        'train-images-idx3-ubyte': whole.images,
        'train-labels-idx1-ubyte': whole.labels,
        'test-images-idx3-ubyte': whole.images,
        'test-labels-idx1-ubyte': idxBytes(
          [20],
          upTo(20, () => 6),
        ),
      },
      ': its test images have class 6, which no training image has',
    ],
    [
      'beside one that is called otherwise',
      {
        ...named(whole.images, whole.labels),
        'b-images-idx3-ubyte': whole.images,
        'b-labels-idx1-ubyte': whole.labels,
      },
      ': 2 pairs of IDX files; give one, or two called train-… and test-…',
    ],
  ])('%s is refused in one line', (name, files, message) => {
    const path = put(name.replaceAll(' ', '-'), files);
    expect(() => readData(path)).toThrow(FormatError);
    expect(() => readData(path)).toThrow(message);
  });
});

describe('a folder of PNGs for each class', () => {
  test('is a set of those classes, by number where they are numbers', async () => {
    const data = readData(put('pngs', pictures({ 2: 51, 10: 255 })));
    expect(ownSet(data)).toMatchObject({ classes: 2, train: 20, test: 0 });
    const all = await loadOwn(data);
    if (!('labels' in all)) throw new Error('it is in parts');
    expect(all.labels.toArray()).toEqual([...new Array(10).fill(0), ...new Array(10).fill(1)]);
    expect([all.images.data[0], all.images.data[10 * 784]]).toEqual([Math.fround(0.2), 1]);
  });

  test('inside train and test is two sets', async () => {
    const path = put('parts', {
      ...pictures({ 'train/a': 0, 'train/b': 102 }),
      ...pictures({ 'test/b': 204 }),
    });
    const data = readData(path);
    expect(data).toContain('(2 classes, 20 + 10 images,');
    const all = await loadOwn(data);
    expect('test' in all && [all.test.labels.data[0], all.test.images.data[0]]).toEqual([
      1,
      Math.fround(0.8),
    ]);
  });

  test('is refused where it holds what is no PNG, and where there is nothing', () => {
    const path = put('mixed', { ...pictures({ a: 0, b: 1 }), 'a/notes.txt': Buffer.from('x') });
    expect(() => readData(path)).toThrow(`${path}/a/notes.txt: not a PNG file; convert or remove it`);
    const empty = put('empty', { '.hidden': Buffer.from('x') });
    expect(() => readData(empty)).toThrow(`${empty}: neither a pair of IDX files (`);
  });

  test('says which picture is damaged', async () => {
    const bytes = grey(3, 2, 9);
    bytes[bytes.length - 15] ^= 1;
    const path = put('damaged', { ...pictures({ a: 0, b: 1 }), 'b/broken.png': bytes });
    await expect(loadOwn(readData(path))).rejects.toThrow(`${path}/b/broken.png: it is damaged at byte`);
  });
});

test('a name, and what is no folder, is left for the setting to judge', () => {
  expect(readData('full')).toBe('full');
  expect(readData('fasion')).toBe('fasion');
  const data = readData(put('again', pictures({ a: 0, b: 1 })));
  expect(readData(data)).toBe(data);
});
