// What the training commands share: their common flags, and a run from its folder to its result.
import type { Command } from 'commander';
import {
  describeEngine,
  type Engine,
  getEngine,
  identifyEngine,
  type Tree,
  threadCount,
  useEngine,
  useThreads,
} from '../../../index.ts';
import { inShard } from '../experiments/cells.ts';
import { ConfigError, differences, parseConfig } from '../experiments/config.ts';
import { type CommonConfig, type Experiment, seedsOf } from '../experiments/experiment.ts';
import { seconds } from '../report/words.ts';
import {
  createRunFolder,
  defaultRunPath,
  RunError,
  type RunFolder,
  resumeRunFolder,
} from '../runs/folder.ts';
import { outputsOf } from '../runs/header.ts';
import { codeDigest, commit, processor, versions } from '../runs/provenance.ts';
import { formatResult, type Part, type Result, type Row, resultFrom } from '../runs/result.ts';
import { Artefacts } from '../stages/artefacts.ts';
import type { Running } from '../training/events.ts';
import { commandNamed, pathOption, projectOption } from './command.ts';
import { drive } from './drive.ts';
import { checkFits } from './fits.ts';
import { interruptible } from './interrupt.ts';
import { projectPath, shortPath } from './paths.ts';
import { reporterFor } from './reporter.ts';
import { resultTable } from './table.ts';

/** A command that trains. */
export function trainingCommand(
  name: string,
  description: string,
  { field }: Pick<Experiment, 'field'>,
): Command {
  const command = commandNamed(name, description)
    .addOption(pathOption('--run <folder>', 'where the run folder lies (default: a new one in runs/)'))
    .option('--resume', 'go on with the run in --run, which was cut short')
    .addOption(
      projectOption(
        '--artefacts <folder>',
        'where outputs of stages are kept and looked up, for all runs; it can be deleted at any time',
        'artefacts',
      ),
    )
    .option('--threads <n>', 'threads it runs on (default: $UMBRA_THREADS, or as many as the machine has)');
  addWorkFlags(command, field);
  return command;
}

/** Adds the flags that say what the work of an experiment on `field` is done with. */
export function addWorkFlags(command: Command, field: Pick<Experiment['field'], 'options'>): void {
  command
    .option('--checkpoint-steps <n>', 'steps from one checkpoint to the next', '100')
    .option(
      '--engine <name>',
      'what computes: native, wasm, … (default: $UMBRA_ENGINE, or the best there is)',
    );
  for (const option of field.options()) command.addOption(option);
}

interface CommonOptions {
  readonly run?: string;
  readonly resume?: boolean;
  readonly checkpointSteps: string;
  readonly artefacts: string;
  readonly show?: boolean;
  readonly shard?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly engine?: string;
  readonly threads?: string;
}

