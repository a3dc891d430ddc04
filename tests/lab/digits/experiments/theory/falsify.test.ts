// Test 8: random architectures that try to falsify tests 1 and 4, and mutations of the assumptions with which they do.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  mean,
  mul,
  neg,
  random,
  sin,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  type Tree,
  tensor,
  useEngine,
} from '../../../../../src/index.ts';
import { inner, moved, norm } from '../../../../../src/lab/core/training/vectors.ts';
import { plainInputs, someDigits } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import {
  type Case,
  type Digits,
  type Imitated,
  type ImitationLoss,
  imitationLosses,
  type LossName,
  lossNames,
  studentStep,
  teacherLoss,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { type Architecture, architecture, networkOf } from './architectures.ts';
import { digits, outputChange } from './measures.ts';

beforeAll(() => {
  useEngine('reference');
});

/** What a property is tried on. `seed` is of parameters, digits and images. */
interface Trial {
  readonly architecture: Architecture;
  readonly aux: number;
  readonly imitated: Imitated;
  readonly loss: LossName;
  readonly inputs: keyof typeof plainInputs;
  readonly seed: number;
}

const trial: fc.Arbitrary<Trial> = fc.record({
  architecture,
  aux: fc.integer({ min: 2, max: 4 }),
  imitated: fc.constantFrom('aux', 'all'),
  loss: fc.constantFrom(...lossNames),
  inputs: fc.constantFrom(...(Object.keys(plainInputs) as (keyof typeof plainInputs)[])),
  seed: fc.nat(),
});

/** What the proof assumes, and a mutation gives up. */
interface Assumptions {
  /** The student starts where its teacher did. */
  readonly shared: boolean;
  /** The loss, whose Hessian is positive semi-definite where its gradient is 0. */
  readonly loss?: ImitationLoss;
}

/** Steps of the teacher, in parameter space, that are small enough. */
const lengths = [1e-5, 1e-6];
const examples = 4;

/** Whether L_T falls along `step` for one of its ever smaller multiples. */
function lowers(lossAt: (params: Tree) => number, params: Tree, step: Tree): boolean {
  const [before, length] = [lossAt(params), norm(step).item()];
  for (let reach = 1e-1; reach > 1e-6; reach /= 4)
    if (lossAt(moved(params, reach / length, step)) < before) return true;
  return false;
}

/** Throws where the theorem does not hold for what is tried. Gives whether there was anything to try. */
function check({ architecture, aux, imitated, loss, inputs, seed }: Trial, assumed: Assumptions): boolean {
  const network = networkOf(architecture);
  const of: Case = { network, imitated, loss: assumed.loss ?? imitationLosses[loss] };
  const keys = random.split(random.key(seed), 4);
  const params = network.init(slice(keys, 0), { width: 0, aux });
  const own: Digits = someDigits(digits, slice(keys, 1), examples);
  const images = plainInputs[inputs](slice(keys, 2), examples, digits);
  const student = assumed.shared ? params : network.init(slice(keys, 3), { width: 0, aux });

  const toTeacher = teacherStep(network, params, own);
  const long = norm(toTeacher).item();
  if (outputChange(of, params, toTeacher, images).item() <= 1e-9 * long ** 2) return false; // J Δ_T = 0
  const steps = lengths.map((length) =>
    studentStep(of, student, moved(params, length / long, toTeacher), images),
  );
  const products = steps.map((step) => inner(step, toTeacher).item());
  if (!products.every((product) => product > 0))
    throw new Error(`⟨Δ_S, Δ_T⟩ is ${products.join(' and ')} for steps of ${lengths.join(' and ')}`);
  const lossAt = (at: Tree): number => teacherLoss(network)(at, own).item();
  if (!lowers(lossAt, student, steps[0])) throw new Error('no step of the student lowers L_T');
  return true;
}

/** 1, −1, 1, … */
const signs = (n: number): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) => (-1) ** i),
    'f64',
  );

const runs = { seed: 20250725, numRuns: 80 };

describe('Random architectures', () => {
  test('do not falsify the sign of ⟨Δ_S, Δ_T⟩, nor that a small step of the student lowers L_T', async ({
    annotate,
  }) => {
    let tried = 0;
    fc.assert(
      fc.property(trial, (one) => {
        tried += Number(check(one, { shared: true }));
      }),
      runs, // a failure names seed and path, with which fc.assert tries the same again
    );
    await annotate(`${tried} of ${runs.numRuns} with J Δ_T ≠ 0`);
    expect(tried).toBeGreaterThan(runs.numRuns / 2);
  }, 60_000);

  /** Whether, and how, `check` fails under `assumed`. */
  const tried = (assumed: Assumptions): fc.RunDetails<[Trial]> =>
    fc.check(
      fc.property(trial, (one) => {
        check(one, assumed);
      }),
      runs,
    );

  // with a Hessian at equality that is −1, ±1 in turn, and 0 after a gradient that is not 0
  const { squared } = imitationLosses;
  const mutants: Record<string, (y: Tensor, t: Tensor) => Tensor> = {
    'negative squared error': (y, t) => neg(squared.of(y, t)),
    'squared errors of alternating sign': (y, t) => mean(sum(mul(square(sub(y, t)), signs(y.shape[1])), -1)),
    'a sum of sines': (y, t) => mean(sum(sin(sub(y, t)), -1)),
  };

  test.each(Object.entries(mutants))(
    'falsify them under %s, which bends down or does not vanish',
    (_, of) => {
      const { failed, errorInstance } = tried({ shared: true, loss: { ...squared, of } });
      expect(failed).toBe(true);
      expect(String(errorInstance)).toMatch(/⟨Δ_S, Δ_T⟩ is|no step/);
    },
  );

  test('falsify them if the student starts elsewhere', () => {
    const { failed, errorInstance } = tried({ shared: false });
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(/⟨Δ_S, Δ_T⟩ is|no step/);
  });

  test('are told as a counterexample with the seed that finds it again', () => {
    const details = tried({ shared: false });
    const told = fc.defaultReportMessage(details);
    expect(told).toContain(`seed: ${runs.seed}, path: "${details.counterexamplePath}"`);
    expect(told).toContain(`"seed":${details.counterexample?.[0].seed}`);
    const again = fc.check(
      fc.property(trial, (one) => {
        check(one, { shared: false });
      }),
      { seed: runs.seed, path: details.counterexamplePath ?? '' },
    );
    expect(again.counterexample).toEqual(details.counterexample);
  });
});
