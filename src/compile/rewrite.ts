// Scalars over other axes: loops that run through memory together become one loop.

import { type Loops, type Store, scalarsIn } from './kernel.ts';
import {
  type Axis,
  along,
  axesIn,
  axesOver,
  type Position,
  quotient,
  remainder,
  substitute,
} from './position.ts';
import { positionsOf, type Scalar, type Scalars } from './scalar.ts';

export interface Rewriting {
  readonly scalars: Scalars;
  /** Positions that axes become. */
  readonly axes: ReadonlyMap<Axis, Position>;
  /** Loop axes of reductions that become others, as a whole. */
  readonly reduced?: (axes: readonly Axis[]) => readonly Axis[];
  /** What stands for a scalar instead of its own rewriting. */
  readonly instead?: (scalar: Scalar) => Scalar | undefined;
}

/** A function that rewrites scalars, and positions through `at`. */
export function rewriter({ scalars, axes, reduced = (x) => x, instead }: Rewriting) {
  const known = new Map<Scalar, Scalar>();
  const at = (position: Position): Position => substitute(position, axes, rewrite);
  function rewrite(scalar: Scalar): Scalar {
    const found = known.get(scalar) ?? instead?.(scalar) ?? rebuild(scalar);
    known.set(scalar, found);
    return found;
  }
  function rebuild(scalar: Scalar): Scalar {
    switch (scalar.kind) {
      case 'constant':
        return scalar;
      case 'position':
        return scalars.position(at(scalar.position), scalar.dtype);
      case 'load':
        return scalars.load(scalar.buffer, at(scalar.position));
      case 'apply':
        return scalars.apply(scalar.op, scalar.inputs.map(rewrite), scalar.dtype);
      case 'bits':
        return scalars.bits(
          [rewrite(scalar.key[0]), rewrite(scalar.key[1])],
          at(scalar.position),
          scalar.width,
        );
      case 'guard':
        return scalars.guard(
          scalar.conditions.map((condition) => ({ ...condition, position: at(condition.position) })),
          () => rewrite(scalar.inside),
          () => rewrite(scalar.outside),
        );
      case 'reduce':
        return scalars.reduce(scalar.by, reduced(scalar.axes), rewrite(scalar.of));
    }
  }
  return { rewrite, at };
}

export function rewriteStores(stores: readonly Store[], rewriting: Rewriting): Store[] {
  const { rewrite, at } = rewriter(rewriting);
  return stores.map(({ buffer, position, value }) => ({
    buffer,
    position: at(position),
    value: rewrite(value),
  }));
}

/** Whether no position divides what `axis` counts. */
function whole(stores: readonly Store[], axis: Axis): boolean {
  const clean = (position: Position): boolean =>
    position.terms.every(({ atom }) => !('of' in atom) || !axesIn(atom.of).has(axis));
  return (
    stores.every(({ position }) => clean(position)) &&
    [...scalarsIn(stores)].every((part) => positionsOf(part).every(clean))
  );
}

/** `stores` with the neighbours `outer` and `inner` as one axis, if they run through every array as one. */
function merged(stores: readonly Store[], outer: Axis, inner: Axis, scalars: Scalars) {
  const [axis] = axesOver([outer.size * inner.size]);
  const reduced = (axes: readonly Axis[]): readonly Axis[] => {
    const at = axes.indexOf(outer);
    return at >= 0 && axes[at + 1] === inner ? axes.toSpliced(at, 2, axis) : axes;
  };
  const axes = new Map([
    [outer, quotient(along(axis), inner.size)],
    [inner, remainder(along(axis), inner.size)],
  ]);
  const tried = rewriteStores(stores, { scalars, axes, reduced });
  return whole(tried, axis) ? { axis, stores: tried } : undefined;
}

/** The axes of each reduction whose axes may be merged: argMax counts along its own, and keeps it. */
function reducedIn(stores: readonly Store[]): Set<readonly Axis[]> {
  const found = new Set<readonly Axis[]>();
  for (const part of scalarsIn(stores))
    if (part.kind === 'reduce' && part.by !== 'argMax') found.add(part.axes);
  return found;
}

/** The same loops, fewer and longer where neighbours run through every array together. */
export function mergeAxes(kernel: Loops, scalars: Scalars): Loops {
  let axes = kernel.axes.filter(({ size }) => size !== 1);
  let { stores } = kernel;
  for (let i = axes.length - 2; i >= 0; i--) {
    const found = merged(stores, axes[i], axes[i + 1], scalars);
    if (!found) continue;
    axes = axes.toSpliced(i, 2, found.axis);
    stores = found.stores;
  }
  for (const reduced of reducedIn(stores))
    for (let i = reduced.length - 2, left = [...reduced]; i >= 0; i--) {
      if (left[i].size * left[i + 1].size === 0) continue;
      const found = merged(stores, left[i], left[i + 1], scalars);
      if (!found) continue;
      left = left.toSpliced(i, 2, found.axis);
      stores = found.stores;
    }
  return { ...kernel, axes, stores };
}
