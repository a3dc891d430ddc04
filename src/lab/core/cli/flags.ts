// From documented settings to command-line flags, and back from flags to settings.
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { flagOf, textReaders } from '../experiments/config.ts';

type Schemas = Readonly<Record<string, z.ZodType>>;

// What is no number stays text, for the schema to refuse with its own words.
const number = (text: string): number | string =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;

/** How the text of a flag becomes the value that its schema checks. */
function reader(schema: z.ZodType): { placeholder: string; read?: (text: string) => unknown } {
  switch (schema.def.type) {
    case 'number':
      return { placeholder: 'n', read: number };
    case 'array': {
      const { element } = schema.def as unknown as { element: z.ZodType };
      const { placeholder, read } = reader(element);
      const each = read ?? ((text: string) => text);
      return {
        placeholder: `${placeholder},…`,
        read: (text) => text.split(',').map((part) => each(part.trim())),
      };
    }
    default:
      return { placeholder: 'name', ...textReaders.get(schema) };
  }
}

/** Adds a flag for each of `names` out of `schemas`; `defaults` is what help shows. */
export function addFlags(
  command: Command,
  schemas: Schemas,
  names: readonly string[],
  defaults?: Readonly<Record<string, unknown>>,
): void {
  for (const name of names) {
    const { placeholder, read } = reader(schemas[name]);
    const shown = defaults?.[name] === undefined ? '' : ` (default: ${String(defaults[name])})`;
    const option = new Option(
      `${flagOf(name)} <${placeholder}>`,
      `${schemas[name].description ?? ''}${shown}`,
    );
    command.addOption(read ? option.argParser(read) : option);
  }
}

/** Those of `names` that were given on the command line, with their values. */
export const given = (command: Command, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names
      .filter((name) => command.getOptionValueSource(name) === 'cli')
      .map((name) => [name, command.getOptionValue(name)]),
  );
