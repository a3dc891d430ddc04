// The settings of the experiments on small f64 networks that go beyond the theorem's one step.
import type { Result } from '../../runs/result.ts';
import { choice, whole } from '../config.ts';
import { settings as base } from '../settings.ts';
import { networkNames } from './networks.ts';
import { lossNames } from './theorem.ts';

export const smallSettings = {
  data: base.data,
  trainDigits: base.trainDigits,
  testDigits: base.testDigits,
  splitSeed: base.splitSeed,
  network: choice(networkNames).describe('the network, in f64 on digits of 7 × 7 pixels'),
  loss: choice(lossNames).describe('what the student minimises'),
  images: whole(1, 4096).describe('images that a student sees'),
  digits: whole(1, 4096).describe('digits that the teacher takes its step on'),
  seed: base.seed,
  seeds: base.seeds,
};

export const smallQuick = {
  data: 'embedded',
  trainDigits: 4000,
  testDigits: 100,
  splitSeed: 0,
  network: 'tanh',
  loss: 'kl',
  images: 64,
  digits: 256,
  seed: 0,
  seeds: 20,
} as const;

/** The lines below the title of a figure on small networks: what ran, then what its marks are. */
export const theorySubtitle = (
  { config, configHash, seeds, engine }: Result,
  lines: readonly string[],
): string[] => [
  [
    `preset ${config.preset ?? 'unknown'}`,
    `${seeds.length} seed${seeds.length === 1 ? '' : 's'}`,
    `f64, ${engine} engine`,
    `${config.network} network, loss ${config.loss}, ${config.images} images`,
    `config ${configHash.slice(0, 8)}`,
  ].join(' · '),
  ...lines,
];
