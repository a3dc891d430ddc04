// Sets of a user's own: a folder with a pair of IDX files, with two for training and tests, or with a folder of PNGs
// for each class.
import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { FormatError } from '../../../store/errors.ts';
import { projectPath } from '../../core/cli/paths.ts';
import { gunzip, type Idx, imageOf, parseIdx } from './idx.ts';
import { type ByteImage, type Digits, ImageStack, type TrainAndTest } from './images.ts';
import { decodePng, longestSide } from './png.ts';
import { findSet, ownName, ownSet } from './sets.ts';

const most = { bytes: 2 ** 30, png: 2 ** 26, images: 1_000_000, classes: 1000 };
const least = { images: 20, part: 10, classes: 2 };

/** Training or test images as they lie there. */
interface Part {
  readonly labels: readonly string[];
  /** Takes in the name and the content of every file. */
  digest(hash: Hash): void;
  images(): Iterable<ByteImage> | AsyncIterable<ByteImage>;
}

interface Parts {
  readonly train: Part;
  /** Absent where they are yet to be split. */
  readonly test?: Part;
}

const writeAgain = 'write it again';

const refuse = (source: string, problem: string): never => {
  throw new FormatError(`${source}: ${problem}`);
};

/** The file at `path`, which has `largest` bytes at most. */
function readUpTo(path: string, largest: number): Uint8Array {
  const { size } = statSync(path);
  if (size > largest) refuse(path, `${size} bytes, where ${largest} are the most; take smaller files`);
  return readFileSync(path);
}

function digestFile(hash: Hash, name: string, bytes: Uint8Array): void {
  hash.update(`${name}\n${bytes.length}\n`).update(bytes);
}

/** By number where names are numbers. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** What lies in `folder`, hidden files aside. */
function entries(folder: string): { files: string[]; folders: string[] } {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort(compare);
  const isFolder = (name: string): boolean => statSync(join(folder, name)).isDirectory();
  return { files: names.filter((name) => !isFolder(name)), folders: names.filter(isFolder) };
}

const idxName = /^(?:(.*)-)?(images|labels)-idx[13]-ubyte(?:\.gz)?$/;

function readPair(folder: string, imagesName: string, labelsName: string): Part {
  const read = (name: string): { bytes: Uint8Array; idx: Idx } => {
    const path = join(folder, name);
    const bytes = readUpTo(path, most.bytes);
    const content = name.endsWith('.gz') ? gunzip(bytes, path, most.bytes, writeAgain) : bytes;
    return { bytes, idx: parseIdx(content, path, writeAgain) };
  };
  const [images, labels] = [read(imagesName), read(labelsName)];
  const { shape } = images.idx;
  const sides = shape.slice(1);
  if (shape.length !== 3 || Math.min(...sides) < 1 || Math.max(...sides) > longestSide)
    refuse(
      join(folder, imagesName),
      `images of shape [${shape.join(', ')}], not [n, height, width] with sides of 1 to ${longestSide}`,
    );
  if (labels.idx.shape.length !== 1 || labels.idx.shape[0] !== shape[0])
    refuse(
      join(folder, labelsName),
      `labels of shape [${labels.idx.shape.join(', ')}], where there are ${shape[0]} images`,
    );
  return {
    labels: Array.from(labels.idx.data, String),
    digest(hash) {
      digestFile(hash, imagesName, images.bytes);
      digestFile(hash, labelsName, labels.bytes);
    },
    *images() {
      for (let i = 0; i < shape[0]; i++) yield imageOf(images.idx, i);
    },
  };
}

/** The pairs of IDX files in `folder`. */
function pairsIn(folder: string, files: readonly string[]): Parts {
  const pairs = new Map<string, { images?: string; labels?: string }>();
  for (const name of files) {
    const [, prefix = '', what] = idxName.exec(name) ?? [];
    if (what !== 'images' && what !== 'labels') continue;
    const pair = pairs.get(prefix) ?? {};
    pair[what] ??= name;
    pairs.set(prefix, pair);
  }
  const parts = [...pairs].map(([prefix, { images, labels }]) => ({
    prefix,
    read: () =>
      images && labels
        ? readPair(folder, images, labels)
        : refuse(
            join(folder, (images ?? labels) as string),
            `its ${images ? 'labels' : 'images'} are not beside it; give both, called alike`,
          ),
  }));
  if (parts.length === 1) return { train: parts[0].read() };
  const called = (end: RegExp) => parts.filter(({ prefix }) => end.test(prefix));
  const [train, test] = [called(/train$/), called(/(test|t10k)$/)];
  if (parts.length !== 2 || train.length !== 1 || test.length !== 1)
    refuse(folder, `${parts.length} pairs of IDX files; give one, or two called train-… and test-…`);
  return { train: train[0].read(), test: test[0].read() };
}

