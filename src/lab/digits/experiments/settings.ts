// The settings that every experiment on digits, or other images, has, documented once: flags, checks and help follow from them.

import { z } from 'zod';
import { choice, fromText, real, several, type Values, whole } from '../../core/experiments/config.ts';
import { type Experiment, seedSettings } from '../../core/experiments/experiment.ts';
import { readData } from '../data/own.ts';
import { findSet, setNames, setOf, shortName } from '../data/sets.ts';
import { inputNames } from '../distillation/inputs.ts';
import { type Data, digits } from '../field.ts';
import { accuracyAlone } from './metrics.ts';

const sets = `one of ${setNames.join(', ')}, or a folder with images`;

export const settings = {
  data: fromText(
    z
      .string({ error: `must be ${sets}` })
      .refine((data) => findSet(data) !== undefined, {
        error: `there is no such set or folder; give ${sets}`,
      })
      .describe(
        "what to learn: 'embedded', the 10,000 digits of the mnist package; 'full', 'fashion' or 'emnist-letters', which npm run datasets:fetch brings; or a folder of one's own",
      ),
    readData,
  ),
  trainDigits: whole(10, 1_000_000).describe('training digits, or whatever the images show'),
  testDigits: whole(10, 1_000_000).describe('test digits'),
  splitSeed: whole(0, 2 ** 31 - 1).describe('seed of the split into training and test digits'),
  hidden: several(whole(1, 8192), '1 to 8 widths, as in 256,256', 8).describe('widths of the hidden layers'),
  aux: whole(1, 1000).describe('auxiliary logits beside the class logits'),
  teacherEpochs: whole(1, 1000).describe("the teacher's epochs over the training digits"),
  studentEpochs: whole(1, 1000).describe("a student's epochs over the noise images"),
  noiseImages: whole(1, 10_000_000).describe('images that a student sees, drawn once'),
  noise: choice(inputNames).describe(
    `what they are: pixels 'uniform' on [-1, 1], 'gaussian' with deviation 1, the training 'digits' themselves, …`,
  ),
  batch: whole(1, 65_536).describe('examples a step'),
  learningRate: real(1e-12, 1000).describe("Adam's learning rate"),
  beta1: real(0, 0.999999).describe("Adam's decay of the mean gradient"),
  beta2: real(0, 0.999999).describe("Adam's decay of the mean squared gradient"),
  epsilon: real(1e-30, 1).describe("Adam's epsilon"),
  ...seedSettings,
};

export type BaseSettings = typeof settings;

/** Those that no experiment on digits is without. */
export type DigitsSettings = Pick<
  BaseSettings,
  'data' | 'trainDigits' | 'testDigits' | 'splitSeed' | 'seed' | 'seeds'
>;
export type BaseConfig = Values<BaseSettings>;

/** One model in seconds: the digits of the mnist package, few and small batches. */
export const quick: BaseConfig = {
  data: 'embedded',
  trainDigits: 8000,
  testDigits: 2000,
  splitSeed: 0,
  hidden: [256, 256],
  aux: 3,
  teacherEpochs: 5,
  studentEpochs: 5,
  noiseImages: 32_000,
  noise: 'uniform',
  batch: 128,
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  seed: 0,
  seeds: 1,
};

/** Section 6 of the paper (arXiv 2507.14805), settings as in the authors' released script. */
export const paper: BaseConfig = {
  ...quick,
  data: 'full',
  trainDigits: 60_000,
  testDigits: 10_000,
  noiseImages: 60_000,
  batch: 1024,
  learningRate: 3e-4,
  seeds: 25,
};

/** The ablations' presets: ten seeds of a small network in about a minute, or of the paper's settings. */
export const ablationQuick: BaseConfig = { ...quick, hidden: [64, 64], studentEpochs: 3, seeds: 10 };
export const ablationFull: BaseConfig = { ...paper, seeds: 10 };

/** What an experiment that sweeps the width keeps of settings or of a preset. */
export const withoutHidden = <T extends { hidden: unknown }>({ hidden: _, ...rest }: T): Omit<T, 'hidden'> =>
  rest;

type Digits = Pick<BaseConfig, 'data' | 'trainDigits' | 'testDigits'>;

/** Another set means all that it has. */
const impliedDigits = (preset: Digits, { data }: Readonly<Record<string, unknown>>) => {
  const set = data === preset.data ? undefined : findSet(String(data));
  return set ? { trainDigits: set.split.train, testDigits: set.split.test } : {};
};

function digitsProblem({ data, trainDigits, testDigits }: Digits): string | undefined {
  const { mostTrain, mostTest, all } = setOf({ data }).split;
  return trainDigits > mostTrain || testDigits > mostTest || trainDigits + testDigits > all
    ? `--train-digits ${trainDigits} and --test-digits ${testDigits}: --data ${shortName(data)} has at most ${mostTrain} and ${mostTest}, ${all} in all`
    : undefined;
}

/** What the arms that most experiments have are called. */
const armLabels = {
  reference: 'reference (untrained)',
  student_aux: 'student (same start, auxiliary logits)',
  student_all: 'student (same start, all logits)',
  cross_aux: 'control (other start, auxiliary logits)',
  cross_all: 'control (other start, all logits)',
};

/** Students against the controls that imitate the same logits. */
const contrasts = ['aux', 'all'].map((logits) => ({
  arm: `student_${logits}`,
  against: `cross_${logits}`,
  metric: 'accuracy',
}));

/** What goes with the settings that choose digits, for an experiment to take in. */
export const onDigits = {
  field: digits,
  metrics: accuracyAlone,
  armLabels,
  contrasts,
  implied: impliedDigits,
  problem: digitsProblem,
} satisfies Partial<Experiment<BaseSettings, Data>>;
