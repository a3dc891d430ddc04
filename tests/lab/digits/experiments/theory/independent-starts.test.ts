// Test 6: without the shared start the theorem says nothing, and neither does its sign. `--reporter verbose` shows the
// shares that were measured.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  cos,
  jit,
  mul,
  random,
  sin,
  slice,
  sub,
  type Tensor,
  type Tree,
  treeMap,
  useEngine,
  vmap,
} from '../../../../../src/index.ts';
import { type Interval, intervalsAgree, mean, wilson } from '../../../../../src/lab/core/runs/statistics.ts';
import { inner, moved, norm } from '../../../../../src/lab/core/training/vectors.ts';
import { plainInputs } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import { type NetworkName, networkNames } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import {
  type Case,
  type ImitationLoss,
  imitationLosses,
  studentStep,
  teacherLoss,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { long } from '../../../../helpers/long.ts';
import { caseOf, count, f64, fewNetworks, sizes, start } from './measures.ts';

beforeAll(() => {
  useEngine('reference');
});

const tested = long ? networkNames : fewNetworks.slice(0, 2);

/** Pairs of a teacher's start and another. */
const pairs = 200;
const epsilon = 1e-1;
/** The student's learning rate: so small that L_T changes by its derivative. */
const rate = 1e-4;

/** One place between the shared start, at 0, and an independent one of the same size, at 1. */
const between = (shared: Tree, other: Tree, t: Tensor): Tree => {
  const angle = mul(t, Math.PI / 2);
  return treeMap((a, b) => add(mul(a, cos(angle)), mul(b, sin(angle))), shared, other);
};

/** What became of a pair, at each place of the student's start. */
interface Outcome {
  /** ⟨Δ_S, Δ_T⟩ / (‖Δ_S‖ ‖Δ_T‖) */
  readonly cosine: number;
  /** By how much the student's step changes L_T. */
  readonly change: number;
  /** The same, of a student whose teacher never trained. */
  readonly untrained: number;
  /** ⟨E[Jᵀ t], Δ_T⟩, t the teacher's logits: the part of Δ_S that hears the teacher. The other, −E[Jᵀ y], does not. */
  readonly heard: number;
  /** By how much a step along that part alone changes L_T. */
  readonly changeHeard: number;
}

/** ½ ‖y‖²: squared error from a teacher that says nothing. */
const silence: ImitationLoss = {
  ...imitationLosses.squared,
  of: (y, t) => imitationLosses.squared.of(y, mul(t, 0)),
};

/** Outcomes at each of `places`, one a pair. */
function outcomes(of: Case, seed: string, places: number[]): Outcome[][] {
  const lossAt = teacherLoss(of.network);
  const one = (key: Tensor, t: Tensor) => {
    const keys = random.split(key, 3);
    const { params, digits: own } = start(of.network, slice(keys, 0));
    const other = of.network.init(slice(keys, 1), sizes);
    const images = plainInputs.uniform(slice(keys, 2), count);
    const toTeacher = teacherStep(of.network, params, own);
    const teacher = moved(params, epsilon, toTeacher);
    return vmap((place: Tensor) => {
      const student = between(params, other, place);
      const stepFrom = (its: Tree): Tree => studentStep(of, student, its, images);
      const before = lossAt(student, own);
      const changeBy = (step: Tree): Tensor => sub(lossAt(moved(student, rate, step), own), before);
      const step = stepFrom(teacher);
      const heard = moved(step, -1, studentStep({ ...of, loss: silence }, student, params, images));
      return {
        heard: inner(heard, toTeacher),
        changeHeard: changeBy(heard),
        inner: inner(step, toTeacher),
        lengths: mul(norm(step), norm(toTeacher)),
        change: changeBy(step),
        untrained: changeBy(stepFrom(params)),
      };
    })(t);
  };
  const measured = jit(vmap(one, [0, null]))(random.split(random.key(seed), pairs), f64(places));
  const at = (of: Tensor): number[][] => of.toArray() as number[][];
  const [products, lengths] = [at(measured.inner), at(measured.lengths)];
  const [changes, untrained] = [at(measured.change), at(measured.untrained)];
  const [heard, changesHeard] = [at(measured.heard), at(measured.changeHeard)];
  return places.map((_, place) =>
    products.map((row, pair) => ({
      cosine: row[place] / lengths[pair][place],
      change: changes[pair][place],
      untrained: untrained[pair][place],
      heard: heard[pair][place],
      changeHeard: changesHeard[pair][place],
    })),
  );
}

const share = <T>(of: readonly T[], is: (one: T) => boolean): number => of.filter(is).length / of.length;
const positive = ({ cosine }: Outcome): boolean => cosine > 0;
const falls = ({ change }: Outcome): boolean => change < 0;

const interval = (value: number): Interval => wilson(value, pairs);
const shown = (value: number): string => {
  const { low, high } = interval(value);
  return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
};
const coversHalf = (value: number): boolean => intervalsAgree(interval(value), { low: 0.5, high: 0.5 });

/** Whether the intervals of how often ⟨Δ_S, Δ_T⟩ > 0, and of how often L_T falls, cover one half. */
const measuredToCover: Record<NetworkName, readonly [positive: boolean, falls: boolean]> = {
  linear: [false, false],
  relu: [false, false],
  tanh: [true, true],
  gelu: [true, false],
  cnn: [true, false],
  transformer: [true, false],
};

const places = [0, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1];

describe.each(tested)('The %s network, over pairs of starts', (name) => {
  const of = caseOf(name, 'squared');
  const walked = name === 'transformer' ? [0, 1] : places; // the transformer takes too long for all
  let walk: Outcome[][];
  beforeAll(() => {
    walk = outcomes(of, 'pairs', walked);
  }, 60_000);
  const independent = (): Outcome[] => walk[walked.length - 1];

  test('has ⟨Δ_S, Δ_T⟩ > 0 and L_T fall in all of them, if the start is shared', () => {
    expect([share(walk[0], positive), share(walk[0], falls)]).toEqual([1, 1]);
  });

  test('has either sign if it is not, and L_T rises as it falls', async ({ annotate }) => {
    const shares = [share(independent(), positive), share(independent(), falls)];
    await annotate(`⟨Δ_S, Δ_T⟩ > 0 in ${shown(shares[0])}, L_T falls in ${shown(shares[1])}`);
    expect(shares.map(coversHalf)).toEqual(measuredToCover[name]);
    for (const one of shares) expect(Math.min(one, 1 - one) * pairs).toBeGreaterThan(10);
  });

  test('has L_T fall as often if the teacher never trained, and mostly in the same pairs', async ({
    annotate,
  }) => {
    const [trained, untrained] = [falls, ({ untrained }: Outcome) => untrained < 0].map((it) =>
      share(independent(), it),
    );
    const same = share(independent(), (one) => one.change < 0 === one.untrained < 0);
    await annotate(`L_T falls in ${shown(untrained)}; ${same.toFixed(3)} of the pairs agree`);
    expect(Math.abs(trained - untrained)).toBeLessThan(0.1);
    expect(same).toBeGreaterThan(0.8);
  });

  if (name !== 'linear') {
    // Negate the teacher's auxiliary head: as likely a start, with the same Δ_T, and −t for t.
    test('hears of its teacher what lowers L_T as often as it raises it', async ({ annotate }) => {
      const heard = share(independent(), (one) => one.heard > 0);
      const lowers = share(independent(), ({ changeHeard }) => changeHeard < 0);
      await annotate(`⟨E[Jᵀ t], Δ_T⟩ > 0 in ${shown(heard)}, along it L_T falls in ${shown(lowers)}`);
      expect([heard, lowers].map(coversHalf)).toEqual([true, true]);
    });
  }

  if (walked === places && name !== 'linear') {
    test('goes from one to the other as the start is moved', async ({ annotate }) => {
      const [signs, cosines] = [
        walk.map((at) => share(at, positive)),
        walk.map((at) => mean(at.map(({ cosine }) => cosine))),
      ];
      for (const [i, place] of places.entries())
        await annotate(`at ${place}: > 0 in ${shown(signs[i])}, mean cosine ${cosines[i].toFixed(3)}`);
      expect(signs.slice(0, 2)).toEqual([1, 1]);
      for (let i = 1; i < places.length; i++) {
        expect(cosines[i]).toBeLessThan(cosines[i - 1] + 1e-3);
        expect(interval(signs[i]).low).toBeLessThanOrEqual(interval(signs[i - 1]).high);
      }
      const [low, high] = [signs[places.length - 1], signs[0]];
      expect(signs[4]).toBeGreaterThan(low + 0.05); // a tenth of the way it is neither
      expect(signs[4]).toBeLessThan(high - 0.05);
      expect(Math.abs(cosines[places.length - 1])).toBeLessThan(0.1 * cosines[0]);
    });
  }
});
