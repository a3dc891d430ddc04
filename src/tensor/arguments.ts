// What the arguments of public functions can be: numbers, names, shapes, axes, lists, options, functions.
import { type DType, dtypes } from './dtype.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { foreign, type Param, refusal, refused, show } from './front.ts';
import { checkShape } from './shape.ts';

/** A value for which `is` holds, in words `takes`. */
export const value = <T>(name: string, takes: string, is: (value: unknown) => value is T): Param<T> => ({
  name,
  takes,
  read: (given) => (is(given) ? given : refused),
});

/** `param`, which may be left out. */
export const optional = <In, Out>(param: Param<In, Out>): Param<In | undefined, Out | undefined> => ({
  ...param,
  optional: true,
});

/** `param`, which may be left out or null. */
export const nullable = <In, Out>(param: Param<In, Out>): Param<In | null | undefined, Out | undefined> => ({
  ...param,
  optional: true,
  read: (given, op) => (given === null ? undefined : param.read(given, op)),
});

/** All arguments from here on, each like `param`. */
export const rest = <In, Out>(param: Param<In, Out>): Param<In, Out> => ({ ...param, rest: true });

export const anything = (name: string): Param<unknown> => ({
  name,
  takes: 'anything',
  read: (given) => given,
});

export const isNumber = (given: unknown): given is number => typeof given === 'number';

/** Any number, NaN and the infinities among them. */
export const number = (name: string): Param<number> => value(name, 'a number', isNumber);

/** What fills a tensor: any number, or a boolean for 0 and 1. */
export const element = (name: string): Param<number | boolean, number> => ({
  name,
  takes: 'a number or a boolean',
  read: (given) => (isNumber(given) || typeof given === 'boolean' ? Number(given) : refused),
});

export const finite = (name: string): Param<number> =>
  value(name, 'a finite number', (given): given is number => Number.isFinite(given));

/** A finite number from `least` on and, where `below` is given, less than that. */
export const within = (name: string, least: number, below = Infinity): Param<number> =>
  value(
    name,
    `a number ≥ ${least}${below < Infinity ? ` and < ${below}` : ''}`,
    (given): given is number => isNumber(given) && given >= least && given < below,
  );

/** A whole number from `least` to `most`. */
export const whole = (name: string, least = -Infinity, most = Number.MAX_SAFE_INTEGER): Param<number> =>
  value(
    name,
    `a whole number${least > -Infinity ? ` ≥ ${least}` : ''}${most < Number.MAX_SAFE_INTEGER ? ` and ≤ ${most}` : ''}`,
    (given): given is number => Number.isInteger(given) && Number(given) >= least && Number(given) <= most,
  );

export const boolean = (name: string): Param<boolean> =>
  value(name, 'true or false', (given) => typeof given === 'boolean');

export const text = (name: string): Param<string> =>
  value(name, 'a string', (given) => typeof given === 'string');

/** The path of a file. */
export const path = (name = 'path'): Param<string> =>
  value(name, 'the path of a file', (given): given is string => typeof given === 'string' && given !== '');

/** An element type, by its name. */
export const dtype = (name = 'dtype'): Param<DType> => ({
  name,
  takes: 'a dtype',
  read(given, op) {
    const known = dtypes.find((d) => d === given);
    if (known) return known;
    throw new DTypeError(`${op}: ${name} is ${show(given)}; it must be one of ${dtypes.join(', ')}`);
  },
});

/** Whether `given` is an array of what `is` holds for; a hole is undefined. */
export const isArrayOf = <T>(given: unknown, is: (part: unknown) => part is T): given is readonly T[] =>
  Array.isArray(given) && Array.from(given).every(is);

const isList = (given: unknown): given is ArrayLike<unknown> =>
  Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView));

/** The numbers of a list, which is copied, or a number as a list of it alone. */
function readNumbers(given: unknown): number[] | typeof refused {
  if (isNumber(given)) return [given];
  if (!isList(given)) return refused;
  const list: unknown[] = Array.isArray(given) ? [...given] : Array.from(given);
  return list.every(isNumber) ? list : refused;
}

type Numbers = number | readonly number[];

/** A number for all, or a list of numbers, which it reads as it is. */
export const numberOrList = (name: string): Param<Numbers> => ({
  name,
  takes: 'a whole number or a list of such',
  read: (given) => (isNumber(given) ? given : readNumbers(given)),
});

/** A number, or a list of numbers, which is what it reads. */
export const numbers = (name: string, takes: string, spelled = name): Param<Numbers, number[]> => ({
  name,
  takes,
  spelled,
  read: readNumbers,
});

function checkSize(op: string, name: string, n: number): void {
  if (!Number.isInteger(n) || n < 0)
    throw new ShapeError(`${op}: ${name} is ${n}; it must be a whole number ≥ 0`);
}

