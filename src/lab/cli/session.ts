// What the training commands share: their common flags, and a run from its folder to its result.
import { Command, Option } from 'commander';
import { describeEngine, type Engine, getEngine, threadCount, useEngine, useThreads } from '../../index.ts';
import { loadData } from '../data/load.ts';
import { saveCheckpoint } from '../experiments/mnist/checkpoint.ts';
import { ConfigError, type MnistConfig } from '../experiments/mnist/config.ts';
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
import { mean } from '../runs/statistics.ts';
import { DivergedError } from '../training/train.ts';
import { breathe, interruptible } from './interrupt.ts';
import { projectPath, shortPath } from './paths.ts';
import { type Reporter, reporterFor, seconds, trainingText } from './reporter.ts';
import { resultTable } from './table.ts';

/** A command with the flags that every one takes. */
export const commandNamed = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .configureHelp({ commandUsage: (command) => `npm run ${command.name()} -- [options]` })
    .helpOption('--help', 'show this')
    .option('--quiet', 'no progress, only the result')
    .option('--json', 'the result as JSON on standard output, and nothing else there')
    .option('--debug', 'show where an error came from');

/** A flag for a folder that lies in the clone by default. */
export const folderOption = (flags: string, description: string, name: string): Option =>
  new Option(flags, description).default(projectPath(name), `${name}/`);

/** A command that trains. */
export const trainingCommand = (name: string, description: string): Command =>
  commandNamed(name, description)
    .option('--run <folder>', 'where the run folder lies (default: a new one in runs/)')
    .addOption(
      folderOption('--datasets <folder>', 'where npm run datasets:fetch put the full digits', 'datasets'),
    )
    .option(
      '--engine <name>',
      'what computes: native, wasm, … (default: $UMBRA_ENGINE, or the best there is)',
    )
    .option('--threads <n>', 'threads it runs on (default: $UMBRA_THREADS, or as many as the machine has)');

interface CommonOptions {
  readonly run?: string;
  readonly datasets: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly engine?: string;
  readonly threads?: string;
}

/** The engine that the flags, the environment or the machine choose. Throws ConfigError for wrong usage. */
function chooseEngine({ engine, threads }: CommonOptions): Engine {
  const usage = <R>(flag: string, choose: () => R): R => {
    try {
      return choose();
    } catch (error) {
      if (error instanceof RangeError) throw new ConfigError(`${flag}${error.message}`);
      throw error;
    }
  };
  usage('--threads: ', () => threads !== undefined && useThreads(threads));
  usage('', threadCount);
  return engine === undefined ? usage('', getEngine) : usage('--engine: ', () => useEngine(engine));
}

/** Runs a generator of events to its end, reporting, logging and saving models as it goes. */
async function drive(
  events: Generator<MnistEvent, Arms>,
  config: MnistConfig,
  folder: RunFolder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Arms> {
  const saved = new Map<string, number>();
  const kept = (): string =>
    saved.size
      ? `kept: ${[...saved].map(([path, epoch]) => `${shortPath(path)} (epoch ${epoch})`).join(', ')}`
      : 'no epoch had ended, so no model was saved';
  const accuracies = new Map<string, number>(); // of each phase at its last epoch's end
  const take = (event: MnistEvent): void => {
    switch (event.kind) {
      case 'measured':
        folder.metric({ arm: event.arm, accuracy: event.accuracy });
        return;
      case 'outputs':
        reporter.step({ phase: 'teacher logits', step: event.images, steps: event.of, text: '' });
        return;
      case 'step': {
        const { phase, epoch, step, loss } = event;
        folder.metric({ phase, epoch, step, loss });
        reporter.step({ ...event, text: trainingText(event, mean(loss), accuracies.get(phase)) });
        return;
      }
      case 'epoch': {
        const { phase, epoch, step, loss, accuracy, params } = event;
        const init = phase === 'teacher' ? initialModels(config) : undefined;
        const path = folder.save(`${phase}.safetensors`, (file) =>
          saveCheckpoint(file, { config, arm: phase, epoch, params, init }),
        );
        saved.set(path, epoch);
        accuracies.set(phase, mean(accuracy));
        folder.metric({ phase, epoch, step, loss, accuracy });
        reporter.epoch({ ...event, text: trainingText(event, mean(loss), mean(accuracy)) });
        return;
      }
      default:
        event satisfies never;
    }
  };
  try {
    for (;;) {
      const { value, done } = events.next();
      if (done) return value;
      take(value);
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
  const options = command.opts<CommonOptions>();
  const { run, datasets, quiet = false, json = false } = options;
  const started = performance.now();
  const reporter = reporterFor(json ? process.stderr : process.stdout, quiet);
  const engine = chooseEngine(options);
  const { data: source, preset, seed, seeds } = config;
  const digits = loadData(config, datasets);
  const folder = createRunFolder(run ?? defaultRunPath(projectPath('runs'), name, preset, seed, new Date()));
  folder.start(config);
  reporter.line(
    `${command.name()}: preset ${preset}, ${seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`}, ${config.trainDigits} + ${config.testDigits} ${source} digits; engine ${describeEngine()}`,
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
