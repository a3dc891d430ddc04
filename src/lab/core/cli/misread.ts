// What did not reach a command as it was meant: flags that npm kept for itself, and words that are no flags.
import type { Command, Option } from 'commander';
import { ConfigError } from '../experiments/config.ts';

/** A command line that npm cut; the message says how it is to be written. */
export class KeptError extends Error {
  override name = 'KeptError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** How npm is called for `command`, if npm runs it: npm run SCRIPT -- COMMAND. */
function callBy(command: Command, { npm_lifecycle_event: script = '' }: Environment): string | undefined {
  const [name, part] = command.parent ? [command.parent.name(), ` ${command.name()}`] : [command.name(), ''];
  return script === name || script.startsWith(`${name}:`) ? `npm run ${script} --${part}` : undefined;
}

/** What npm calls a flag of `npm run NAME --flag` in its children's environment. */
const variable = ({ long = '' }: Option): string => `npm_config_${long.slice(2).replaceAll('-', '_')}`;

/** npm's word for the value of a flag that none follows behind an `=`. */
const noValue = 'true';

/** Throws KeptError where npm kept flags of `command` and handed on no more than `args`. */
export function refuseKept(command: Command, args: readonly string[], env: Environment = process.env): void {
  const call = callBy(command, env);
  if (!call) return;
  const came = ({ long = '' }: Option): boolean =>
    args.some((arg) => arg === long || arg.startsWith(`${long}=`));
  const kept = command.options.filter((option) => env[variable(option)] !== undefined && !came(option));
  if (kept.length === 0) return;
  const words = args.filter((arg, i) => !arg.startsWith('-') && !args[i - 1]?.startsWith('-'));
  const parted = kept.filter((option) => option.required && env[variable(option)] === noValue);
  const spelled = kept.map((option) => {
    if (!option.required) return option.long;
    if (!parted.includes(option)) return `${option.long} ${env[variable(option)]}`;
    return parted.length === 1 && words.length === 1 ? `${option.long} ${words[0]}` : option.flags;
  });
  throw new KeptError(
    `npm kept ${kept.map(({ long }) => long).join(' and ')} for itself; write ${call} ${spelled.join(' ')}`,
  );
}

/** Throws ConfigError where there are words, in `command.args`, that belong to no flag. */
export function refuseWords(command: Command, env: Environment = process.env): void {
  const { registeredArguments: taken } = command;
  if (taken.some(({ variadic }) => variadic)) return;
  const word = command.args[taken.length];
  if (word === undefined) return;
  const call = callBy(command, env);
  throw new ConfigError(
    `'${word}' belongs to no flag; leave it out${call ? `, or if npm kept its flag, write ${call} --<flag> ${word}` : ''}`,
  );
}
