// How the output of a stage is kept: as the bytes of a file.
import { z } from 'zod';
import type { Tensor, Tree } from '../../../index.ts';
import { decodeSafetensors, encodeSafetensors, FormatError } from '../../../store/index.ts';
import { fromNamed, named } from '../training/named.ts';

export interface Codec<T> {
  /** What the file's name ends in, without a dot. */
  readonly extension: string;
  encode(value: T): Uint8Array;
  /** Throws FormatError, which names `source`, where `bytes` are not what it writes. */
  decode(bytes: Uint8Array, source: string): T;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array, source: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new FormatError(`${source}: it is not UTF-8; delete it to make it anew`);
  }
}

/** `value` if it is what `schema` says. */
function checkedBy<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new FormatError(
    `${source}: ${z.prettifyError(parsed.error).split('\n')[0]}; delete it to make it anew`,
  );
}

/** What the JSON `text` says. Throws FormatError, which names `source`. */
function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${source}: it is not whole JSON; delete it to make it anew`);
  }
}

/** JSON for what `schema` describes. */
export const json = <T>(schema: z.ZodType<T>): Codec<T> => ({
  extension: 'json',
  encode: (value) => new TextEncoder().encode(`${JSON.stringify(value)}\n`),
  decode: (bytes, source) => checkedBy(schema, parsed(textOf(bytes, source), source), source),
});

/** JSON lines, one for each of a list of what `schema` describes. */
export const jsonLines = <T>(schema: z.ZodType<T>): Codec<readonly T[]> => ({
  extension: 'jsonl',
  encode: (values) => new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join('')),
  decode(bytes, source) {
    const lines = textOf(bytes, source).split('\n');
    const rest = lines.pop(); // each line ends in one
    if (rest !== '')
      throw new FormatError(`${source}: line ${lines.length + 1} is cut off; delete it to make it anew`);
    return lines.map((line, i) => {
      const place = `${source}: line ${i + 1}`;
      return checkedBy(schema, parsed(line, place), place);
    });
  },
});

/** One model, and how its training went. */
export interface TrainedModel<P extends Tree> {
  readonly params: P;
  readonly curves: Readonly<Record<string, readonly number[]>>;
}

const curvesSchema = z.record(z.string(), z.array(z.number()));

/** A tree like `like` out of what `named` gave. Throws FormatError, which names `source`, where it does not fit. */
function fittedTo<T extends Tree>(like: T, tensors: Readonly<Record<string, Tensor>>, source: string): T {
  try {
    return fromNamed(tensors, 'params', like);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${source}: its tensors are others; delete it to make it anew`);
  }
}

/** Safetensors with the curves in the metadata, for a model with the structure, shapes and dtypes of `like`. */
export const trainedModel = <P extends Tree>(like: P): Codec<TrainedModel<P>> => ({
  extension: 'safetensors',
  encode: ({ params, curves }) =>
    encodeSafetensors(Object.fromEntries(named('params', params)), { curves: JSON.stringify(curves) }),
  decode(bytes, source) {
    const { tensors, metadata } = decodeSafetensors(bytes, source);
    const curves = curvesSchema.safeParse(parsed(metadata.curves ?? 'null', source));
    if (!curves.success) throw new FormatError(`${source}: it lacks its curves; delete it to make it anew`);
    return { params: fittedTo(like, tensors, source), curves: curves.data };
  },
});