/** The engine that the flags, the environment or the machine choose. Throws ConfigError for wrong usage. */
export function chooseEngine({ engine, threads }: Pick<CommonOptions, 'engine' | 'threads'>): Engine {
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

/** Steps from one checkpoint to the next. Throws ConfigError for wrong usage. */
export function checkpointSteps({ checkpointSteps: text }: Pick<CommonOptions, 'checkpointSteps'>): number {
  const steps = Number(text);
  if (!/^\d+$/.test(text) || steps < 1)
    throw new ConfigError(`--checkpoint-steps ${text}: must be a whole number from 1`);
  return steps;
}

export interface Run {
  readonly experiment: Experiment;
  /** What the run folder's default name says. */
  readonly name: string;
  readonly config: CommonConfig;
  /** The settings that were asked for by name: a run that is resumed must have them. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Files that the run depends on, by what they are: the SHA-256 of each. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** How it runs, where that is not the experiment's own way. */
  events?(config: CommonConfig, data: unknown): Running<Row[]>;
  /** Writes a model to `path` at an epoch's end, where the run keeps its models. */
  saveModel?(path: string, config: CommonConfig, name: string, epoch: number, params: Tree): void;
  /** What is done with the result, such as drawing it; the paths that it wrote. */
  readonly finish?: (result: Result) => string[];
  /** What the result shows, in a sentence. */
  readonly finding?: (result: Result) => string;
  /** What is shown below the result's own table. */
  readonly beside?: (result: Result) => string | undefined;
}

/** The config of the run in the folder `path`. Throws RunError where it is none of `experiment`. */
function configOf(experiment: Experiment, config: unknown, path: string): CommonConfig {
  try {
    return parseConfig(experiment, config) as CommonConfig;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new RunError(
      `${path}: its config.json has ${error.message}; choose another folder, or delete this one`,
    );
  }
}

/** `config` with the seeds that run: all, or those of a shard. */
const sharded = (experiment: Experiment, config: CommonConfig, shard?: string): CommonConfig =>
  shard === undefined ? config : inShard(experiment, config, shard);

/** The folder of a run, new or to be gone on with, and its config. */
function openRun(
  { experiment, name, config, given, inputs = {} }: Run,
  { run, resume, shard }: CommonOptions,
  warn: (line: string) => void,
): { folder: RunFolder; config: CommonConfig } {
  if (!resume) {
    const { seed } = sharded(experiment, config, shard);
    const path = run ?? defaultRunPath(projectPath('runs'), name, config.preset, seed, new Date());
    return { folder: createRunFolder(path, { experiment: name, config, inputs, shard }, warn), config };
  }
  if (run === undefined) throw new ConfigError('--resume: needs --run, the folder of the run to go on with');
  const folder = resumeRunFolder(run, warn);
  try {
    const { plan } = folder;
    if (plan.experiment !== name)
      throw new ConfigError(`--resume: ${run} holds a run of ${plan.experiment}, not of ${name}`);
    const difference =
      differences(plan.config, { ...plan.config, ...given }) ||
      differences(plan.inputs, { ...plan.inputs, ...inputs }) ||
      differences({ shard: plan.shard }, { shard: shard ?? plan.shard });
    if (difference)
      throw new ConfigError(
        `--resume: the run in ${run} has ${difference}; leave that out, or begin another run`,
      );
    return { folder, config: configOf(experiment, plan.config, run) };
  } catch (error) {
    folder.release();
    throw error;
  }
}

/** Trains and measures, leaves the run folder behind, and tells the result. */
export async function perform(command: Command, run: Run): Promise<void> {
  const options = command.opts<CommonOptions>();
  const { quiet = false, json = false, show = false } = options;
  const { field } = run.experiment;
  const started = performance.now();
  const code = commit(); // what runs is what was read, whatever is edited meanwhile
  const reporter = reporterFor(json ? process.stderr : process.stdout, quiet);
  const every = checkpointSteps(options);
  const engine = chooseEngine(options);
  const fits = (config: CommonConfig): void => {
    const needs = run.experiment.memory?.(config);
    if (needs) checkFits(needs, config, run.given, engine);
  };
  if (!options.resume) fits(sharded(run.experiment, run.config, options.shard));
  // a new run that lacks what it runs on leaves no folder behind
  const early = options.resume ? undefined : await field.load(run.config, command.opts());
  const { folder, config: whole } = openRun(run, options, (line) => reporter.line(line));
  try {
    const { shard } = folder.plan;
    const config = sharded(run.experiment, whole, shard);
    if (options.resume) fits(config);
    const data = early ?? (await field.load(config, command.opts()));
    const { preset, seed, seeds } = config;
    reporter.line(
      `${command.name()}: preset ${preset}, ${seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`}, ${field.describe(config)}; engine ${describeEngine()}`,
    );
    const computing = identifyEngine();
    const origin = `${computing} ${codeDigest()}`; // other code or another engine gives other bits
    const artefacts = new Artefacts(options.artefacts, origin, (line) => reporter.line(line));
    const saveModel =
      run.saveModel &&
      ((path: string, model: string, epoch: number, params: Tree) =>
        run.saveModel?.(path, config, model, epoch, params));
    const events = run.events?.(config, data) ?? run.experiment.run(config, data);
    const setUp = (performance.now() - started) / 1000;
    const { rows, wallSeconds, stages } = await interruptible((signal) =>
      drive(events, { folder, artefacts, engine: computing, reporter, every, signal, show, saveModel }),
    );
    const part: Part = {
      seeds: seedsOf(config),
      engine: engine.name,
      versions: versions(),
      commit: code,
      machine: { cpu: processor(), threads: threadCount() },
      wallSeconds: wallSeconds + setUp,
      ...(Object.keys(stages).length > 0 ? { stages } : {}),
    };
    const { experiment } = run;
    const result = resultFrom({
      experiment: experiment.name,
      config: whole,
      metrics: experiment.metrics(whole),
      parts: [part],
      rows,
    });
    folder.finish(result);
    const drawn = (shard === undefined && run.finish?.(result)) || [];
    if (json) process.stdout.write(`${formatResult(result)}\n`);
    else {
      const taken = outputsOf(result, 'taken');
      const beside = shard === undefined && run.beside?.(result);
      const finding = shard === undefined && run.finding?.(result);
      const lines = [
        '',
        resultTable(result, experiment),
        '',
        ...(beside ? [beside, ''] : []),
        ...(finding ? [finding, ''] : []),
        ...drawn.map((path) => `  figure  ${shortPath(path)}`),
        `  run     ${shortPath(folder.directory)}`,
        ...(taken ? [`  taken   ${taken}, from ${shortPath(artefacts.directory)}`] : []),
        `  took    ${seconds(part.wallSeconds)}`,
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
  } finally {
    folder.release();
  }
}