/** The PNGs in the folders of classes `folders` of `place`; `within` is what their names begin with. */
function picturesIn(place: string, folders: readonly string[], within = ''): Part {
  const pictures = folders.flatMap((label) => {
    const inside = entries(join(place, label));
    const [stranger] = [...inside.folders, ...inside.files.filter((name) => !/\.png$/i.test(name))];
    if (stranger !== undefined) refuse(join(place, label, stranger), 'not a PNG file; convert or remove it');
    return inside.files.map((name) => ({ label, name: `${label}/${name}` }));
  });
  const read = (name: string): Uint8Array => readUpTo(join(place, name), most.png);
  return {
    labels: pictures.map(({ label }) => label),
    digest(hash) {
      for (const { name } of pictures) digestFile(hash, `${within}${name}`, read(name));
    },
    async *images() {
      for (const { name } of pictures) yield await decodePng(read(name), join(place, name));
    },
  };
}

function partsIn(folder: string): Parts {
  const { files, folders } = entries(folder);
  if (files.some((name) => idxName.test(name))) return pairsIn(folder, files);
  if (folders.length === 0)
    refuse(
      folder,
      'neither a pair of IDX files (images-idx3-ubyte and labels-idx1-ubyte, or .gz) nor a folder of PNGs for each class',
    );
  if (folders.join() !== 'test,train') return { train: picturesIn(folder, folders) };
  const part = (name: string): Part =>
    picturesIn(join(folder, name), entries(join(folder, name)).folders, `${name}/`);
  return { train: part('train'), test: part('test') };
}

/** What is found in a folder, checked: its parts, the classes in their order, and its SHA-256. */
function find(folder: string): Parts & { readonly classes: readonly string[]; readonly sha256: string } {
  const { train, test } = partsIn(folder);
  const classes = [...new Set(train.labels)].sort(compare);
  const [n, m] = [train.labels.length, test?.labels.length];
  if (classes.length < least.classes || classes.length > most.classes)
    refuse(folder, `${classes.length} classes, where ${least.classes} to ${most.classes} can be`);
  if (m === undefined ? n < least.images : Math.min(n, m) < least.part)
    refuse(
      folder,
      m === undefined
        ? `${n} images, where ${least.images} are the least`
        : `${n} images to train on and ${m} to test with, where ${least.part} of each are the least`,
    );
  if (n + (m ?? 0) > most.images) refuse(folder, `${n + (m ?? 0)} images, where ${most.images} are the most`);
  const unknown = test?.labels.find((label) => !classes.includes(label));
  if (unknown !== undefined)
    refuse(folder, `its test images have class ${unknown}, which no training image has`);
  const hash = createHash('sha256');
  train.digest(hash);
  test?.digest(hash);
  return { train, test, classes, sha256: hash.digest('hex') };
}

/** `folder` as configs have it: the same in every clone, where it lies in one. */
function placeOf(folder: string): string {
  const path = relative(projectPath(), resolve(folder));
  return path.startsWith('..') || path === '' ? resolve(folder) : path;
}

/** What `--data` means: the name of a set, or a folder, which is looked through. Throws FormatError. */
export function readData(text: string): string {
  if (findSet(text) || !statSync(text, { throwIfNoEntry: false })?.isDirectory()) return text;
  const { train, test, classes, sha256 } = find(text);
  return ownName({
    ...{ folder: placeOf(text), sha256, classes: classes.length },
    ...{ train: train.labels.length, test: test?.labels.length ?? 0 },
  });
}

async function digitsOf({ labels, images }: Part, classes: readonly string[]): Promise<Digits> {
  const stack = new ImageStack(labels.length);
  for await (const image of images()) stack.add(image);
  const numbers = new Map(classes.map((label, i) => [label, i]));
  return stack.labelled(
    labels.map((label) => numbers.get(label) as number),
    classes.length,
  );
}

/** All images of the set that `readData` called `data`. Throws FormatError where it has changed since. */
export async function loadOwn(data: string): Promise<TrainAndTest | Digits> {
  const set = ownSet(data);
  if (!set) throw new RangeError(`there is no set called ${data}`);
  const folder = resolve(projectPath(), set.folder);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    refuse(folder, `not there; put ${basename(folder)} back, or begin another run with --data`);
  const { train, test, classes, sha256 } = find(folder);
  if (sha256 !== set.sha256)
    refuse(folder, 'not what it was (the SHA-256 differs); put it back, or begin another run with --data');
  return test
    ? { train: await digitsOf(train, classes), test: await digitsOf(test, classes) }
    : digitsOf(train, classes);
}
