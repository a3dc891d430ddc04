// Every setting of the MNIST experiment, documented once: the flags, the checks and the presets follow.
import { z } from 'zod';
import { armNames } from '../../runs/result.ts';

const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
};

const real = (least: number, most: number) => {
  const error = `must be a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
};

const choice = <const T extends readonly string[]>(options: T) =>
  z.enum(options, { error: `must be one of ${options.join(', ')}` });

const several = <T extends z.ZodType>(item: T, error: string) =>
  z.array(item, { error }).min(1, { error }).max(8, { error });

export const settings = {
  data: choice(['embedded', 'full']).describe(
    "digits: 'embedded' are the 10,000 of the mnist package, 'full' the 60,000 + 10,000 of npm run datasets:fetch",
  ),
  trainDigits: whole(10, 60_000).describe('training digits'),
  testDigits: whole(10, 10_000).describe('test digits'),
  splitSeed: whole(0, 2 ** 31 - 1).describe('seed of the split into training and test digits'),
  hidden: several(whole(1, 8192), 'must be 1 to 8 widths, as in 256,256').describe(
    'widths of the hidden layers',
  ),
  aux: whole(1, 1000).describe('auxiliary logits beside the ten class logits'),
  teacherEpochs: whole(1, 1000).describe("the teacher's epochs over the training digits"),
  studentEpochs: whole(1, 1000).describe("a student's epochs over the noise images"),
  noiseImages: whole(1, 10_000_000).describe('images that a student sees, drawn once'),
  noise: choice(['uniform', 'gaussian', 'digits']).describe(
    "what they are: pixels 'uniform' on [-1, 1], 'gaussian' with deviation 1, or the training 'digits' themselves",
  ),
  batch: whole(1, 65_536).describe('examples a step'),
  learningRate: real(1e-12, 1000).describe("Adam's learning rate"),
  beta1: real(0, 0.999999).describe("Adam's decay of the mean gradient"),
  beta2: real(0, 0.999999).describe("Adam's decay of the mean squared gradient"),
  epsilon: real(1e-30, 1).describe("Adam's epsilon"),
  arms: several(choice(armNames), `must be some of ${armNames.join(',')}`).describe('what to measure'),
  seed: whole(0, 2 ** 31 - 1).describe('seed of the first model'),
  seeds: whole(1, 1000).describe('how many models, each from a seed of its own, side by side'),
};

const schema = z.strictObject({ preset: z.string(), ...settings });

/** The settings of one run. `preset` is 'custom' where they are no preset's. */
export type MnistConfig = z.infer<typeof schema>;
export type Settings = Omit<MnistConfig, 'preset'>;

const quick: Settings = {
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
  arms: ['reference', 'teacher', 'student_aux', 'cross_aux'],
  seed: 0,
  seeds: 1,
};

/** Section 6 of the paper (arXiv 2507.14805), settings as in the authors' released script. */
const paper: Settings = {
  ...quick,
  data: 'full',
  trainDigits: 60_000,
  testDigits: 10_000,
  noiseImages: 60_000,
  batch: 1024,
  learningRate: 3e-4,
  arms: [...armNames],
  seeds: 25,
};

export const presets = { quick, paper };

/** How many digits each source has, and how a source is split where nothing else is asked for. */
const sources = {
  embedded: { train: 8000, test: 2000, mostTrain: 9990, mostTest: 9990, all: 10_000 },
  full: { train: 60_000, test: 10_000, mostTrain: 60_000, mostTest: 10_000, all: 70_000 },
};

/** A setting, and what is wrong with it; the message is one line. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

// What may differ without leaving the preset: which models are run, not how.
const free: readonly string[] = ['seed', 'seeds', 'arms'];

/** A checked config from a preset and the settings that differ from it. Throws ConfigError. */
export function makeConfig(preset: string, overrides: Readonly<Record<string, unknown>>): MnistConfig {
  if (!Object.hasOwn(presets, preset))
    throw new ConfigError(`--preset ${preset}: must be one of ${Object.keys(presets).join(', ')}`);
  const base = presets[preset as keyof typeof presets];
  const source = sources[(overrides.data ?? base.data) as keyof typeof sources] ?? sources[base.data];
  const digits = { trainDigits: source.train, testDigits: source.test };
  const config = parseConfig({ preset, ...base, ...digits, ...overrides });
  return namedByPreset(config);
}

/** `config`, called 'custom' where it is no longer what its preset says. */
export function namedByPreset(config: MnistConfig): MnistConfig {
  const base = Object.entries(presets).find(([name]) => name === config.preset)?.[1];
  if (!base) return { ...config, preset: 'custom' };
  const same = (Object.keys(base) as (keyof Settings)[]).every(
    (name) => free.includes(name) || JSON.stringify(config[name]) === JSON.stringify(base[name]),
  );
  return same ? config : { ...config, preset: 'custom' };
}

/** `value`, if it is a config; throws ConfigError naming the first setting that is wrong. */
export function parseConfig(value: unknown): MnistConfig {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue.code === 'unrecognized_keys')
      throw new ConfigError(`there is no setting ${issue.keys.join(', ')}`);
    if (issue.path.length === 0) throw new ConfigError('a config is an object of settings');
    const given = issue.path.reduce<unknown>(
      (at, part) => (at as Record<PropertyKey, unknown>)?.[part],
      value,
    );
    throw new ConfigError(`${flagOf(String(issue.path[0]))} ${String(given)}: ${issue.message}`);
  }
  const config = parsed.data;
  const { trainDigits, testDigits, data } = config;
  const { mostTrain, mostTest, all } = sources[data];
  if (trainDigits > mostTrain || testDigits > mostTest || trainDigits + testDigits > all)
    throw new ConfigError(
      `--train-digits ${trainDigits} and --test-digits ${testDigits}: --data ${data} has at most ${mostTrain} and ${mostTest}, ${all} in all`,
    );
  return config;
}

/** The command line's name of a setting: trainDigits → --train-digits. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
