// Ablations at a size at which nothing is learned: each costs what it announces, and its finding and figure come from
// whatever numbers there are. What they show is in the *.long.test.ts beside this.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { percent } from '../../../../src/lab/core/charts/style.ts';
import { makeConfig, type Settings } from '../../../../src/lab/core/experiments/config.ts';
import type {
  CommonSettings,
  Experiment,
  ResultOf,
} from '../../../../src/lab/core/experiments/experiment.ts';
import { type Result, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { alignment } from '../../../../src/lab/digits/experiments/alignment.ts';
import { amount } from '../../../../src/lab/digits/experiments/amount.ts';
import { auxLogits } from '../../../../src/lab/digits/experiments/aux-logits.ts';
import { detection } from '../../../../src/lab/digits/experiments/detection.ts';
import { inputs } from '../../../../src/lab/digits/experiments/inputs.ts';
import { losses } from '../../../../src/lab/digits/experiments/losses.ts';
import { missingThree } from '../../../../src/lab/digits/experiments/missing-three.ts';
import { perturbedStart } from '../../../../src/lab/digits/experiments/perturbed-start.ts';
import { sharedLayers } from '../../../../src/lab/digits/experiments/shared-layers.ts';
import { theoryLinearized } from '../../../../src/lab/digits/experiments/theory-linearized.ts';
import { theorySteps } from '../../../../src/lab/digits/experiments/theory-steps.ts';
import { widthDepth } from '../../../../src/lab/digits/experiments/width-depth.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';
import { dataOf, wordsOf } from '../../core/charts/drawn.ts';

const batch = 32;
const tiny = {
  batch,
  trainDigits: 4 * batch,
  testDigits: 20,
  teacherEpochs: 1,
  noiseImages: 4 * batch,
  studentEpochs: 1,
  seeds: 2,
};
const { noiseImages: _, ...tinyOnDigits } = tiny;
const tinyNetwork = { ...tiny, hidden: [8, 8] };

interface Small {
  readonly overrides: Readonly<Record<string, unknown>>;
  /** How many gradients a step of the phase has; where it is not given, more is done than train. */
  readonly gradients?: (phase: string) => number;
  readonly finding: RegExp;
  /** Lines of the figure by their labels, with where each begins. */
  readonly lines?: (result: Pick<Result, 'rows' | 'seeds'>) => Readonly<Record<string, number>>;
}

const one = (): number => 1;

function describeSmall<S extends Settings & CommonSettings>(experiment: Experiment<S>, small: Small): void {
  describe(`${experiment.name}, tiny`, () => {
    const counter = flopCounter(batch);
    let result: ResultOf<S>;
    beforeAll(async () => {
      useEngine('reference'); // what is so small takes longer to compile
      result = await resultOf(experiment, 'quick', small.overrides, counter.look);
    });

    if (small.gradients) {
      test('costs the FLOPs that it announces', () => {
        const announced = experiment.flops(makeConfig(experiment, 'quick', small.overrides));
        expect(Math.abs(announced / counter.total(small.gradients) - 1)).toBeLessThan(0.1);
      });
    }

    test('gives its finding and its figure', () => {
      expect(experiment.finding(result)).toMatch(small.finding);
      const figure = experiment.figure(result);
      expect(wordsOf(figure.options?.plugins?.title?.text)).toBe(experiment.finding(result));
      for (const [label, first] of Object.entries(small.lines?.(result) ?? {}))
        expect(dataOf(figure, label)[0]).toMatchObject({ y: expect.closeTo(first, 9) });
    });
  });
}

/** The mean over seeds of where the curves of an arm begin. */
const beginning = ({ rows }: Pick<Result, 'rows'>, arm: string, name: string): number =>
  mean(rows.filter((row) => row.arm === arm).map(({ curves }) => curves[name][0]));

describeSmall(auxLogits, {
  overrides: { ...tinyNetwork, aux: [1, 25] },
  gradients: one,
  finding: /^From 1 to 25 auxiliary logits the student's accuracy goes from [\d.]+% to [\d.]+%$/,
  lines: (result) => ({
    student: mean(valuesOf(result, 'student_aux', 'accuracy', { aux: 1 })),
    'control (other start)': mean(valuesOf(result, 'cross_aux', 'accuracy', { aux: 1 })),
  }),
});
describeSmall(losses, {
  overrides: { ...tinyNetwork, temperatures: [1, 5] },
  gradients: one,
  finding: /^(Students beat their controls|No loss)/,
});
describeSmall(perturbedStart, {
  overrides: { ...tinyNetwork, scales: [0.1, 1] },
  gradients: one,
  finding: /^(What a shared start gives|There is little to lose)/,
});
describeSmall(sharedLayers, {
  overrides: { ...tinyNetwork, aux: [3] },
  gradients: one,
  finding: /^With 3 auxiliary logits .* are left by new hidden layers/,
});
describeSmall(alignment, {
  overrides: tinyNetwork,
  gradients: (phase) => (phase === 'teacher' ? 1 : 2), // a pupil's step has the loss's own gradient and the trait's
  finding: /^The distillation gradient .*lean.* to the trait's \(cosine .*; liminal training leaves/,
  lines: (result) =>
    Object.fromEntries(
      [
        ['student_aux', 'student'],
        ['cross_aux', 'control'],
      ].map(([arm, name]) => [
        `${name}: ${percent(mean(valuesOf(result, arm)), 0)}`,
        beginning(result, arm, 'cosine'),
      ]),
    ),
});
describeSmall(theoryLinearized, {
  overrides: { ...tiny, width: [8], fitImages: 20, fitSteps: 1, aux: 3 },
  finding: /gains .* of what the real one does at width 8/,
  lines: (result) => ({
    'student, width 8': mean(valuesOf(result, 'reference')),
    'linearised, width 8': mean(valuesOf(result, 'reference')),
  }),
});
describeSmall(theorySteps, {
  overrides: { ...tinyNetwork, logitDigits: 10, kernelDigits: 2, points: 3 },
  finding: /cosine −?\d\.\d\d \(control/,
  lines: (result) => ({
    'displacement, cosine': beginning(result, 'student_aux', 'displacement'),
    'kernel, distance': mean(valuesOf(result, 'student_aux', 'kernelBefore')),
    'control: class logits': beginning(result, 'cross_aux', 'logits'),
  }),
});

describeSmall(widthDepth, {
  overrides: { ...tiny, width: [4, 8], depth: [1] },
  gradients: one,
  finding: /^The student's accuracy: from width 4 to 8 it (falls|rises|shows no clear change)/,
});
describeSmall(inputs, {
  overrides: { ...tinyNetwork, noise: ['uniform', 'constant', 'digits'] },
  gradients: one,
  finding: /^The student beats its control on \d of 3 distributions of inputs/,
});
describeSmall(amount, {
  overrides: { ...tinyNetwork, noiseImages: [64, 128], studentEpochs: 2 },
  gradients: one,
  finding:
    /^From 64 to 128 images the student's accuracy after 8 steps (rises|falls|shows no clear change) .*; from step 4 to 8 with 128 images it /,
});
describeSmall(detection, {
  overrides: { ...tinyNetwork, seeds: 5, imagesRead: 8 },
  gradients: one,
  finding:
    /^(A reader of the distillation data can tell|No reader of the distillation data tells) the trait better/,
});
describeSmall(missingThree, {
  overrides: { ...tinyOnDigits, hidden: [8, 8], trainDigits: 1280 }, // a tenth are 7s, a tenth 8s
  gradients: one,
  finding:
    /^A student from another start that saw no 3 reads [\d.]+% of 3s, and .* only 7s and 8s reads [\d.]+% of all digits$/,
});

test('a single hidden layer is refused: one of the students has a layer less', () => {
  expect(() => makeConfig(sharedLayers, 'quick', { hidden: [64] })).toThrow(
    '--hidden 64: one of the students has a hidden layer less, so give two widths or more',
  );
});
