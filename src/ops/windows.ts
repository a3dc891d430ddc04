// Windows that slide along axes: how large they are, how far apart, and what lies around.
import { showShape } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/**
 * What to put around before the windows are laid: nothing ('valid'); as much as gives ⌈n/stride⌉ windows along n
 * entries, one more after than before where it is odd ('same'); so many entries on either side of every axis; or, in
 * an array with one item an axis, so many on either side of that axis, or a pair for before and after it.
 */
export type Padding =
  | 'valid'
  | 'same'
  | 'VALID'
  | 'SAME'
  | number
  | readonly (number | readonly [number, number])[];

export interface WindowOptions {
  /** How many entries the windows lie apart, for all axes or one number an axis. */
  readonly stride?: number | readonly number[];
  /** How many entries the members of a window lie apart, for all axes or one number an axis; 1 by default. */
  readonly dilation?: number | readonly number[];
  /** 'valid' by default. */
  readonly padding?: Padding;
}

const isSide = (given: unknown): given is number | readonly [number, number] =>
  arg.isNumber(given) || arg.isArrayOf(given, arg.isNumber);
const isPadding = (given: unknown): given is Padding =>
  typeof given === 'string' || arg.isNumber(given) || arg.isArrayOf(given, isSide);

/** What describes WindowOptions. */
export const windowFields = {
  stride: (name: string) => arg.optional(arg.numberOrList(name)),
  dilation: (name: string) => arg.optional(arg.numberOrList(name)),
  padding: (name: string) =>
    arg.optional(
      arg.value(
        name,
        "'valid', 'same', a whole number ≥ 0, or an array of such numbers or pairs [before, after]",
        isPadding,
      ),
    ),
};

/** Windows along one axis. */
export interface Windows {
  /** Members of a window. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** What to put before and after the axis. */
  readonly around: readonly [number, number];
  /** How many windows there are. */
  readonly count: number;
}

type Fail = (why: string) => never;

const isWhole = (n: unknown, least: number): boolean => Number.isInteger(n) && Number(n) >= least;

/** A number for each of `d` axes. */
function perAxis(name: string, given: number | readonly number[], d: number, fail: Fail): readonly number[] {
  const list = typeof given === 'number' ? new Array<number>(d).fill(given) : given;
  if (list.length !== d) fail(`${name} ${showShape(list)} has ${list.length} numbers for ${d} axes`);
  for (const n of list) if (!isWhole(n, 1)) fail(`${name} ${n} is not a whole number ≥ 1`);
  return list;
}

/** What `padding` puts before and after each axis; undefined for 'same'. */
function around(padding: Padding, d: number, fail: Fail): readonly (readonly [number, number])[] | undefined {
  if (padding === 'same' || padding === 'SAME') return undefined;
  const none = padding === 'valid' || padding === 'VALID';
  const given = none ? 0 : padding;
  const list = typeof given === 'number' ? new Array<number>(d).fill(given) : given;
  const pairs = Array.isArray(list)
    ? list.map((n: number | readonly [number, number]) => (typeof n === 'number' ? ([n, n] as const) : n))
    : [];
  if (pairs.length !== d || !pairs.every((pair) => pair.length === 2 && pair.every((n) => isWhole(n, 0))))
    fail(
      `padding ${JSON.stringify(padding)} is not 'valid', 'same', a whole number ≥ 0, or an array of such numbers or pairs [before, after], one for each of ${d} axes`,
    );
  return pairs;
}

/** Windows of `kernel` along axes of `sizes`; `stride` is where the options have none. */
export function windowsAlong(
  sizes: readonly number[],
  kernel: readonly number[],
  options: WindowOptions,
  stride: number | readonly number[],
  fail: Fail,
): Windows[] {
  const d = kernel.length;
  if (!kernel.every((k) => isWhole(k, 1))) fail(`windows ${showShape(kernel)} are not whole numbers ≥ 1`);
  const strides = perAxis('stride', options.stride ?? stride, d, fail);
  const dilations = perAxis('dilation', options.dilation ?? 1, d, fail);
  const pairs = around(options.padding ?? 'valid', d, fail);
  return kernel.map((size, i): Windows => {
    const [n, step, dilation] = [sizes[i], strides[i], dilations[i]];
    const reach = (size - 1) * dilation + 1;
    const missing = Math.max(0, (Math.ceil(n / step) - 1) * step + reach - n);
    const [before, after] = pairs?.[i] ?? [missing >> 1, (missing + 1) >> 1];
    const room = n + before + after - reach;
    if (room < 0 && (pairs || n > 0))
      fail("it is smaller than the window; take padding: 'same', or smaller windows");
    return {
      size,
      stride: step,
      dilation,
      around: [before, after],
      count: pairs || n > 0 ? Math.floor(room / step) + 1 : 0,
    };
  });
}
