// Marks of what a loop carries, which one round may add to.

/** Marks that no further round adds to, and what was made of them. */
export interface Settled<T> {
  readonly carried: readonly boolean[];
  readonly made: T;
}

/** `first`, joined with the marks that `after` finds in what `make` makes of them, until those are all marked already. */
export function settle<T>(
  first: readonly boolean[],
  make: (carried: readonly boolean[]) => T,
  after: (made: T) => readonly boolean[],
): Settled<T> {
  for (let carried = first; ; ) {
    const made = make(carried);
    const marks = after(made);
    const next = carried.map((mark, i) => mark || marks[i]);
    if (next.every((mark, i) => mark === carried[i])) return { carried, made };
    carried = next;
  }
}
