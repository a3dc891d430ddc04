// Safetensors files: named tensors and text, in a format that cannot run code. Trusts nothing it reads.
import {
  allocate,
  arg,
  checked,
  type DType,
  dtypes,
  fileName,
  fromTypedArray,
  itemSize,
  maxRank,
  maxSize,
  type Shape,
  showShape,
  sizeOf,
  Tensor,
} from '../tensor/index.ts';
import { writeAtomic } from './atomic.ts';
import { readAll } from './bytes.ts';
import { FormatError } from './errors.ts';

const metadataKey = '__metadata__';
const headerLimit = 100_000_000; // bytes; the limit of the format's reference implementation

/** What a safetensors file holds: tensors, and text about them, by name. */
export interface SafetensorsContent {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

/** Why `name` names no tensor and no metadata, or `undefined` where it may. */
function nameProblem(name: string): string | undefined {
  if (name === '__proto__') return 'would change an object instead of naming an entry';
  if (/\p{Surrogate}/u.test(name)) return 'holds half a surrogate pair, which is no Unicode text';
  return undefined;
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

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isContents = (given: unknown): given is Record<string, Tensor> =>
  arg.isPlain(given) && Object.values(given).every((x) => x instanceof Tensor);
const contents = [
  arg.value('tensors', 'an object of tensors by name', isContents),
  arg.optional(arg.handedOn<Record<string, string>>('metadata')),
] as const;
const bytes = arg.value('bytes', 'a Uint8Array', (given) => given instanceof Uint8Array);

/**
 * `tensors` and `metadata` as the bytes of a safetensors file. Equal contents give equal bytes: wider
 * dtypes come first, so that all data stays aligned, and then names in order. Throws TypeError for a
 * name that the format or JavaScript reserves and for metadata that is not text.
 */
export const encodeSafetensors = checked(
  'encodeSafetensors',
  [...contents],
  (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): Uint8Array => {
    const width = (tensor: Tensor): number => itemSize(tensor.dtype);
    const entries = Object.entries(tensors).sort((a, b) => width(b[1]) - width(a[1]) || byName(a, b));
    const fields = metadataFields(metadata);
    let end = 0;
    for (const [name, { dtype, shape, size }] of entries) {
      const problem = name === metadataKey ? 'is kept for the metadata' : nameProblem(name);
      if (problem) throw new TypeError(`safetensors: tensor name ${quote(name)} ${problem}; rename it`);
      const begin = end;
      end += size * itemSize(dtype);
      fields.push(field(name, { dtype: fileName(dtype), shape, data_offsets: [begin, end] }));
    }
    const header = new TextEncoder().encode(`{${fields.join(',')}}`);
    const dataStart = 8 + Math.ceil(header.length / 8) * 8;
    const bytes = new Uint8Array(dataStart + end).fill(0x20, 8, dataStart);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
    bytes.set(header, 8);
    let at = dataStart;
    for (const [, { data }] of entries) {
      // The format is little-endian, and so is every processor that an engine runs on.
      bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
      at += data.byteLength;
    }
    return bytes;
  },
);

/** A name from a file, fit for one line of a message. */
function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

const damaged = (source: string, problem: string): FormatError =>
  new FormatError(
    `${source}: ${problem}; the file is damaged or not safetensors, so write or fetch it again`,
  );

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0);

/** The first key that an object in `text`, which is valid JSON, gives twice. `JSON.parse` keeps the last. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open.push(new Set());
    else if (text[i] === '}') open.pop();
    else if (text[i] === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      let next = i + 1;
      while (' \t\r\n'.includes(text[next] ?? '.')) next++;
      if (text[next] !== ':') continue;
      const key = String(JSON.parse(text.slice(start, i + 1)));
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** The header's fields, and where the data begins. Reads no further than `bytes` goes. */
function readHeader(bytes: Uint8Array, source: string): { header: Fields; dataStart: number } {
  if (bytes.length < 8) throw damaged(source, `${bytes.length} bytes are too few for a header`);
  // Rounding above 2^53 does no harm: such a length is refused either way.
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > headerLimit)
    throw damaged(source, `a header of ${length} bytes is above the format's limit of ${headerLimit}`);
  const dataStart = 8 + length;
  if (dataStart > bytes.length)
    throw damaged(source, `a header of ${length} bytes does not fit a file of ${bytes.length}`);
  if (bytes[8] !== 0x7b || length === 0) throw damaged(source, 'the header does not begin with {');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    throw damaged(source, 'the header is not UTF-8');
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged(source, 'the header is not JSON (which has no NaN, Infinity or trailing commas)');
  }
  if (!isObject(header)) throw damaged(source, 'the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(source, `the header has the key ${quote(twice)} twice`);
  return { header, dataStart };
}

