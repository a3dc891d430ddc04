// The flags of `npm run bench`.
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { engineNames } from '../src/index.ts';
import { peers } from './roster.ts';
import { workloadNames } from './workloads.ts';

export interface Options {
  readonly only: readonly string[];
  readonly engines: readonly string[];
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly full: boolean;
  readonly json?: string;
}

const listed = (text: string): string[] => text.split(',').map((part) => part.trim());

/** Reads a list of some of `names`. */
const someOf =
  (names: readonly string[]) =>
  (text: string): string[] => {
    const parts = listed(text);
    const unknown = parts.find((part) => !names.includes(part));
    if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is none of ${names.join(', ')}.`);
    return parts;
  };

const peerNames = peers.map(({ name }) => name);

function readPeers(text: string): string[] {
  if (text === 'none') return [];
  return text === 'all' ? peerNames : someOf(peerNames)(text);
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
  return rounds;
}

/** The engines worth timing: the reference is the oracle, and timed only where it is all there is. */
export const defaultEngines = (names: readonly string[]): string[] => {
  const compiled = names.filter((name) => name !== 'reference');
  return compiled.length > 0 ? compiled : [...names];
};

/** The command; `run` is what it does. */
export function benchCommand(run: (options: Options) => Promise<void>): Command {
  return new Command('bench')
    .description(
      'Measures Umbra and its peers side by side: speed, memory, and shares of what this machine can do.',
    )
    .option('--only <W,…>', `workloads: some of ${workloadNames.join(', ')}`, someOf(workloadNames), [
      ...workloadNames,
    ])
    .option('--engines <name,…>', "Umbra's engines", listed, defaultEngines(engineNames()))
    .option('--peers <name,…>', `'none', 'all' or some of ${peerNames.join(', ')}`, readPeers, peerNames)
    .option('--rounds <n>', 'turns that every runner has', readRounds, 7)
    .option('--full', 'whole epochs in W3 and 10,000 steps for memory: many minutes', false)
    .option('--json <file>', 'write every row, the limits and the machine there')
    .option('--debug', 'show where an unexpected error came from')
    .addHelpText(
      'after',
      `\nRunners run on 1 and on all ${availableParallelism()} threads. benchmarks/README.md says how to read the table.`,
    )
    .action(async (options: Options) => run(options));
}
