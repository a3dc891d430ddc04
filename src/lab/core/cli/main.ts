// How every command begins and ends: what all take, its exit code, and one line for what went wrong.
import { type Command, CommanderError } from 'commander';
import { EngineError, MemoryError } from '../../../index.ts';
import { FormatError } from '../../../store/index.ts';
import { LabError } from '../errors.ts';
import { ConfigError } from '../experiments/config.ts';
import { describeFileError } from '../runs/folder.ts';
import { versions } from '../runs/provenance.ts';
import { InterruptedError } from './interrupt.ts';
import { KeptError, refuseKept } from './misread.ts';
import { guardStreams } from './streams.ts';

const expected = [FormatError, LabError, EngineError, MemoryError];

interface Failure {
  readonly line: string;
  readonly code: number;
}

function describe(error: unknown, help: string): Failure {
  if (error instanceof CommanderError) {
    const line = error.message.replace(/^error: |\.$/g, '').replaceAll('\n', ' ');
    return { line: `${line}; ${help}`, code: 2 };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof KeptError) return { line: message, code: 2 };
  if (error instanceof ConfigError) return { line: `${message}; ${help}`, code: 2 };
  if (error instanceof InterruptedError)
    return { line: message, code: error.signal === 'SIGHUP' ? 129 : 130 };
  if (expected.some((kind) => error instanceof kind)) return { line: message, code: 1 };
  const file = describeFileError(error);
  if (file) return { line: file, code: 1 };
  return { line: `${message.split('\n')[0]} (unexpected; --debug shows where)`, code: 1 };
}

/** `args`, where its first word that is none of `parts` is help, as the flag that it stands for. */
function withHelp(args: readonly string[], parts: readonly string[]): string[] {
  const at = args.findIndex((arg) => !parts.includes(arg));
  return args[at] === 'help' ? [...args.filter((arg) => parts.includes(arg)), '--help'] : [...args];
}

/** Runs `command` on `given`, the command line's arguments, and sets the exit code. */
export async function main(command: Command, given = process.argv.slice(2)): Promise<void> {
  guardStreams(command.name());
  for (const each of [command, ...command.commands])
    each
      .helpOption('-h, --help', 'show this')
      .version(versions().umbra, '-v, --version', "show Umbra's version")
      .exitOverride()
      .configureOutput({ outputError: () => {} });
  const parts = command.commands.map((each) => each.name());
  const args = withHelp(given, parts);
  const part = command.commands.find((each) => each.name() === args[0]);
  const [acting, own] = part ? [part, args.slice(1)] : [command, args];
  try {
    refuseKept(acting, own);
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help
    const { line, code } = describe(
      error,
      `npm run ${command.name()} -- ${part ? `${part.name()} ` : ''}--help lists the flags`,
    );
    process.exitCode = code;
    process.stderr.write(`${acting.name()}: ${line}\n`);
    if (args.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
}
