// The sets that are fetched, out of their four original files: each is checked against what is published of it.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../../../store/errors.ts';
import { gunzip, type Idx, imageOf, parseIdx } from './idx.ts';
import { type Digits, ImageStack, side, type TrainAndTest } from './images.ts';
import { type DataFile, type Original, type OriginalName, originals } from './sets.ts';

/** The command that brings a set. */
const fetching = (name: OriginalName): string =>
  `npm run datasets:fetch${name === 'full' ? '' : ` -- --data ${name}`}`;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The content of `file` from its gzip bytes. Throws FormatError unless it is the original, to the bit. */
export function unpack(
  name: OriginalName,
  file: DataFile,
  compressed: Uint8Array,
  source: string,
): Uint8Array {
  const { title, digestOf }: Original = originals[name];
  const content = () => gunzip(compressed, source, file.length);
  const checked = digestOf === 'file' ? compressed : content();
  if (sha256(checked) !== file.sha256)
    throw new FormatError(
      `${source}: its content is not ${title}'s (the SHA-256 differs); delete it and run ${fetching(name)}`,
    );
  return digestOf === 'file' ? content() : checked;
}

/** Where the files of a set lie inside the folder of all. */
export const folderOf = (name: OriginalName, directory: string): string =>
  join(directory, originals[name].folder);

/** The bytes of the file at `path`, or undefined where there is none; never more than it can have. */
export function packed(path: string, largest: number): Uint8Array | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  if (size > largest)
    throw new FormatError(`${path}: ${size} bytes are too many; delete it and fetch it again`);
  return readFileSync(path);
}

function read(name: OriginalName, file: DataFile, directory: string): Idx {
  const path = join(folderOf(name, directory), file.name);
  const compressed = packed(path, originals[name].largest);
  if (!compressed) throw new FormatError(`${path}: not there; run ${fetching(name)}`);
  return parseIdx(unpack(name, file, compressed, path), path);
}

type Labelling = Pick<Original, 'classes' | 'firstLabel' | 'transposed'>;

/**
 * Images out of IDX images [n, 28, 28] and labels [n]. `source` names them in messages. Throws FormatError if the
 * shapes do not fit each other or a label is none of the set's.
 */
export function digitsFromIdx(images: Idx, labels: Idx, of: Labelling, source: string): Digits {
  const { classes, firstLabel, transposed } = of;
  const [n, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== side || width !== side)
    throw new FormatError(
      `${source}: images of shape [${images.shape.join(', ')}], not [n, ${side}, ${side}]; fetch them again`,
    );
  if (labels.shape.length !== 1 || labels.shape[0] !== n)
    throw new FormatError(
      `${source}: ${n} images but labels of shape [${labels.shape.join(', ')}]; fetch both files again`,
    );
  const last = firstLabel + classes - 1;
  const strange = labels.data.findIndex((label) => label < firstLabel || label > last);
  if (strange >= 0)
    throw new FormatError(
      `${source}: label ${labels.data[strange]} at ${strange} is not ${firstLabel} to ${last}; fetch it again`,
    );
  const stack = new ImageStack(n);
  for (let i = 0; i < n; i++) stack.add(imageOf(images, i, transposed));
  return stack.labelled(
    labels.data.map((label) => label - firstLabel),
    classes,
  );
}

/** All of a set from its files, which lie in their place inside `directory`. Throws FormatError. */
export function loadOriginal(name: OriginalName, directory: string): TrainAndTest {
  const set: Original = originals[name];
  const { trainImages, trainLabels, testImages, testLabels } = set.files;
  const load = (images: DataFile, labels: DataFile): Digits =>
    digitsFromIdx(
      read(name, images, directory),
      read(name, labels, directory),
      set,
      folderOf(name, directory),
    );
  return { train: load(trainImages, trainLabels), test: load(testImages, testLabels) };
}
