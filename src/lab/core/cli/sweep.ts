// npm run sweep: an experiment in pieces, on this machine or on a cluster's scheduler, and what becomes of them.
import { relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { z } from 'zod';
import type { Catalogue } from '../experiments/catalogue.ts';
import { sharesOf } from '../experiments/cells.ts';
import { ConfigError, flagOf } from '../experiments/config.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { merge } from '../experiments/merge.ts';
import { listed } from '../report/words.ts';
import { defaultRunPath } from '../runs/folder.ts';
import { lockFolder } from '../runs/lock.ts';
import { codeDigest, versions } from '../runs/provenance.ts';
import { readResult } from '../runs/result.ts';
import { type Place, placeSchema, places, SweepError } from '../sweep/place.ts';
import { placeNames, schedulerOf } from '../sweep/schedulers.ts';
import { lastLine, nameOf, type State, stateNames, statesOf } from '../sweep/states.ts';
import { createSweep, openSweep, type Sweep, type SweepPlan } from '../sweep/sweep.ts';
import { ToolError } from '../sweep/tools.ts';
import { commandNamed, pathOption } from './command.ts';
import { elementOf, runElement } from './element.ts';
import { addPresetFlag, configured } from './experiment.ts';
import { addFlags } from './flags.ts';
import { InterruptedError, interruptible } from './interrupt.ts';
import { addMergeFlags, showMerged } from './merge.ts';
import { projectPath, shortPath } from './paths.ts';
import { reporterFor } from './reporter.ts';
import { addWorkFlags, checkpointSteps, chooseEngine } from './session.ts';

/** The flags of all places, by their names; several places may share one. */
const placeFlags: Readonly<Record<string, z.ZodType>> = Object.assign(
  {},
  ...Object.values(places).map(({ shape: { on: _, ...flags } }) => flags),
);

function addPlaceFlags(command: Command): Command {
  command.addOption(new Option('--on <place>', 'where it runs (default: here)').choices(placeNames));
  for (const [name, schema] of Object.entries(placeFlags))
    command.addOption(new Option(`${flagOf(name)} <${name === 'threads' ? 'n' : name}>`, schema.description));
  return command;
}

/** Where the flags say that a sweep runs: `last` with what they change. Throws ConfigError for wrong usage. */
function placeOf(command: Command, last?: Place): Place {
  const flags = command.opts<Record<string, string | undefined>>();
  const { on = last?.on ?? 'here' } = flags;
  const given = Object.entries(flags).filter(([name]) => Object.hasOwn(placeFlags, name));
  const parsed = placeSchema.safeParse({
    ...(last?.on === on ? last : {}),
    on,
    ...Object.fromEntries(given),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue.code === 'unrecognized_keys')
    throw new ConfigError(`${flagOf(issue.keys[0])}: there is no such thing with --on ${on}; leave it out`);
  const [name] = issue.path.map(String);
  throw new ConfigError(`${flagOf(name)} ${flags[name] ?? 'is not given'}: ${issue.message}`);
}

/** The flags that `place` was chosen by. */
const flagsOf = (place: Place): string =>
  Object.entries(place)
    .map(([name, value]) => `${flagOf(name)} ${value}`)
    .join(' ');

/** Elements that stopped of which the last words are shown. */
const most = 10;

/** Shows how a sweep stands: for people, or as JSON. */
function showStates(sweep: Sweep, states: readonly State[], json = false): void {
  const { experiment, elements } = sweep.plan;
  if (json) {
    const all = elements.map((element, i) => ({ ...element, state: states[i] }));
    process.stdout.write(
      `${JSON.stringify({ experiment, sweep: sweep.directory, elements: all }, null, 2)}\n`,
    );
    return;
  }
  const rows = stateNames.flatMap((state) => {
    const those = states.flatMap((each, element) => (each === state ? [element] : []));
    return those.length > 0
      ? [`${state.padEnd(9)} ${String(those.length).padStart(4)}  ${listed(those)}`]
      : [];
  });
  const stopped = states.flatMap((state, element) => (state === 'stopped' ? [element] : []));
  const told = stopped
    .slice(0, most)
    .map((element) => `${nameOf(sweep, element)}: ${lastLine(sweep, element)}`);
  if (stopped.length > most)
    told.push(`and ${stopped.length - most} more, whose words are in ${shortPath(sweep.path('logs'))}`);
  process.stdout.write([...rows, ...(told.length > 0 ? ['', ...told] : []), ''].join('\n'));
}

/** Hands `elements` to `place`, and tells what comes of it. */
async function start(
  command: Command,
  sweep: Sweep,
  elements: readonly number[],
  place: Place,
): Promise<void> {
  const { quiet = false, json = false } = command.opts<{ quiet?: boolean; json?: boolean }>();
  const reporter = reporterFor(json ? process.stderr : process.stdout, quiet);
  const tell = (line: string): void => reporter.line(line);
  const folder = shortPath(sweep.directory);
  const lock = lockFolder(sweep.directory);
  try {
    tell(
      `${elements.length} of ${sweep.plan.elements.length} elements of ${sweep.plan.experiment}, in ${folder}`,
    );
    const keep = (id: string): void => sweep.keepJob({ id, place, elements: [...elements] });
    await interruptible((signal) =>
      schedulerOf(place.on).start(sweep, elements, place, keep, { tell, signal }),
    );
  } catch (error) {
    if (error instanceof InterruptedError)
      error.message = `interrupted; go on with npm run sweep -- retry ${folder}`;
    if (error instanceof ToolError) {
      const giveUp = sweep.jobs().length === 0 ? `, or delete ${folder}` : '';
      error.message += `; npm run sweep -- retry ${folder} ${flagsOf(place)} tries again${giveUp}`;
    }
    throw error;
  } finally {
    lock.release();
  }
  if (json) showStates(sweep, statesOf(sweep, schedulerOf), json);
  const lacking = elements.filter((element) => !sweep.hasResult(element)).length;
  if (place.on === 'here' && lacking > 0)
    throw new SweepError(
      `${lacking} of ${elements.length} elements have no result; npm run sweep -- retry ${folder} starts them again`,
    );
  const next = place.on === 'here' ? 'merge' : 'status';
  tell(`npm run sweep -- ${next} ${folder}`);
}

/** Flags of a sweep that are no experiment's. */
const ownFlags = [
  'sweep',
  'pack',
  'artefacts',
  'engine',
  'on',
  'quiet',
  'json',
  'debug',
  ...Object.keys(placeFlags),
];

/** The flags of the experiment itself that a command line has, as they were given. */
const experimentFlags = (command: Command): string[] =>
  command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .filter((option) => !ownFlags.includes(option.attributeName()))
    .flatMap((option) => {
      const flag = option.long ?? '';
      return option.required ? [flag, String(command.getOptionValue(option.attributeName()))] : [flag];
    });

function packOf(text: string): number {
  const pack = Number(text);
  if (!/^\d+$/.test(text) || pack < 1) throw new ConfigError(`--pack ${text}: must be a whole number from 1`);
  return pack;
}

interface BeginOptions {
  readonly sweep?: string;
  readonly pack: string;
  readonly artefacts?: string;
  readonly engine?: string;
  readonly checkpointSteps: string;
}

/** `npm run sweep -- NAME`: plans the sweep of an experiment, and starts it. */
function beginCommand(experiment: Experiment): Command {
  const { name, settings, presets, field } = experiment;
  const command = commandNamed(name, experiment.question)
    .addOption(pathOption('--sweep <folder>', 'where the sweep lies (default: a new one in sweeps/)'))
    .option('--pack <n>', 'seeds in one element, about: small ones are better together', '1')
    .addOption(
      pathOption(
        '--artefacts <folder>',
        "where outputs of stages are kept, which sweeps can share (default: in the sweep's folder)",
      ),
    );
  addPlaceFlags(command);
  addWorkFlags(command, field);
  addPresetFlag(command, experiment);
  const names = Object.keys(settings);
  addFlags(command, settings, names, Object.values(presets)[0]);
  return command.action(async () => {
    const options = command.opts<BeginOptions>();
    const place = placeOf(command);
    checkpointSteps(options);
    const { config } = configured(command, experiment, names);
    if (place.on === 'kubernetes' && options.artefacts !== undefined)
      throw new ConfigError('--artefacts: on Kubernetes they lie in the volume; leave it out');
    const path =
      options.sweep ?? defaultRunPath(projectPath('sweeps'), name, config.preset, config.seed, new Date());
    const plan: SweepPlan = {
      schema: 'umbra/sweep@1',
      experiment: name,
      config,
      flags: experimentFlags(command),
      artefacts: options.artefacts ? relative(resolve(path), resolve(options.artefacts)) : 'artefacts',
      engine: chooseEngine({ engine: options.engine }).name,
      code: codeDigest(),
      versions: versions(),
      elements: sharesOf(experiment, config, packOf(options.pack)).map(({ shard, seeds }) => ({
        shard,
        seeds: [...seeds],
      })),
    };
    if (place.on !== 'kubernetes') field.load(config, command.opts()); // what it lacks, every element would
    const sweep = createSweep(path, plan);
    await start(command, sweep, [...sweep.plan.elements.keys()], place);
  });
}

interface AboutOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly element?: string;
  readonly of?: string;
}

/** A command about the sweep in a folder. */
function aboutSweep(
  name: string,
  description: string,
  act: (sweep: Sweep, options: AboutOptions) => unknown,
): Command {
  const command = commandNamed(name, description).argument('<folder>', 'the folder of the sweep');
  return command.action(async (folder: string) => {
    await act(openSweep(folder), command.opts<AboutOptions>());
  });
}

const statusCommand = (): Command =>
  aboutSweep('status', 'How far the elements of a sweep are.', (sweep, { json }) =>
    showStates(sweep, statesOf(sweep, schedulerOf), json),
  );

const cancelCommand = (): Command =>
  aboutSweep(
    'cancel',
    'Ends the elements of a sweep that run or wait; what they reached is kept.',
    (sweep) => {
      for (const job of sweep.jobs()) schedulerOf(job.place.on).cancel(sweep, job);
    },
  );

function retryCommand(): Command {
  const command = aboutSweep(
    'retry',
    'Starts the elements of a sweep that have no result and do not run.',
    async (sweep, { json }) => {
      const place = placeOf(command, sweep.jobs().at(-1)?.place);
      const states = statesOf(sweep, schedulerOf);
      const left = states.flatMap((state, i) => (state === 'stopped' || state === 'not begun' ? [i] : []));
      if (left.length > 0) await start(command, sweep, left, place);
      else showStates(sweep, states, json);
    },
  );
  return addPlaceFlags(command);
}

function mergeCommand(catalogue: Catalogue): Command {
  const command = aboutSweep(
    'merge',
    'Lays the results of a sweep together, and draws their figure.',
    (sweep) => {
      const paths = [...sweep.plan.elements.keys()]
        .filter((element) => sweep.hasResult(element))
        .map((element) => sweep.result(element));
      if (paths.length === 0)
        throw new SweepError(`${sweep.directory}: no element has a result; npm run sweep -- status says why`);
      const sources = paths.map((path) => ({ path, result: readResult(path) }));
      showMerged(catalogue, command, merge(sources, { sameCode: true })); // an element of other code has refused to run
    },
  );
  return addMergeFlags(command);
}

const elementCommand = (catalogue: Catalogue): Command =>
  aboutSweep('element', 'Runs one element of a sweep: what schedulers call.', (sweep, options) =>
    runElement(catalogue, sweep, elementOf(sweep, options), options),
  )
    .option('--element <i>', 'which (default: what Slurm or Kubernetes says)')
    .option('--of <i,j-k,…>', 'the elements of which that is the number, from 0');

export function sweepCommand(catalogue: Catalogue): Command {
  const command = new Command('sweep')
    .description(
      'Runs an experiment in pieces, side by side here or on a scheduler; each piece can be ended at any time and goes on where it was.',
    )
    .configureHelp({ commandUsage: () => 'npm run sweep -- <name> [options]' })
    .helpCommand(false)
    .enablePositionalOptions()
    .option('--json', 'the result as JSON')
    .option('--debug', 'show where an error came from')
    .action((_, { args: [name] }: Command) => {
      throw new ConfigError(
        name === undefined
          ? 'it needs an experiment, or status, cancel, retry or merge with the folder of a sweep'
          : `'${name}' is no experiment and nothing that is done with a sweep`,
      );
    })
    .allowExcessArguments();

  const parts = [
    statusCommand(),
    cancelCommand(),
    retryCommand(),
    mergeCommand(catalogue),
    elementCommand(catalogue),
  ];
  for (const part of [...parts, ...catalogue.map(beginCommand)]) command.addCommand(part);
  return command;
}
