// Whether a result on disk is still what its experiment's preset says, and which command makes it anew.
import { basename } from 'node:path';
import { type Catalogue, experimentNamed } from '../experiments/catalogue.ts';
import { ConfigError, differences, flagOf, free, makeConfig, presetOf } from '../experiments/config.ts';
import type { CommonConfig, Experiment } from '../experiments/experiment.ts';
import { hashConfig, type Result, ResultError, readResult } from '../runs/result.ts';

/**
 * Current: the settings are those that the preset has now, but for which seeds and arms ran; `departs` says how
 * these differ. Custom: they are no preset's. Stale: they were a preset's, and `why` says how that has changed.
 */
export type Freshness =
  | { readonly state: 'current'; readonly departs: string }
  | { readonly state: 'custom' }
  | { readonly state: 'stale'; readonly why: string };

/** The settings of `result` that may differ from its preset without leaving it, where they do. */
function chosen(experiment: Experiment, { config }: Result, preset: string): Record<string, unknown> {
  const base: Readonly<Record<string, unknown>> = presetOf(experiment, preset);
  const names = free.filter((name) => name in base && name in config);
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(config[name]) !== JSON.stringify(base[name]))
      .map((name) => [name, config[name]]),
  );
}

/** Whether the config of `result` has the hash that its preset has now, with the seeds and arms of `result`. */
export function freshness(catalogue: Catalogue, result: Result): Freshness {
  const { config, configHash } = result;
  const experiment = experimentNamed(catalogue, result.experiment);
  if (!experiment) return { state: 'stale', why: `there is no experiment ${result.experiment}` };
  if (config.preset === 'custom') return { state: 'custom' };
  try {
    const preset = String(config.preset);
    const now = makeConfig(experiment, preset, chosen(experiment, result, preset)) as CommonConfig;
    if (hashConfig(now) === configHash)
      return { state: 'current', departs: differences(config, makeConfig(experiment, preset)) };
    return { state: 'stale', why: differences(config, now) };
  } catch (error) {
    if (error instanceof ConfigError) return { state: 'stale', why: error.message };
    throw error;
  }
}

/** The command that runs `preset` of the experiment `name`, with the given settings beside it. */
export const commandFor = (
  name: string,
  preset: string,
  others: Readonly<Record<string, unknown>> = {},
): string =>
  [
    `npm run lab -- ${name} --preset ${preset}`,
    ...Object.entries(others).map(([setting, value]) => `${flagOf(setting)} ${String(value)}`),
  ].join(' ');

/** The experiment and the preset that a file is named after: EXPERIMENT-PRESET.json. */
function namesake(
  catalogue: Catalogue,
  path: string,
): { experiment: Experiment; preset: string } | undefined {
  const stem = basename(path, '.json');
  for (const experiment of catalogue)
    for (const preset of Object.keys(experiment.presets))
      if (stem === `${experiment.name}-${preset}`) return { experiment, preset };
  return undefined;
}

interface Seen {
  readonly path: string;
  /** Whose result it is, as far as can be told. */
  readonly experiment?: Experiment;
  readonly preset: string;
  /** The command that makes it anew; a custom result has none. */
  readonly command?: string;
}

/** A result file. Broken: it cannot be read, and `why` says so in a line with its path. */
export type Examined =
  | (Seen & { readonly state: 'broken'; readonly why: string })
  | (Seen & Freshness & { readonly result: Result });

/** Reads the result at `path`, and says what state it is in. */
export function examine(catalogue: Catalogue, path: string): Examined {
  let result: Result;
  try {
    result = readResult(path);
  } catch (error) {
    if (!(error instanceof ResultError)) throw error;
    const named = namesake(catalogue, path);
    return {
      path,
      state: 'broken',
      why: error.message,
      experiment: named?.experiment,
      preset: named?.preset ?? '',
      command: named && commandFor(named.experiment.name, named.preset),
    };
  }
  const experiment = experimentNamed(catalogue, result.experiment);
  const preset = String(result.config.preset ?? '');
  const command =
    experiment && Object.hasOwn(experiment.presets, preset)
      ? commandFor(experiment.name, preset, chosen(experiment, result, preset))
      : undefined;
  return { path, experiment, preset, command, result, ...freshness(catalogue, result) };
}
