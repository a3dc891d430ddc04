// Walks over what depends on what, which may be deeper than the stack is.

/** `items` and what `before` names of them, each after all that `before` names for it, otherwise as they were. */
export function inOrder<T>(items: Iterable<T>, before: (item: T) => Iterable<T>): T[] {
  const order = new Set<T>();
  for (const start of items) {
    const path = [{ item: start, rest: before(start)[Symbol.iterator]() }];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = order.has(top.item) ? undefined : top.rest.next();
      if (!next || next.done) {
        order.add(top.item);
        path.pop();
      } else if (!order.has(next.value))
        path.push({ item: next.value, rest: before(next.value)[Symbol.iterator]() });
    }
  }
  return [...order];
}

/** Whether `goal` holds for `start` or for what `next` leads to from there. After `most` looks the answer is yes. */
export function leadsTo<T>(
  start: T,
  next: (item: T) => Iterable<T>,
  goal: (item: T) => boolean,
  most = Infinity,
): boolean {
  const seen = new Set([start]);
  for (const item of seen) {
    if (goal(item) || seen.size > most) return true;
    for (const other of next(item)) seen.add(other);
  }
  return false;
}
