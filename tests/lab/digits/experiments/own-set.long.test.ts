// Every experiment on digits, on a set of a user's own: twelve classes of PNGs of 9 × 12 pixels.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { readData } from '../../../../src/lab/digits/data/own.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { grey } from '../data/of-digits.ts';

const classes = 12;
let folder: string;
let data: string;

beforeAll(() => {
  useEngine('reference');
  folder = mkdtempSync(join(tmpdir(), 'umbra-own-set-'));
  for (let label = 0; label < classes; label++) {
    mkdirSync(join(folder, String(label)));
    for (let i = 0; i < 10; i++)
      writeFileSync(join(folder, String(label), `${i}.png`), grey(9, 12, 20 * label + i));
  }
  data = readData(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What makes a run tiny, by the settings that there are. */
const tiny: Readonly<Record<string, unknown>> = {
  ...{ trainDigits: 84, testDigits: 36, seeds: 2, batch: 16, hidden: [8, 8], teacherEpochs: 1 },
  ...{ studentEpochs: 1, noiseImages: 32, imagesRead: 16, scales: [1], temperatures: [1] },
  ...{ fitImages: 8, fitSteps: 1, logitDigits: 4, kernelDigits: 2, points: 2, images: 4, digits: 16 },
};

/** Settings that experiments sweep, or have a least value of their own for. */
const own: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'aux-logits': { aux: [2] },
  amount: { noiseImages: [16, 32] },
  detection: { seeds: 5 },
  inputs: { noise: ['uniform', 'spectrum', 'digits'] },
  'shared-layers': { aux: [2] },
  'width-depth': { width: [8], depth: [1] },
  'theory-linearized': { width: [8] },
  'theory-reach': { width: [4], aux: [2], cap: 4 },
  'theory-spectrum': { width: 4, aux: [2], images: 2 },
};

const onImages = experiments.filter(({ settings }) => 'trainDigits' in settings);

test.each(onImages.map((experiment) => [experiment.name, experiment] as const))(
  '%s runs on twelve classes, and says images where it would say digits',
  async (name, experiment) => {
    const settings = Object.keys(experiment.settings);
    const some = Object.fromEntries(Object.entries(tiny).filter(([setting]) => settings.includes(setting)));
    const result = await resultOf(experiment, 'quick', { ...some, ...own[name], data });
    const { accuracy } = result.metrics;
    if (accuracy) expect(accuracy).toMatchObject({ chance: 1 / classes, trials: 36, of: 'test images' });
    const figure = JSON.stringify(experiment.figure(result));
    expect(experiment.finding(result)).not.toMatch(/digit|MNIST|\d+s/);
    expect(figure).not.toMatch(/test digits|on digits/);
  },
  60_000,
);
