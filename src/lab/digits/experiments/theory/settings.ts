// What the experiments on the theorem share: their settings, and one model's start, from a seed's key.
import { random, slice, type Tensor, type Tree, zeros } from '../../../../index.ts';
import { type ConfigOf, choice, whole } from '../../../core/experiments/config.ts';
import { seedsOf } from '../../../core/experiments/experiment.ts';
import { enginesOf } from '../../../core/runs/header.ts';
import type { Json, Result } from '../../../core/runs/result.ts';
import { flopsOf, once } from '../../../core/training/flops.ts';
import { classesOf } from '../../data/sets.ts';
import { smallNetworks } from '../../field.ts';
import { ablationQuick, settings as base, onDigits } from '../settings.ts';
import { type InputName, plainInputs, smallDigits, someDigits } from './cases.ts';
import { networkFor, networkNames, pixels } from './networks.ts';
import { type Case, caseOf, type Digits, lossNames, studentStep, teacherStep } from './theorem.ts';

const inputNames = Object.keys(plainInputs) as [keyof typeof plainInputs, ...(keyof typeof plainInputs)[]];

const { data, trainDigits, testDigits, splitSeed, seed, seeds } = base;

/** Those of every experiment on small networks. */
export const smallSettings = {
  ...{ data, trainDigits, testDigits, splitSeed, seed, seeds },
  network: choice(networkNames).describe(`the network: ${networkNames.join(', ')}`),
  loss: choice(lossNames).describe(`the student's loss: ${lossNames.join(', ')}`),
  digits: whole(1, 10_000).describe("digits of the teacher's step"),
  images: whole(1, 10_000).describe("images of the student's step"),
};

/** Those of the experiments on one network and one step. */
export const settings = {
  ...smallSettings,
  inputs: choice(inputNames).describe(`the student's images: ${inputNames.join(', ')}`),
  width: whole(1, 1024).describe('width of the hidden layers'),
  aux: whole(1, 1000).describe('auxiliary logits, which the student imitates'),
};
export type TheoryConfig = ConfigOf<typeof settings>;

export const smallQuick = {
  data: ablationQuick.data,
  trainDigits: 4000,
  testDigits: 100,
  splitSeed: 0,
  seed: 0,
  seeds: 20,
  network: 'tanh',
  loss: 'kl',
  digits: 256,
  images: 64,
} as const;

export const quick = { ...smallQuick, inputs: 'uniform', width: 16, aux: 3 } as const;
export const full = { ...quick, seeds: 100, width: 64, images: 256 } as const;

export const checks = { implied: onDigits.implied, problem: onDigits.problem, field: smallNetworks };

/** The auxiliary logits of the config's network, imitated by its loss. */
export const lessonOf = (config: Pick<TheoryConfig, 'data' | 'network' | 'loss'>): Case =>
  caseOf(networkFor(config.network, classesOf(config)), 'aux', config.loss);

/** Where one model starts, where one starts that shares nothing with it, and what they are shown. */
export interface Start {
  readonly params: Tree;
  readonly other: Tree;
  readonly digits: Digits;
  readonly images: Tensor;
  /** Δ_T at `params`. */
  readonly toTeacher: Tree;
}

/** The start of a seed, from its key. */
export function starts(config: TheoryConfig, digits: Parameters<typeof smallDigits>[0]) {
  const all = smallDigits(digits);
  const { network } = lessonOf(config);
  const draw: (typeof plainInputs)[keyof typeof plainInputs] = plainInputs[config.inputs satisfies InputName];
  return (key: Tensor): Start => {
    const keys = random.split(key, 4);
    const params = network.init(slice(keys, 0), config);
    const seen = someDigits(all, slice(keys, 2), config.digits);
    return {
      params,
      other: network.init(slice(keys, 1), config),
      digits: seen,
      images: draw(slice(keys, 3), config.images, all),
      toTeacher: teacherStep(network, params, seen),
    };
  };
}

/** A key a seed, i32 [seeds, 2]. */
export const keysOf = (config: TheoryConfig): Tensor => random.keys(seedsOf(config));

/** Roughly, the operations of as much as `gradients` steps of a student for each seed. */
export function stepsFlops(config: TheoryConfig, gradients: number): number {
  const lesson = lessonOf(config);
  const { data, network, loss, width, aux, images } = config;
  const step = once(['theory', data, network, loss, width, aux, images], () =>
    flopsOf(
      (params: Tree, some: Tensor) => studentStep(lesson, params, params, some),
      (): [Tree, Tensor] => [lesson.network.init(random.key(0), config), zeros([images, pixels], 'f64')],
    ),
  );
  return config.seeds * gradients * step;
}

/** What ran, for below a figure's title. */
export function ranOf(result: Result): string {
  const { config, configHash, seeds: models } = result;
  const { network, loss, width, aux, inputs } = config;
  const listed = (value: Json): string => [value].flat().join(', ');
  return [
    `preset ${config.preset ?? 'unknown'}`,
    `${models.length} seed${models.length === 1 ? '' : 's'}`,
    `${listed(network)} of width ${listed(width)}, m = ${listed(aux)}`,
    `${loss} loss${inputs ? `, ${inputs} images` : ''}`,
    `f64, ${enginesOf(result).join(', ')} engine`,
    `config ${configHash.slice(0, 8)}`,
  ].join(' · ');
}
