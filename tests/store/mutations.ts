// Damaged files for the tests of parsers: arbitrary bytes, and valid files with a few things done to them.
import fc from 'fast-check';
import { expect } from 'vitest';
import { FormatError } from '../../src/store/errors.ts';

type Mutation = (bytes: Uint8Array) => Uint8Array;

const splice = (bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]);

/** Flips, cuts, splices, and overwritten leading bytes (which is where every format keeps its lengths). */
const mutation = (length: number): fc.Arbitrary<Mutation> => {
  const place = fc.nat(length);
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(
      ([at, bit]): Mutation =>
        (bytes) => {
          const copy = bytes.slice();
          if (at < copy.length) copy[at] ^= 1 << bit;
          return copy;
        },
    ),
    place.map(
      (at): Mutation =>
        (bytes) =>
          bytes.slice(0, at),
    ),
    fc.tuple(place, fc.nat(20), fc.uint8Array({ maxLength: 20 })).map(
      ([at, removed, inserted]) =>
        (bytes: Uint8Array) =>
          splice(bytes, at, removed, inserted),
    ),
    fc.tuple(fc.nat(12), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
      ([at, lie]) =>
        (bytes: Uint8Array) =>
          splice(bytes, at, lie.length, lie),
    ),
  );
};

/** Bytes of no format at all, or one of the `valid` files after one to four mutations. */
export const damaged = (...valid: Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    ...valid.map((file) =>
      fc
        .array(mutation(file.length), { minLength: 1, maxLength: 4 })
        .map((mutations) => mutations.reduce<Uint8Array>((bytes, mutate) => mutate(bytes), file)),
    ),
  );

/** Runs `parse`; whatever it throws must be a FormatError of one line that begins with `source`. */
export function parsesOrRefuses(parse: () => unknown, source: string): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message).not.toContain('\n');
    expect(error.message.startsWith(`${source}: `)).toBe(true);
  }
}
