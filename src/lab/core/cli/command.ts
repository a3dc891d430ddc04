// What all commands have in common: their flags for output, help and version, and how flags take paths.
import { Command, InvalidArgumentError, Option } from 'commander';
import { refuseWords } from './misread.ts';
import { projectPath } from './paths.ts';

/** A command with the flags that every one takes. */
export const commandNamed = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .configureHelp({
      commandUsage: (command) =>
        `npm run ${command.parent ? `${command.parent.name()} -- ${command.name()}` : `${command.name()} --`}${command.registeredArguments.map((words) => ` <${words.name()}${words.variadic ? '...' : ''}>`).join('')} [options]`,
    })
    .option('--quiet', 'no progress, only the result')
    .option('--json', 'the result as JSON on standard output, and nothing else there')
    .option('--debug', 'show where an error came from')
    .allowExcessArguments()
    .hook('preAction', (command) => refuseWords(command));

function path(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty; give a path');
  if (text.startsWith('--')) throw new InvalidArgumentError(`It is a flag; give a path, such as ./${text}`);
  return text;
}

/** A flag that takes a path. */
export const pathOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(path);

/** A flag for a folder that lies in the clone by default, or for a file that is `shown` otherwise. */
export const projectOption = (flags: string, description: string, name: string, shown = `${name}/`): Option =>
  pathOption(flags, description).default(projectPath(name), shown);
