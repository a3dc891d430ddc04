// What the training commands share: their common flags, and a run from its folder to its result.
import { Command } from 'commander';
import { getEngine } from '../../index.ts';
import { loadData } from '../data/load.ts';
import { saveCheckpoint } from '../experiments/mnist/checkpoint.ts';
import type { MnistConfig } from '../experiments/mnist/config.ts';
import {
  type Arms,
  type Data,
  initialModels,
  type MnistEvent,
  seedsOf,
} from '../experiments/mnist/experiment.ts';
import { createRunFolder, defaultRunPath, type RunFolder } from '../runs/folder.ts';
import { commit, versions } from '../runs/provenance.ts';
import { hashConfig, type Result } from '../runs/result.ts';
import { DivergedError } from '../training/train.ts';
import { breathe, interruptible } from './interrupt.ts';
import { projectPath, shortPath } from './paths.ts';
import { type Reporter, reporterFor, seconds } from './reporter.ts';
import { resultTable } from './table.ts';

/** A command with the flags that every one takes. */
export const commandNamed = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .helpOption('--help', 'show this')
    .option('--quiet', 'no progress, only the result')
    .option('--json', 'the result as JSON on standard output, and nothing else there')
    .option('--debug', 'show where an error came from');

/** A command that trains. */
export const trainingCommand = (name: string, description: string): Command =>
  commandNamed(name, description)
    .option('--run <folder>', 'where the run folder lies (default: a new one in runs/)')
    .option(
      '--datasets <folder>',
      'where npm run datasets:fetch put the full digits',
      projectPath('datasets'),
    );

interface CommonOptions {
  readonly run?: string;
  readonly datasets: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Runs a generator of events to its end, reporting, logging and saving models as it goes. */
async function drive(
  events: Generator<MnistEvent, Arms>,
  config: MnistConfig,
  folder: RunFolder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Arms> {
  const saved = new Map<string, string>();
  let accuracy: number | undefined;
  let phase = '';
  const kept = (): string =>
    saved.size
      ? `kept: ${[...saved].map(([file, epoch]) => `${file} (${epoch})`).join(', ')}`
      : 'no epoch had ended, so no model was saved';
  try {
    for (;;) {
      const { value: event, done } = events.next();
      if (done) return event;
      if (event.kind === 'measured') {
        folder.metric({ arm: event.arm, accuracy: event.accuracy });
      } else if (event.kind === 'step') {
        if (event.phase !== phase) accuracy = undefined;
        phase = event.phase;
        folder.metric({ phase, epoch: event.epoch, step: event.step, loss: event.loss });
        reporter.step({ ...event, loss: mean(event.loss), accuracy });
      } else {
        accuracy = mean(event.accuracy);
        const { epoch, epochs, loss, params } = event;
        const path = folder.path(`${phase}.safetensors`);
        const init = phase === 'teacher' ? initialModels(config) : undefined;
        saveCheckpoint(path, { config, arm: phase, epoch, params, init });
        saved.set(shortPath(path), `epoch ${epoch}`);
        folder.metric({ phase, epoch, loss, accuracy: event.accuracy });
        reporter.epoch({ phase, step: 0, steps: 0, epoch, epochs, loss: mean(loss), accuracy });
      }
      await breathe(signal, kept);
    }
  } catch (error) {
    if (error instanceof DivergedError) error.message += `; ${kept()}`;
    throw error;
  } finally {
    reporter.close();
  }
}

export interface Run {
  readonly experiment: (config: MnistConfig, data: Data) => Generator<MnistEvent, Arms>;
  readonly config: MnistConfig;
  /** What the run folder's default name says. */
  readonly name: string;
  /** What is done with the result, such as drawing it; the paths that it wrote. */
  readonly finish?: (result: Result) => string[];
}

/** Trains and measures, leaves the run folder behind, and tells the result. */
export async function perform(command: Command, { experiment, config, name, finish }: Run): Promise<void> {
  const { run, datasets, quiet = false, json = false } = command.opts<CommonOptions>();
  const started = performance.now();
  const reporter = reporterFor(json ? process.stderr : process.stdout, quiet);
  const engine = getEngine();
  const { data: source, preset, seed, seeds } = config;
  const digits = loadData(config, datasets);
  const folder = createRunFolder(run ?? defaultRunPath(projectPath('runs'), name, preset, seed, new Date()));
  folder.start(config);
  reporter.line(
    `${command.name()}: preset ${preset}, ${seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`}, ${config.trainDigits} + ${config.testDigits} ${source} digits; engine ${engine.name} (the only one there is yet)`,
  );
  const arms = await interruptible((signal) =>
    drive(experiment(config, digits), config, folder, reporter, signal),
  );
  const wallSeconds = (performance.now() - started) / 1000;
  const result: Result = {
    schema: 'umbra/result@1',
    experiment: 'mnist',
    config,
    configHash: hashConfig(config),
    seeds: seedsOf(config),
    engine: engine.name,
    versions: versions(),
    commit: commit(),
    wallSeconds,
    testDigits: config.testDigits,
    arms,
  };
  folder.finish(result);
  const drawn = finish?.(result) ?? [];
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else {
    const lines = [
      '',
      resultTable(result),
      '',
      ...drawn.map((path) => `  figure  ${shortPath(path)}`),
      `  run     ${shortPath(folder.directory)}`,
      `  took    ${seconds(wallSeconds)}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
