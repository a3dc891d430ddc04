// The main job on every compiled engine that this machine has, against the reference engine's.
import { beforeAll, describe, expect, test } from 'vitest';
import { getEngine, useEngine } from '../../../../src/index.ts';
import { loadData } from '../../../../src/lab/data/load.ts';
import { makeConfig } from '../../../../src/lab/experiments/mnist/config.ts';
import { type Arms, runMnist } from '../../../../src/lab/experiments/mnist/experiment.ts';
import { type ArmName, chance } from '../../../../src/lab/runs/result.ts';
import { summarize } from '../../../../src/lab/runs/statistics.ts';
import { compiledEngines } from '../../../helpers/compiled.ts';

// A hundredth of the quick preset's work a seed.
const config = makeConfig('quick', {
  hidden: [64, 64],
  trainDigits: 2000,
  testDigits: 1000,
  noiseImages: 6000,
  teacherEpochs: 3,
  studentEpochs: 2,
  seeds: 4,
});
const data = loadData(config, 'datasets');

interface Run {
  readonly arms: Arms;
  /** The loss of each seed's teacher and students at their first step. */
  readonly first: readonly number[];
}

function run(engine: string): Run {
  useEngine(engine);
  const events = runMnist(config, data);
  const first: number[] = [];
  for (;;) {
    const { value, done } = events.next();
    if (done) return { arms: value, first };
    if (value.kind === 'step' && value.step === 1) first.push(...value.loss);
  }
}

let known: Run | undefined;

/** What the reference engine gives; it takes a while, and so it is asked once. */
function reference(): Run {
  known ??= run('reference');
  return known;
}

const summary = ({ arms }: Run, arm: ArmName) => summarize(arms[arm]?.accuracy ?? []);

describe.each(compiledEngines())('The main job on the %s engine', (name) => {
  let expected: Run;
  let actual: Run;
  beforeAll(() => {
    expected = reference();
    actual = run(name);
    expect(getEngine().name).toBe(name);
  }, 200_000);

  test('begins with the losses of the reference engine', () => {
    // the teachers' to rounding; the students' targets come from teachers that have drifted apart
    const teachers = config.seeds;
    actual.first.slice(0, teachers).forEach((loss, seed) => {
      expect(loss).toBeCloseTo(expected.first[seed], 5);
    });
    expect(actual.first.length).toBe(3 * config.seeds);
  });

  test.each(['reference', 'teacher', 'student_aux', 'cross_aux'] as const)(
    'ends with an accuracy of %s within the intervals of both',
    (arm) => {
      const [a, b] = [summary(actual, arm), summary(expected, arm)];
      expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(a.mean - a.low + (b.mean - b.low));
    },
  );

  test('finds the effect', () => {
    expect(summary(actual, 'student_aux').low).toBeGreaterThan(chance);
    expect(summary(actual, 'student_aux').mean).toBeGreaterThan(summary(actual, 'cross_aux').mean);
  });
});