function readMetadata(value: unknown, source: string): Record<string, string> {
  if (!isObject(value)) throw damaged(source, `${metadataKey} is not a JSON object`);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      const problem = nameProblem(name);
      if (problem) throw damaged(source, `metadata name ${quote(name)} ${problem}`);
      if (typeof text !== 'string') throw damaged(source, `metadata ${quote(name)} is not a string`);
      return [name, text];
    }),
  );
}

interface Entry {
  name: string;
  dtype: DType;
  shape: Shape;
  begin: number;
  end: number;
}

/** One tensor's place in the file, its dtype, shape and offsets checked against each other. */
function readEntry(name: string, value: unknown, source: string): Entry {
  const what = `tensor ${quote(name)}`;
  const problem = nameProblem(name);
  if (problem) throw damaged(source, `${what} ${problem}`);
  if (!isObject(value)) throw damaged(source, `${what} is not described by a JSON object`);
  const { dtype: kind, shape, data_offsets: offsets } = value;
  const dtype = dtypes.find((d) => fileName(d) === kind);
  if (!dtype) {
    const given = typeof kind === 'string' ? quote(kind) : 'missing or not a string';
    const known = dtypes.map(fileName).join(', ');
    throw new FormatError(`${source}: ${what}: dtype ${given}; supported are ${known}, so convert it first`);
  }
  if (!Array.isArray(shape) || !shape.every((n) => isCount(n) && n <= maxSize))
    throw damaged(source, `${what}: the shape is not a list of whole numbers from 0 to ${maxSize}`);
  if (shape.length > maxRank)
    throw damaged(source, `${what}: ${shape.length} dimensions are more than ${maxRank}`);
  if (sizeOf(shape) > maxSize)
    throw damaged(source, `${what}: shape ${showShape(shape)} has more than ${maxSize} elements`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw damaged(source, `${what}: data_offsets is not two whole numbers`);
  const [begin, end] = offsets;
  const needed = sizeOf(shape) * itemSize(dtype);
  if (end - begin !== needed)
    throw damaged(
      source,
      `${what}: offsets ${begin} to ${end} do not hold the ${needed} bytes of ${kind} ${showShape(shape)}`,
    );
  return { name, dtype, shape, begin, end };
}

/** Throws unless `entries`, in the order of their data, fill `length` bytes without overlap or hole. */
function checkTiling(entries: readonly Entry[], length: number, source: string): void {
  let filled = 0;
  for (const { name, begin, end } of entries) {
    const what = `tensor ${quote(name)} at ${begin} to ${end}`;
    if (end > length) throw damaged(source, `${what} ends outside the ${length} bytes of data`);
    if (begin < filled) throw damaged(source, `${what} overlaps the tensor that ends at ${filled}`);
    if (begin > filled) throw damaged(source, `${what} leaves a hole from ${filled}`);
    filled = end;
  }
  if (filled < length) throw damaged(source, `${length - filled} bytes after the last tensor belong to none`);
}

/**
 * The content of a safetensors file. `source` is its name, for messages. The tensors are copies, so
 * `bytes` may be reused. Throws FormatError for whatever the format forbids, for dtypes other than F64,
 * F32, I32 and BOOL, and for BOOL bytes other than 0 and 1; allocates no more than the file is long.
 */
export const decodeSafetensors = checked(
  'decodeSafetensors',
  [bytes, arg.text('source')],
  (bytes: Uint8Array, source: string): SafetensorsContent => {
    const { header, dataStart } = readHeader(bytes, source);
    const { [metadataKey]: text, ...described } = header;
    const metadata = text === undefined ? {} : readMetadata(text, source);
    const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, source));
    const inFile = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
    checkTiling(inFile, bytes.length - dataStart, source);
    const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, Tensor] => {
      const array = allocate(dtype, sizeOf(shape));
      new Uint8Array(array.buffer).set(bytes.subarray(dataStart + begin, dataStart + end));
      if (dtype === 'bool' && array.some((byte) => byte > 1))
        throw damaged(source, `tensor ${quote(name)} is BOOL but has a byte other than 0 and 1`);
      return [name, fromTypedArray(array, shape, dtype)];
    });
    return { tensors: Object.fromEntries(tensors), metadata };
  },
);

/** The content of the file at `path`. Throws as `decodeSafetensors` does, and what the file system throws. */
export const readSafetensors = checked(
  'readSafetensors',
  [arg.path()],
  (path: string): SafetensorsContent => decodeSafetensors(readAll(path), path),
);

/** Writes a safetensors file, whole or not at all. Throws as `encodeSafetensors` and `writeAtomic` do. */
export const writeSafetensors = checked(
  'writeSafetensors',
  [arg.path(), ...contents],
  (path: string, tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): void => {
    writeAtomic(path, encodeSafetensors(tensors, metadata));
  },
);
