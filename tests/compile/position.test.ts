import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Atom,
  type Axis,
  along,
  axesOver,
  fixed,
  flatten,
  type Position,
  plus,
  quotient,
  range,
  remainder,
  samePosition,
  times,
  unflatten,
} from '../../src/compile/position.ts';

const axes = axesOver([1, 2, 3, 4, 6, 10]);

type Counters = ReadonlyMap<Axis, number>;

function value(x: Position, counters: Counters): number {
  return x.terms.reduce((sum, { factor, atom }) => sum + factor * atomValue(atom, counters), x.constant);
}

function atomValue(atom: Atom, counters: Counters): number {
  if (atom.kind === 'axis') return counters.get(atom) as number;
  if (atom.kind === 'datum') throw new Error('no data here');
  const of = value(atom.of, counters);
  const whole = Math.floor(of / atom.by);
  return atom.kind === 'quotient' ? whole : of - atom.by * whole;
}

/** A position, and beside it the number that it should be. */
interface Pair {
  readonly position: Position;
  readonly number: (counters: Counters) => number;
}

const { pair } = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { depthSize: 'medium' },
    fc
      .constantFrom(...axes)
      .map((axis): Pair => ({ position: along(axis), number: (counters) => counters.get(axis) as number })),
    fc.integer({ min: -9, max: 9 }).map((n): Pair => ({ position: fixed(n), number: () => n })),
    fc.tuple(tie('pair'), tie('pair')).map(
      ([x, y]): Pair => ({
        position: plus(x.position, y.position),
        number: (counters) => x.number(counters) + y.number(counters),
      }),
    ),
    fc.tuple(tie('pair'), fc.integer({ min: -6, max: 12 })).map(
      ([x, n]): Pair => ({
        position: times(x.position, n),
        number: (counters) => x.number(counters) * n,
      }),
    ),
    fc.tuple(tie('pair'), fc.integer({ min: 1, max: 12 })).map(
      ([x, n]): Pair => ({
        position: quotient(x.position, n),
        number: (counters) => Math.floor(x.number(counters) / n),
      }),
    ),
    fc.tuple(tie('pair'), fc.integer({ min: 1, max: 12 })).map(
      ([x, n]): Pair => ({
        position: remainder(x.position, n),
        number: (counters) => x.number(counters) - n * Math.floor(x.number(counters) / n),
      }),
    ),
  ),
}));

const counters = fc
  .tuple(...axes.map(({ size }) => fc.nat(size - 1)))
  .map((counts): Counters => new Map(counts.map((count, i) => [axes[i], count])));

describe('a position', () => {
  test('is the number that it stands for, however it was simplified, and inside its range', () => {
    fc.assert(
      fc.property(pair, counters, ({ position, number }, at) => {
        const expected = number(at) + 0; // no −0
        const [least, greatest] = range(position);
        expect(value(position, at) + 0).toBe(expected);
        expect(least).toBeLessThanOrEqual(expected);
        expect(greatest).toBeGreaterThanOrEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('finds its indices again after a reshape there and back', () => {
    const [, , three, four, , ten] = axes;
    const indices = [along(three), along(four), along(ten)];
    for (const shape of [[120], [12, 10], [3, 40], [3, 1, 2, 2, 5, 2], [8, 15]]) {
      const there = unflatten(flatten(indices, [3, 4, 10]), shape);
      const back = unflatten(flatten(there, shape), [3, 4, 10]);
      back.forEach((index, i) => {
        expect(samePosition(index, indices[i])).toBe(true);
      });
    }
  });

  test('has no division where a reshape only merges or splits whole axes', () => {
    const [, , three, four, , ten] = axes;
    const [merged] = unflatten(flatten([along(three), along(four), along(ten)], [3, 4, 10]), [120]);
    expect(merged.terms).toEqual([
      { factor: 40, atom: three },
      { factor: 10, atom: four },
      { factor: 1, atom: ten },
    ]);
    const [whole, rest] = unflatten(flatten([along(three), along(four)], [3, 4]), [6, 2]);
    expect(whole.terms.map(({ atom }) => atom.kind)).toEqual(['axis', 'quotient']);
    expect(rest.terms.map(({ atom }) => atom.kind)).toEqual(['remainder']);
  });
});
