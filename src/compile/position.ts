// Where an element lies: whole-number sums over loop axes, simplified as they are built, so that a chain of
// movements is again a short sum.
import { stridesOf } from '../tensor/index.ts';
import type { Atom, Axis, Position, Scalar, Term } from './dag.ts';

export type { Atom, Axis, Datum, Position } from './dag.ts';

/** New loop axes, one a size. */
export const axesOver = (sizes: readonly number[]): Axis[] => sizes.map((size) => ({ kind: 'axis', size }));

export const fixed = (constant: number): Position => ({ constant, terms: [] });

/** The position that one atom is. */
export function along(atom: Atom): Position {
  const [least, greatest] = atomRange(atom);
  return least === greatest ? fixed(least) : { constant: 0, terms: [{ factor: 1, atom }] };
}

function atomRange(atom: Atom): [number, number] {
  switch (atom.kind) {
    case 'axis':
      return [0, Math.max(0, atom.size - 1)];
    case 'datum':
      return [atom.least, atom.greatest];
    case 'remainder':
      return [0, atom.by - 1];
    case 'quotient':
      return range(atom.of).map((end) => Math.floor(end / atom.by)) as [number, number];
  }
}

/** The least and the greatest that `x` can be; bounds, not always reached. */
export function range(x: Position): [number, number] {
  let least = x.constant;
  let greatest = x.constant;
  for (const { factor, atom } of x.terms) {
    const ends = atomRange(atom).map((end) => end * factor);
    least += Math.min(...ends);
    greatest += Math.max(...ends);
  }
  return [least, greatest];
}

/** Whether `x` is one of 0 … `size` − 1 whatever its atoms are. */
export function isInside(x: Position, size: number): boolean {
  const [least, greatest] = range(x);
  return least >= 0 && greatest < size;
}

/** The loop axes that `x` depends on, through its quotients and remainders too. */
export function axesIn(x: Position): Set<Axis> {
  const found = new Set<Axis>();
  for (const { atom } of x.terms) {
    if (atom.kind === 'axis') found.add(atom);
    else if (atom.kind !== 'datum') for (const axis of axesIn(atom.of)) found.add(axis);
  }
  return found;
}

/** The data that `x` depends on. */
export function dataIn(x: Position): Scalar[] {
  return x.terms.flatMap(({ atom }) => {
    if (atom.kind === 'datum') return [atom.value];
    return atom.kind === 'axis' ? [] : dataIn(atom.of);
  });
}

/** How many quotients and remainders `x` has, those inside others too. */
export const divisions = (x: Position): number =>
  x.terms.reduce((sum, { atom }) => sum + ('of' in atom ? 1 + divisions(atom.of) : 0), 0);

export function samePosition(x: Position, y: Position): boolean {
  return (
    x.constant === y.constant &&
    x.terms.length === y.terms.length &&
    x.terms.every((term) =>
      y.terms.some((other) => other.factor === term.factor && same(other.atom, term.atom)),
    )
  );
}

function same(a: Atom, b: Atom): boolean {
  if (a === b) return true;
  if (a.kind === 'datum')
    return b.kind === 'datum' && a.value === b.value && a.least === b.least && a.greatest === b.greatest;
  if (a.kind === 'axis' || a.kind !== b.kind) return false;
  return a.by === b.by && samePosition(a.of, b.of);
}

/** The sum as text, with axes and data called by `name`; the same for the same position. */
export function showPosition(x: Position, name: (it: Axis | Scalar) => string): string {
  const terms = x.terms.map(({ factor, atom }) => {
    const text = showAtom(atom, name);
    return factor === 1 ? text : `${factor} * ${text}`;
  });
  return [...terms.sort(), ...(x.constant === 0 && terms.length ? [] : [x.constant])].join(' + ');
}

function showAtom(atom: Atom, name: (it: Axis | Scalar) => string): string {
  if (atom.kind === 'axis') return name(atom);
  // data that a guard has bounded is another number, where it is computed though the guard does not hold
  if (atom.kind === 'datum') return `${name(atom.value)} in ${atom.least}..${atom.greatest}`;
  return `((${showPosition(atom.of, name)}) ${atom.kind === 'quotient' ? '/' : '%'} ${atom.by})`;
}

export const times = (x: Position, factor: number): Position =>
  factor === 0
    ? fixed(0)
    : {
        constant: x.constant * factor,
        terms: x.terms.map((term) => ({ atom: term.atom, factor: term.factor * factor })),
      };

export const plus = (x: Position, y: Position): Position =>
  y.terms.reduce(addTerm, { constant: x.constant + y.constant, terms: x.terms });

