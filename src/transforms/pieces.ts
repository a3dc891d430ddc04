// Lists in pieces, as loops have them: constants, carry, stacks.

/** `list` in pieces of `sizes`, as far as it goes. */
export function cut<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  let end = 0;
  return sizes.map((size) => {
    const begin = end;
    end += size;
    return list.slice(begin, end);
  });
}

/** Each piece of one list, followed by that of the other. */
export const zipped = <T>(a: readonly (readonly T[])[], b: readonly (readonly T[])[]): T[] =>
  a.flatMap((piece, i) => [...piece, ...b[i]]);
