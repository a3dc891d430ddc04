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
  stride,
  substitute,
  times,
  unflatten,
} from '../../src/compile/position.ts';
import { type Scalar, Scalars } from '../../src/compile/scalar.ts';

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

  test('that may be negative is divided towards less', () => {
    const [, , three, , , ten] = axes;
    const x = plus(along(ten), fixed(-4)); // from −4 to 5
    const at = (n: number): Counters => new Map([[ten, n]]);
    const quotients = Array.from({ length: 10 }, (_, n) => value(quotient(x, 3), at(n)));
    const remainders = Array.from({ length: 10 }, (_, n) => value(remainder(x, 3), at(n)));
    expect(quotients).toEqual([-2, -1, -1, -1, 0, 0, 0, 1, 1, 1]);
    expect(remainders).toEqual([2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(range(quotient(x, 3))).toEqual([-2, 1]);
    expect(range(remainder(x, 3))).toEqual([0, 2]);
    // 2 − 3 · j lies from −4 to 2, but needs no division
    const down = plus(times(along(three), -3), fixed(2));
    expect([0, 1, 2].map((n) => value(quotient(down, 3), new Map([[three, n]])))).toEqual([0, -1, -2]);
    expect(remainder(down, 3)).toEqual(fixed(2));
    expect(remainder(plus(down, fixed(-6)), 3)).toEqual(fixed(2));
  });

  test('is the same with positions for its axes as at the numbers that these are', () => {
    fc.assert(
      fc.property(pair, fc.array(pair, { minLength: 6, maxLength: 6 }), counters, (x, others, at) => {
        // what stands for an axis stays within it
        const within = others.map(({ position }, i) => remainder(position, axes[i].size));
        const moved = new Map(axes.map((axis, i) => [axis, within[i]]));
        const there: Counters = new Map(axes.map((axis, i) => [axis, value(within[i], at)]));
        const substituted = substitute(x.position, moved, (scalar) => scalar);
        expect(value(substituted, at) + 0).toBe(value(x.position, there) + 0);
      }),
      { numRuns: 500 },
    );
  });

  test('reads other data where its data is replaced', () => {
    const scalars = new Scalars();
    const [old, new_] = [1, 2].map((n) => scalars.constant(n, 'i32'));
    const datum = (of: Scalar): Position => along({ kind: 'datum', value: of, least: 0, greatest: 5 });
    const of = (scalar: Scalar): Position => plus(times(datum(scalar), 3), quotient(datum(scalar), 2));
    const replaced = substitute(of(old), new Map(), (scalar) => (scalar === old ? new_ : scalar));
    expect(samePosition(replaced, of(new_))).toBe(true);
    expect(samePosition(replaced, of(old))).toBe(false);
  });

  test('has a stride along an axis, if it changes by the same everywhere', () => {
    fc.assert(
      fc.property(pair, counters, fc.nat(axes.length - 1), ({ position }, at, i) => {
        const [axis, here] = [axes[i], at.get(axes[i]) as number];
        const by = stride(position, axis);
        if (by === undefined || here + 1 >= axis.size) return;
        const next = new Map(at).set(axis, here + 1);
        expect(value(position, next) - value(position, at)).toBe(by);
      }),
      { numRuns: 2000 },
    );
    const [, , three, four] = axes;
    const x = plus(times(along(three), 8), remainder(times(along(four), 3), 4));
    expect([stride(x, three), stride(x, four), stride(x, axes[5])]).toEqual([8, undefined, 0]);
  });
});
