// How every command ends: its exit code, and one line for what went wrong.
import { type Command, CommanderError } from 'commander';
import { EngineError, MemoryError } from '../../index.ts';
import { FormatError } from '../../store/index.ts';
import { FetchError } from '../data/fetch.ts';
import { ConfigError } from '../experiments/config.ts';
import { describeFileError, RunError } from '../runs/folder.ts';
import { ResultError } from '../runs/result.ts';
import { DivergedError } from '../training/train.ts';
import { InterruptedError } from './interrupt.ts';

const expected = [FormatError, FetchError, RunError, ResultError, DivergedError, EngineError, MemoryError];

interface Failure {
  readonly line: string;
  readonly code: number;
}

function describe(error: unknown, help: string): Failure {
  if (error instanceof CommanderError) {
    const line = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return { line: `${line}; ${help}`, code: 2 };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConfigError) return { line: `${message}; ${help}`, code: 2 };
  if (error instanceof InterruptedError) return { line: message, code: 130 };
  if (expected.some((kind) => error instanceof kind)) return { line: message, code: 1 };
  const file = describeFileError(error);
  if (file) return { line: file, code: 1 };
  return { line: `${message.split('\n')[0]} (unexpected; --debug shows where)`, code: 1 };
}

/** Runs `command` on the command line's arguments and sets the exit code. */
export async function main(command: Command): Promise<void> {
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ outputError: () => {} });
  try {
    await command.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help
    const part = command.commands.find((each) => each.name() === process.argv[2])?.name();
    const { line, code } = describe(
      error,
      `npm run ${command.name()} -- ${part ? `${part} ` : ''}--help lists the flags`,
    );
    process.exitCode = code;
    process.stderr.write(`${part ?? command.name()}: ${line}\n`);
    if (process.argv.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
}
