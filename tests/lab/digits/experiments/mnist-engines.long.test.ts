// The main job on every compiled engine that this machine has, against the reference engine's.
import { beforeAll, describe, expect, test } from 'vitest';
import { getEngine, useEngine } from '../../../../src/index.ts';
import { type Result, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { summarize } from '../../../../src/lab/core/runs/statistics.ts';
import { type ArmName, mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { compiledEngines } from '../../../helpers/compiled.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf } from '../../../helpers/experiment.ts';

// What the reference engine, whose products are plain loops, does in a minute; the effect still shows.
const overrides = {
  hidden: [64, 64],
  trainDigits: 2000,
  testDigits: 1000,
  noiseImages: 6000,
  teacherEpochs: 3,
  studentEpochs: 2,
  seeds: 4,
};

interface Run {
  readonly result: Result;
  /** The loss of each seed's teacher and students at their first step. */
  readonly first: readonly number[];
}

async function run(engine: string): Promise<Run> {
  useEngine(engine);
  const first: number[] = [];
  const result = await resultOf(mnist, 'quick', overrides, (event) => {
    if (event.kind === 'step' && event.step === 1)
      first.push(...Object.values(event.values).flatMap(({ loss }) => loss));
  });
  return { result, first };
}

let known: Promise<Run> | undefined;

/** What the reference engine gives; it takes a while, and so it is asked once. */
function reference(): Promise<Run> {
  known ??= run('reference');
  return known;
}

const summary = ({ result }: Run, arm: ArmName) => summarize(valuesOf(result, arm));

describe.each(compiledEngines())('The main job on the %s engine', (name) => {
  let expected: Run;
  let actual: Run;
  beforeAll(async () => {
    expected = await reference();
    actual = await run(name);
    expect(getEngine().name).toBe(name);
  }, 400_000);

  test('begins with the losses of the reference engine', () => {
    // the teachers' to rounding; the students' targets come from teachers that have drifted apart
    const teachers = overrides.seeds;
    actual.first.slice(0, teachers).forEach((loss, seed) => {
      expect(loss).toBeCloseTo(expected.first[seed], 5);
    });
    expect(actual.first.length).toBe(3 * overrides.seeds);
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
