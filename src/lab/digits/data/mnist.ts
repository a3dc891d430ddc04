// MNIST's digits: the 10,000 that come with the `mnist` package, and all 70,000 once they are fetched.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FormatError } from '../../../store/errors.ts';
import { fromTypedArray, type Tensor } from '../../../tensor/index.ts';
import { gunzip, type Idx, parseIdx } from './idx.ts';

/** What a digit is: one of ten, and an image of 28 × 28 pixels. */
export const classes = 10;

/** The accuracy of a guess among the digits. */
export const chance = 1 / classes;
export const side = 28;
export const pixels = side * side;

export interface Digits {
  /** f32 [n, 784]: 28 × 28 pixels in [0, 1], row by row; 0 is the background. */
  images: Tensor;
  /** i32 [n]: 0 to 9. */
  labels: Tensor;
}

/** One of the four original files: its name, its uncompressed length in bytes and their SHA-256. */
export interface MnistFile {
  name: string;
  length: number;
  sha256: string;
}

export const mnistFiles = {
  trainImages: {
    name: 'train-images-idx3-ubyte.gz',
    length: 47_040_016,
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte.gz',
    length: 60_008,
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte.gz',
    length: 7_840_016,
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte.gz',
    length: 10_008,
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
} satisfies Record<string, MnistFile>;

/** The content of `file` from its gzip bytes. Throws FormatError unless it is the original, to the bit. */
export function unpackMnist(file: MnistFile, compressed: Uint8Array, source: string): Uint8Array {
  const bytes = gunzip(compressed, source, file.length);
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256)
    throw new FormatError(
      `${source}: its content is not MNIST's (the SHA-256 differs); delete it and run npm run datasets:fetch`,
    );
  return bytes;
}

/**
 * Digits from IDX images [n, 28, 28] and labels [n]. `source` names them in messages. Throws
 * FormatError if the shapes do not fit each other or a label is above 9.
 */
export function digitsFromIdx(images: Idx, labels: Idx, source: string): Digits {
  const [n, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28)
    throw new FormatError(
      `${source}: images of shape [${images.shape.join(', ')}], not [n, 28, 28]; fetch them again`,
    );
  if (labels.shape.length !== 1 || labels.shape[0] !== n)
    throw new FormatError(
      `${source}: ${n} images but labels of shape [${labels.shape.join(', ')}]; fetch both files again`,
    );
  const strange = labels.data.findIndex((label) => label > 9);
  if (strange >= 0)
    throw new FormatError(
      `${source}: label ${labels.data[strange]} at ${strange} is not 0 to 9; fetch it again`,
    );
  const scaled = new Float32Array(images.data.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = images.data[i] / 255;
  return {
    images: fromTypedArray(scaled, [n, pixels], 'f32'),
    labels: fromTypedArray(Int32Array.from(labels.data), [n], 'i32'),
  };
}

/** What a pixel is in 255ths, from the thousandths to which the `mnist` package rounds it. */
const shades = Float32Array.from({ length: 1001 }, (_, pixel) => Math.round((pixel / 1000) * 255) / 255);

/** The numbers in `json`, "…[0,0.235,1]…", times 1000: to parse JSON for them would take ten times as long. */
function thousandths(json: Uint8Array): Uint16Array {
  const found = new Uint16Array(json.length / 2);
  let [n, value, place] = [0, 0, 1000];
  for (let at = json.indexOf(0x5b) + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte >= 0x30 && byte <= 0x39) {
      value += (byte - 0x30) * place;
      place /= 10;
    } else if (byte === 0x2c || byte === 0x5d) {
      found[n++] = value;
      value = 0;
      place = 1000;
    }
  }
  return found.subarray(0, n);
}

/**
 * The 10,000 digits of the `mnist` package, 0s first and 9s last: images f32 [10000, 784], labels
 * i32 [10000]. They are the first 10,000 training digits, sorted by class.
 */
export function embeddedDigits(): Digits {
  const require = createRequire(import.meta.url);
  // The package's own module would hold all digits in memory for good, so its files are read instead.
  const classes = Array.from({ length: 10 }, (_, label) =>
    thousandths(readFileSync(require.resolve(`mnist/src/digits/${label}.json`))),
  );
  const n = classes.reduce((sum, data) => sum + data.length / pixels, 0);
  const images = new Float32Array(n * pixels);
  const labels = new Int32Array(n);
  let at = 0;
  classes.forEach((data, label) => {
    labels.fill(label, at / pixels, (at + data.length) / pixels);
    for (const pixel of data) images[at++] = shades[pixel];
  });
  return { images: fromTypedArray(images, [n, pixels], 'f32'), labels: fromTypedArray(labels, [n], 'i32') };
}

function readOriginal(directory: string, file: MnistFile): Idx {
  const path = join(directory, file.name);
  let compressed: Uint8Array;
  try {
    compressed = readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new FormatError(`${path}: not there; run npm run datasets:fetch`);
  }
  return parseIdx(unpackMnist(file, compressed, path), path);
}

/**
 * All of MNIST from its four original files in `directory`: 60,000 digits to train on and 10,000 to
 * test with. Throws Error for a missing file, FormatError for one that is not the original.
 */
export function fullDigits(directory: string): { train: Digits; test: Digits } {
  const load = (images: MnistFile, labels: MnistFile): Digits =>
    digitsFromIdx(readOriginal(directory, images), readOriginal(directory, labels), directory);
  return {
    train: load(mnistFiles.trainImages, mnistFiles.trainLabels),
    test: load(mnistFiles.testImages, mnistFiles.testLabels),
  };
}