/** How many entries there are to be. Throws ShapeError unless it is a whole number ≥ 0. */
export const size = (name: string): Param<number> => ({
  name,
  takes: 'a whole number ≥ 0',
  read(given, op) {
    if (!isNumber(given)) return refused;
    checkSize(op, name, given);
    return given;
  },
});

/** The same, or a list of such, which is what it reads. */
export const sizes = (name: string): Param<Numbers, number[]> => ({
  name,
  takes: 'a whole number ≥ 0 or a list of such',
  read(given, op) {
    const list = readNumbers(given);
    if (list !== refused) for (const n of list) checkSize(op, name, n);
    return list;
  },
});

/** The sizes of a tensor; a number is a shape of one axis. Throws ShapeError unless they are whole numbers ≥ 0. */
export const shape = (name = 'shape'): Param<Numbers, number[]> => ({
  name,
  takes: 'a list of whole numbers ≥ 0',
  spelled: '[n, …]',
  read(given, op) {
    const list = readNumbers(given);
    if (list !== refused) checkShape(op, list);
    return list;
  },
});

/** A position among the axes; the function checks that it is one. */
export const axis = (name = 'axis'): Param<number> => value(name, 'the number of an axis', isNumber);

/** One axis or several. */
export const axes = (name = 'axis'): Param<Numbers, number[]> =>
  numbers(name, 'the number of an axis or a list of such');

/** A list, which is copied, of what `describe` describes; `entry` is how one is written. */
export function list<In, Out>(
  name: string,
  entry: string,
  describe: (name: string) => Param<In, Out>,
): Param<readonly In[], Out[]> {
  const item = describe(name);
  return {
    name,
    takes: `a list, each entry ${item.takes}`,
    spelled: `[${entry}, …]`,
    read(given, op) {
      if (!isList(given)) return refused;
      return Array.from(given, (part, i) => {
        const read = item.read(part, op);
        if (read === refused) throw refusal(op, { ...item, name: `${name}[${i}]` }, part);
        return read;
      });
    },
  };
}

/** A list of two. */
export function pair<In, Out>(
  name: string,
  entry: string,
  describe: (name: string) => Param<In, Out>,
): Param<readonly [In, In], [Out, Out]> {
  const both = list(name, entry, describe);
  return {
    name,
    takes: `a pair, each entry ${describe(name).takes}`,
    read(given, op) {
      const read = both.read(given, op);
      return read !== refused && read.length === 2 ? [read[0], read[1]] : refused;
    },
  };
}

export const isPlain = (given: unknown): given is Record<string, unknown> => {
  if (typeof given !== 'object' || given === null) return false;
  const prototype = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null;
};

/** A description of each field, made from the name that messages call it by. */
type Fields<T> = { readonly [K in keyof T]-?: (name: string) => Param<unknown> };

/** Reads the fields that `fields` describes out of a plain object, called `${path}${key}`. */
function fieldsReader<T>(path: string, fields: Fields<T>): (given: Record<string, unknown>, op: string) => T {
  const params = Object.keys(fields).map((key) => ({ key, param: fields[key as keyof T](path + key) }));
  return (given, op) => {
    const read: Record<string, unknown> = { ...given };
    for (const { key, param } of params) {
      const part = given[key];
      read[key] = part === undefined && param.optional ? undefined : param.read(part, op);
      if (read[key] === refused) throw refusal(op, param, part);
    }
    return read as T;
  };
}

/** A plain object with `fields`, such as a layer; further ones stay as they are. */
export function record<T>(name: string, fields: Fields<T>): Param<T> {
  const read = fieldsReader(`${name}.`, fields);
  const takes = `an object { ${Object.keys(fields).join(', ')} }`;
  return { name, takes, read: (given, op) => (isPlain(given) ? read(given, op) : refused) };
}

/** Options that are handed on to a function that knows them. */
export const handedOn = <T extends object>(name = 'options'): Param<T> =>
  value(name, 'an object of options', (given): given is T => isPlain(given));

/** A plain object that has none but `fields`. */
export function options<T>(fields: Fields<T>, name = 'options'): Param<T> {
  const known = Object.keys(fields);
  const read = fieldsReader('', fields);
  return {
    name,
    takes: `an object { ${known.join(', ')} }`,
    spelled: `{ ${known.join(', ')} }`,
    read(given, op) {
      if (!isPlain(given)) return refused;
      const stranger = Object.keys(given).find((key) => !known.includes(key));
      if (stranger !== undefined)
        throw new TypeError(
          `${op}: there is no option ${show(stranger)} in ${name}; there is ${known.join(', ')}`,
        );
      return read(given, op);
    },
  };
}

/** A function of the caller's; what it throws stays as it is. */
export const callback = <F extends (...args: never[]) => unknown>(name: string): Param<F> => ({
  name,
  takes: 'a function',
  read: (given) => (typeof given === 'function' ? (foreign(given as F) as F) : refused),
});
