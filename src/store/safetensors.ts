// Safetensors files: named tensors and text, in a format that cannot run code. Trusts nothing it reads.
import {
  type Aval,
  allocate,
  arg,
  checked,
  dtypes,
  fileName,
  fromTypedArray,
  itemSize,
  sizeOf,
  Tensor,
} from '../tensor/index.ts';
import { writePieces } from './atomic.ts';
import { inFile, inMemory, type Source } from './bytes.ts';
import { damaged, type Entry, metadataKey, nameProblem, quote, readHeader } from './header.ts';
import { type Located, locate, writeShards } from './shards.ts';

/** What a safetensors file holds: tensors, and text about them, by name. */
export interface SafetensorsContent {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

/** An open file: what it holds is known, and a tensor is read when it is asked for. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  /** The dtypes and shapes of its tensors by name. */
  readonly avals: Readonly<Record<string, Aval>>;
  /** The tensor called `name`. Throws RangeError where there is none, FormatError where its bytes are not legal. */
  tensor(name: string): Tensor;
  close(): void;
  [Symbol.dispose](): void;
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

const field = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;

/** The metadata as a header field, or none where there is none. */
function metadataFields(metadata: Record<string, string>): string[] {
  const entries = Object.entries(metadata).sort(byName);
  for (const [name, value] of entries) {
    const problem = nameProblem(name);
    if (problem) throw new TypeError(`safetensors: metadata name ${quote(name)} ${problem}; rename it`);
    if (typeof value !== 'string')
      throw new TypeError(
        `safetensors: metadata ${quote(name)} is not a string; pass JSON.stringify(…) of it`,
      );
  }
  return entries.length > 0
    ? [`${JSON.stringify(metadataKey)}:{${entries.map(([name, value]) => field(name, value)).join(',')}}`]
    : [];
}

const isContents = (given: unknown): given is Record<string, Tensor> =>
  arg.isPlain(given) && Object.values(given).every((x) => x instanceof Tensor);
const tensors = arg.value('tensors', 'an object of tensors by name', isContents);
const contents = [tensors, arg.optional(arg.handedOn<Record<string, string>>('metadata'))] as const;
const bytes = arg.value('bytes', 'a Uint8Array', (given) => given instanceof Uint8Array);

/** Wider dtypes come first, so that all data stays aligned. */
const inOrder = ([a, x]: [string, Tensor], [b, y]: [string, Tensor]): number =>
  itemSize(y.dtype) - itemSize(x.dtype) ||
  dtypes.indexOf(y.dtype) - dtypes.indexOf(x.dtype) ||
  byName([a, x], [b, y]);

const bytesIn = ({ size, dtype }: Tensor): number => size * itemSize(dtype);

/** A file of `tensors` and `metadata` in pieces, and how many bytes they are. */
function laidOut(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string>,
): { length: number; pieces: () => Iterable<Uint8Array> } {
  const entries = Object.entries(tensors).sort(inOrder);
  const fields = metadataFields(metadata);
  let end = 0;
  for (const [name, tensor] of entries) {
    const problem = name === metadataKey ? 'is kept for the metadata' : nameProblem(name);
    if (problem) throw new TypeError(`safetensors: tensor name ${quote(name)} ${problem}; rename it`);
    const begin = end;
    end += bytesIn(tensor);
    const { dtype, shape } = tensor;
    fields.push(field(name, { dtype: fileName(dtype), shape, data_offsets: [begin, end] }));
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  function* pieces(): Generator<Uint8Array> {
    const start = new Uint8Array(dataStart).fill(0x20, 8);
    new DataView(start.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
    start.set(header, 8);
    yield start;
    // The format is little-endian, and so is every processor that an engine runs on.
    for (const [, { data }] of entries) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return { length: dataStart + end, pieces };
}

/**
 * `tensors` and `metadata` as the bytes of a safetensors file. Equal contents give equal bytes: wider
 * dtypes come first, so that all data stays aligned, and then names in order. Throws TypeError for a
 * name that the format or JavaScript reserves and for metadata that is not text.
 */
export const encodeSafetensors = checked(
  'encodeSafetensors',
  [...contents],
  (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): Uint8Array => {
    const { length, pieces } = laidOut(tensors, metadata);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  },
);

/** The tensor of `entry`, whose data begins at `dataStart` of `file`. */
function readTensor(file: Source, dataStart: number, { name, dtype, shape, begin }: Entry): Tensor {
  const array = allocate(dtype, sizeOf(shape));
  file.read(dataStart + begin, new Uint8Array(array.buffer));
  if (dtype === 'bool' && array.some((byte) => byte > 1))
    throw damaged(file.name, `tensor ${quote(name)} is BOOL but has a byte other than 0 and 1`);
  return fromTypedArray(array, shape, dtype);
}

/** All that is at the places `located`. */
const contentOf = ({ places, metadata }: Located): SafetensorsContent => ({
  tensors: Object.fromEntries(
    [...places].map(([name, { file, dataStart, entry }]) => [name, readTensor(file, dataStart, entry)]),
  ),
  metadata,
});

/** What is in one file, which is closed where it is damaged. */
function locateIn(file: Source): Located {
  try {
    const { metadata, entries, dataStart } = readHeader(file);
    const places = new Map(entries.map((entry) => [entry.name, { file, dataStart, entry }]));
    return { files: [file], places, metadata };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * The content of a safetensors file. `source` is its name, for messages. The tensors are copies, so
 * `bytes` may be reused. Throws FormatError for whatever the format forbids, for dtypes that Umbra lacks, such as
 * I64, and for BOOL bytes other than 0 and 1; allocates no more than the file is long.
 */
export const decodeSafetensors = checked(
  'decodeSafetensors',
  [bytes, arg.text('source')],
  (bytes: Uint8Array, source: string): SafetensorsContent => contentOf(locateIn(inMemory(bytes, source))),
);

/** What is in the file at `path`, or in the shards that it is an index of. */
const located = (path: string): Located => (path.endsWith('.json') ? locate(path) : locateIn(inFile(path)));

/**
 * Opens the file at `path`, of any length, or the shards that a `model.safetensors.index.json` names: what they hold
 * is read and checked, tensors only as they are asked for. Throws as `decodeSafetensors` does, and what the file
 * system throws.
 */
export const openSafetensors = checked('openSafetensors', [arg.path()], (path: string): SafetensorsFile => {
  const { files, places, metadata } = located(path);
  const close = (): void => {
    for (const file of files.splice(0)) file.close();
  };
  return {
    metadata,
    avals: Object.fromEntries(
      [...places].map(([name, { entry }]) => [name, { dtype: entry.dtype, shape: entry.shape }]),
    ),
    tensor(name) {
      const place = places.get(name);
      if (!place)
        throw new RangeError(`${path}: there is no tensor ${quote(name)}; avals names those there are`);
      if (files.length === 0) throw new TypeError(`${path}: it was closed; read tensors before`);
      return readTensor(place.file, place.dataStart, place.entry);
    },
    close,
    [Symbol.dispose]: close,
  };
});

/** The content of the file at `path`, or of the shards that it is an index of. Throws as `openSafetensors` does. */
export const readSafetensors = checked(
  'readSafetensors',
  [arg.path()],
  (path: string): SafetensorsContent => {
    const all = located(path);
    try {
      return contentOf(all);
    } finally {
      for (const file of all.files) file.close();
    }
  },
);

/**
 * Writes a safetensors file, whole or not at all, a tensor at a time. Throws as `encodeSafetensors` and `writeAtomic`
 * do.
 */
export const writeSafetensors = checked(
  'writeSafetensors',
  [arg.path(), ...contents],
  (path: string, tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): void =>
    writePieces(path, laidOut(tensors, metadata).pieces()),
);

export interface ShardOptions {
  /** Text about the tensors, in every shard. */
  readonly metadata?: Record<string, string>;
  /** What a shard's tensors take at most, unless one alone takes more: 5 GB. */
  readonly maxShardBytes?: number;
}

/**
 * Writes `tensors` in order of their names into `model-00001-of-0000n.safetensors` and so on in `folder`, and last the
 * index, `model.safetensors.index.json`. Throws as `writeSafetensors` does.
 */
export const writeShardedSafetensors = checked(
  'writeShardedSafetensors',
  [
    arg.path(),
    tensors,
    arg.optional(
      arg.options<ShardOptions>({
        metadata: (name) => arg.optional(arg.handedOn<Record<string, string>>(name)),
        maxShardBytes: (name) => arg.optional(arg.whole(name, 1)),
      }),
    ),
  ],
  (folder: string, tensors: Record<string, Tensor>, options: ShardOptions = {}): void => {
    const { metadata = {}, maxShardBytes = 5e9 } = options;
    laidOut(tensors, metadata); // throws before anything is written
    const shards: Record<string, Tensor>[] = [{}];
    let filled = 0;
    for (const [name, tensor] of Object.entries(tensors).sort(byName)) {
      if (filled > 0 && filled + bytesIn(tensor) > maxShardBytes) {
        shards.push({});
        filled = 0;
      }
      shards[shards.length - 1][name] = tensor;
      filled += bytesIn(tensor);
    }
    const total = Object.values(tensors).reduce((sum, tensor) => sum + bytesIn(tensor), 0);
    writeShards(folder, shards.map(Object.keys), total, (path, i) =>
      writeSafetensors(path, shards[i], metadata),
    );
  },
);
