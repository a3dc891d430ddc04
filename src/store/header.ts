// What the header of a safetensors file says, checked: it comes from outside, and lies.
import {
  type DType,
  dtypes,
  fileName,
  itemSize,
  maxRank,
  maxSize,
  type Shape,
  showShape,
  sizeOf,
} from '../tensor/index.ts';
import type { Source } from './bytes.ts';
import { FormatError } from './errors.ts';

export const metadataKey = '__metadata__';
/** Bytes; the limit of the format's reference implementation. */
const headerLimit = 100_000_000;

/** Why `name` names no tensor and no metadata, or `undefined` where it may. */
export function nameProblem(name: string): string | undefined {
  if (name === '__proto__') return 'would change an object instead of naming an entry';
  if (/\p{Surrogate}/u.test(name)) return 'holds half a surrogate pair, which is no Unicode text';
  return undefined;
}

export type Fields = Record<string, unknown>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name from a file, fit for one line of a message. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

export const damaged = (source: string, problem: string): FormatError =>
  new FormatError(
    `${source}: ${problem}; the file is damaged or not safetensors, so write or fetch it again`,
  );

export const isCount = (value: unknown): value is number =>
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

/** The object that `bytes`, the `what` of a file, are as JSON. */
export function readObject(bytes: Uint8Array, what: string, source: string): Fields {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw damaged(source, `the ${what} is not UTF-8`);
  }
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    throw damaged(source, `the ${what} is not JSON (which has no NaN, Infinity or trailing commas)`);
  }
  if (!isObject(object)) throw damaged(source, `the ${what} is not a JSON object`);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(source, `the ${what} has the key ${quote(twice)} twice`);
  return object;
}

/** The fields of the header, and where the data begins. Reads no further than `file` goes. */
function readFields(file: Source): { fields: Fields; dataStart: number } {
  const source = file.name;
  if (file.length < 8) throw damaged(source, `${file.length} bytes are too few for a header`);
  const start = new Uint8Array(8);
  file.read(0, start);
  // Rounding above 2^53 does no harm: such a length is refused either way.
  const length = Number(new DataView(start.buffer).getBigUint64(0, true));
  if (length > headerLimit)
    throw damaged(source, `a header of ${length} bytes is above the format's limit of ${headerLimit}`);
  const dataStart = 8 + length;
  if (dataStart > file.length)
    throw damaged(source, `a header of ${length} bytes does not fit a file of ${file.length}`);
  const bytes = new Uint8Array(length);
  file.read(8, bytes);
  if (bytes[0] !== 0x7b) throw damaged(source, 'the header does not begin with {');
  return { fields: readObject(bytes, 'header', source), dataStart };
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

/** A tensor, and from where to where in the data it lies. */
export interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** What to convert to what is not read. */
const conversions: readonly (readonly [RegExp, DType])[] = [
  [/^[IU]\d+$/, 'i32'],
  [/^F\d+_/, 'bf16'],
];

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
    const to = typeof kind === 'string' ? conversions.find(([kinds]) => kinds.test(kind))?.[1] : undefined;
    const way = to ? `convert it to ${fileName(to)} first` : 'convert it first';
    throw new FormatError(`${source}: ${what}: dtype ${given}; supported are ${known}, so ${way}`);
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

/** What a file says that it holds. */
export interface Header {
  readonly metadata: Record<string, string>;
  readonly entries: readonly Entry[];
  /** Where the data begins. */
  readonly dataStart: number;
}

/** The header of `file`. Throws FormatError for whatever the format forbids. */
export function readHeader(file: Source): Header {
  const { fields, dataStart } = readFields(file);
  const { [metadataKey]: text, ...described } = fields;
  const metadata = text === undefined ? {} : readMetadata(text, file.name);
  const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, file.name));
  const inFile = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  checkTiling(inFile, file.length - dataStart, file.name);
  return { metadata, entries, dataStart };
}
