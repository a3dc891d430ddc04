// A list of objects that any of them leaves, and enters at the end, in a few writes: a Set hashes, and grows anew.

/** What can stand in one queue at a time. */
export interface Linked<T> {
  before: T | undefined;
  after: T | undefined;
}

export class Queue<T extends Linked<T>> {
  first: T | undefined;
  #last: T | undefined;

  append(item: T): void {
    const last = this.#last;
    item.before = last;
    if (last) last.after = item;
    else this.first = item;
    this.#last = item;
  }

  /** Whether `item` was there. */
  remove(item: T): boolean {
    const { before, after } = item;
    if (!before && this.first !== item) return false;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
    item.before = undefined;
    item.after = undefined;
    return true;
  }
}