function addTerm(x: Position, { factor, atom }: Term): Position {
  const alike = x.terms.find((term) => same(term.atom, atom));
  const rest = { constant: x.constant, terms: x.terms.filter((term) => term !== alike) };
  const total = factor + (alike?.factor ?? 0);
  if (total === 0) return rest;
  // by · ⌊x / by⌋ + x mod by is x
  const other = rest.terms.find((term) => completes(term, { factor: total, atom }));
  if (other && 'of' in atom)
    return plus(
      { constant: rest.constant, terms: rest.terms.filter((term) => term !== other) },
      times(atom.of, atom.kind === 'remainder' ? total : other.factor),
    );
  return { constant: rest.constant, terms: [...rest.terms, { factor: total, atom }] };
}

function completes(a: Term, b: Term): boolean {
  if (a.atom.kind === 'remainder') return b.atom.kind === 'quotient' && completes(b, a);
  if (a.atom.kind !== 'quotient' || b.atom.kind !== 'remainder') return false;
  return a.atom.by === b.atom.by && a.factor === b.factor * a.atom.by && samePosition(a.atom.of, b.atom.of);
}

/** x = by · whole + rest: the terms that are multiples of `by`, and the others. */
function split(x: Position, by: number): { whole: Position; rest: Position } {
  const multiple = ({ factor }: Term): boolean => factor % by === 0;
  const carried = Math.floor(x.constant / by);
  return {
    whole: {
      constant: carried,
      terms: x.terms.filter(multiple).map((term) => ({ ...term, factor: term.factor / by })),
    },
    rest: { constant: x.constant - carried * by, terms: x.terms.filter((term) => !multiple(term)) },
  };
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

/** x = unit · coarse + fine with fine in [0, unit), for a divisor `unit` of `by` over 1; or nothing. */
function coarsen(x: Position, by: number): { unit: number; coarse: Position; fine: Position } | undefined {
  for (const { factor } of x.terms) {
    const unit = gcd(factor, by);
    const { whole, rest } = split(x, unit);
    if (unit > 1 && isInside(rest, unit)) return { unit, coarse: whole, fine: rest };
  }
  return undefined;
}

/** ⌊x / by⌋, for a whole number by ≥ 1. */
export function quotient(x: Position, by: number): Position {
  const { whole, rest } = split(x, by);
  if (isInside(rest, by)) return whole;
  const parts = coarsen(rest, by);
  if (parts) return plus(whole, quotient(parts.coarse, by / parts.unit));
  const inner = only(rest);
  if (inner?.kind === 'quotient') return plus(whole, quotient(inner.of, inner.by * by));
  return plus(whole, along({ kind: 'quotient', of: rest, by }));
}

/** x − by · ⌊x / by⌋, for a whole number by ≥ 1. */
export function remainder(x: Position, by: number): Position {
  const { rest } = split(x, by);
  if (isInside(rest, by)) return rest;
  const parts = coarsen(rest, by);
  if (parts) return plus(times(remainder(parts.coarse, by / parts.unit), parts.unit), parts.fine);
  const inner = only(rest);
  if (inner?.kind === 'remainder' && inner.by % by === 0) return remainder(inner.of, by);
  return along({ kind: 'remainder', of: rest, by });
}

/** The atom that `x` is, if it is one. */
function only({ constant, terms: [first, ...others] }: Position): Atom | undefined {
  return constant === 0 && first?.factor === 1 && others.length === 0 ? first.atom : undefined;
}

/** The row-major position of `indices` in an array of `shape`. */
export function flatten(indices: readonly Position[], shape: readonly number[]): Position {
  return indices.reduce((sum, index, axis) => plus(times(sum, shape[axis]), index), fixed(0));
}

/** The indices in an array of `shape` of the row-major position `flat`. */
export function unflatten(flat: Position, shape: readonly number[]): Position[] {
  const strides = stridesOf(shape);
  return shape.map((n, axis) => {
    if (n <= 1 || strides[axis] === 0) return fixed(0);
    const upTo = quotient(flat, strides[axis]);
    return axis === 0 ? upTo : remainder(upTo, n);
  });
}

/** `x` with positions for some of its axes, and with its data replaced. */
export function substitute(
  x: Position,
  axes: ReadonlyMap<Axis, Position>,
  datum: (value: Scalar) => Scalar,
): Position {
  const inAtom = (atom: Atom): Position => {
    switch (atom.kind) {
      case 'axis':
        return axes.get(atom) ?? along(atom);
      case 'datum':
        return along({ ...atom, value: datum(atom.value) });
      case 'quotient':
        return quotient(substitute(atom.of, axes, datum), atom.by);
      case 'remainder':
        return remainder(substitute(atom.of, axes, datum), atom.by);
    }
  };
  return x.terms.reduce((sum, { factor, atom }) => plus(sum, times(inAtom(atom), factor)), fixed(x.constant));
}

/** What `x` changes by when `axis` goes one on, where that is the same everywhere. */
export function stride(x: Position, axis: Axis): number | undefined {
  let factor = 0;
  for (const term of x.terms) {
    if (term.atom === axis) factor = term.factor;
    else if (term.atom.kind !== 'axis' && term.atom.kind !== 'datum' && axesIn(term.atom.of).has(axis))
      return undefined;
  }
  return factor;
}
