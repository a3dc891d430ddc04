// From documented settings to a checked config: presets, what overrides them, and what is refused.
import { z } from 'zod';

/** A setting, and what is wrong with it; the message is one line. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export type Settings = Readonly<Record<string, z.ZodType>>;
export type Values<S extends Settings> = { [K in keyof S]: z.infer<S[K]> };
/** The settings of one run. `preset` is 'custom' where they are no preset's. */
export type ConfigOf<S extends Settings> = { preset: string } & Values<S>;

/** What can be set, and the presets that set it; the first is the one that runs unless another is named. */
export interface Configurable<S extends Settings> {
  readonly settings: S;
  readonly presets: Readonly<Record<string, Values<S>>>;
  /** Settings that follow from what was asked for, where they were not asked for themselves. */
  implied?(
    preset: Values<S>,
    overrides: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>;
  /** What is wrong with a config whose settings are all right by themselves. */
  problem?(config: ConfigOf<S>): string | undefined;
}

export const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
};

export const real = (least: number, most: number) => {
  const error = `must be a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
};

/** How the text of a flag becomes the value of its setting, where that is not the text itself. */
export const textReaders = z.registry<{ read(text: string): unknown }, z.ZodType>();

/** `setting`, whose flag's text `read` turns into its value; to read a value again changes nothing. */
export function fromText<T extends z.ZodType>(setting: T, read: (text: string) => unknown): T {
  textReaders.add(setting, { read });
  return setting;
}

export const choice = <const T extends readonly string[]>(options: T) =>
  z.enum(options, { error: `must be one of ${options.join(', ')}` });

/** One to `most` of `item`; `what` completes "must be …". */
export const several = <T extends z.ZodType>(item: T, what: string, most = 24) =>
  z
    .array(item, { error: `must be ${what}` })
    .min(1, { error: `must be ${what}` })
    .max(most, { error: `must be ${what}` });

/** As `several`, each of them once: what an experiment does one after the other. */
export const sweep = <T extends z.ZodType>(item: T, what: string, most?: number) =>
  several(item, what, most).refine((given) => new Set(given).size === given.length, {
    error: `must be ${what}, each once`,
  });

/** Some of `options`, each once. */
export const someOf = <const T extends readonly string[]>(options: T) =>
  sweep(choice(options), `some of ${options.join(',')}`);

/** The command line's name of a setting: trainDigits → --train-digits. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** What may differ without leaving the preset: which models are run, not how. */
export const free: readonly string[] = ['seed', 'seeds', 'arms'];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** `config`, called 'custom' where it is no longer what its preset says. */
export function namedByPreset<S extends Settings>(
  { presets }: Configurable<S>,
  config: ConfigOf<S>,
): ConfigOf<S> {
  const base = Object.entries(presets).find(([name]) => name === config.preset)?.[1];
  const kept =
    base && Object.keys(base).every((name) => free.includes(name) || same(config[name], base[name]));
  return kept ? config : { ...config, preset: 'custom' };
}

/** `value`, if it is a config; throws ConfigError naming the first setting that is wrong. */
export function parseConfig<S extends Settings>(of: Configurable<S>, value: unknown): ConfigOf<S> {
  const parsed = z.strictObject({ preset: z.string(), ...of.settings }).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue.code === 'unrecognized_keys')
      throw new ConfigError(`there is no setting ${issue.keys.join(', ')}`);
    if (issue.path.length === 0) throw new ConfigError('a config is an object of settings');
    const given = issue.path.reduce<unknown>(
      (at, part) => (at as Record<PropertyKey, unknown>)?.[part],
      value,
    );
    const shown = given === '' ? "''" : String(given ?? 'unset');
    throw new ConfigError(`${flagOf(String(issue.path[0]))} ${shown}: ${issue.message}`);
  }
  const config = parsed.data as ConfigOf<S>;
  const problem = of.problem?.(config);
  if (problem) throw new ConfigError(problem);
  return config;
}

/** The values of the preset `name`. Throws ConfigError where there is none. */
export function presetOf<S extends Settings>({ presets }: Configurable<S>, name: string): Values<S> {
  if (!Object.hasOwn(presets, name))
    throw new ConfigError(`--preset ${name}: must be one of ${Object.keys(presets).join(', ')}`);
  return presets[name];
}

/** A checked config from a preset and the settings that differ from it. Throws ConfigError. */
export function makeConfig<S extends Settings>(
  of: Configurable<S>,
  preset: string,
  overrides: Readonly<Record<string, unknown>> = {},
): ConfigOf<S> {
  const base = presetOf(of, preset);
  const implied = of.implied?.(base, overrides);
  return namedByPreset(of, parseConfig(of, { preset, ...base, ...implied, ...overrides }));
}

/** How `config` differs from `other`, setting by setting, in words for one line; empty where it does not. */
export const differences = (
  config: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): string =>
  Object.keys({ ...config, ...other })
    .filter((name) => name !== 'preset' && !same(config[name], other[name]))
    .map(
      (name) => `${flagOf(name)} ${String(config[name] ?? 'unset')}, not ${String(other[name] ?? 'unset')}`,
    )
    .join('; ');
