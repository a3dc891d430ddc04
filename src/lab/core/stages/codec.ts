// How the output of a stage is kept: as the bytes of a file.
import { z } from 'zod';
import type { Tree } from '../../../index.ts';
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

/** `value` if it is what `schema` says. */
function checkedBy<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new FormatError(
    `${source}: ${z.prettifyError(parsed.error).split('\n')[0]}; delete it to make it anew`,
  );
}

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
  decode: (bytes, source) => checkedBy(schema, parsed(utf8.decode(bytes), source), source),
});

/** JSON lines, one for each of a list of what `schema` describes. */
export const jsonLines = <T>(schema: z.ZodType<T>): Codec<readonly T[]> => ({
  extension: 'jsonl',
  encode: (values) => new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join('')),
  decode: (bytes, source) =>
    utf8
      .decode(bytes)
      .split('\n')
      .slice(0, -1)
      .map((line, i) =>
        checkedBy(schema, parsed(line, `${source}: line ${i + 1}`), `${source}: line ${i + 1}`),
      ),
});

/** Safetensors for a tree with the structure, shapes and dtypes of `like`. */
export const tensors = <T extends Tree>(like: T): Codec<T> => ({
  extension: 'safetensors',
  encode: (tree) => encodeSafetensors(Object.fromEntries(named('params', tree))),
  decode: (bytes, source) => fromNamed(decodeSafetensors(bytes, source).tensors, 'params', like),
});
