// The checked front of public functions: each argument is described where its function is, and what does not fit is
// refused in one line that names the function, the argument and the way out.
import { DTypeError, MemoryError, ShapeError, TraceError } from './errors.ts';
import { showShape } from './shape.ts';

/** What a description answers to a value that it does not take. */
export const refused = Symbol('refused');

/** An argument: what callers may give (`In`) and what the function's body is handed (`Out`). */
export interface Param<In, Out = In> {
  readonly name: string;
  /** What it takes, in words. */
  readonly takes: string;
  /** How it is written in a call, if not by its name. */
  readonly spelled?: string;
  readonly optional?: boolean;
  /** Whether it stands for all arguments from here on. */
  readonly rest?: boolean;
  /** Throws what says more than `takes` does; the message begins with `op`. */
  read(value: unknown, op: string): Out | typeof refused;
  /** Only a type. */
  readonly given?: In;
}

type AnyParam = Param<unknown, unknown>;
type GivenTo<P> = P extends Param<infer In, infer _> ? In : never;

/** Descriptions of the arguments of a body that takes `A`. */
type Described<A extends readonly unknown[]> = {
  readonly [K in keyof A]-?: Param<unknown, A[K] | (undefined extends A[K] ? undefined : never)>;
};

/** What callers may give where the body takes `A`; the last of `D` describes all that follow. */
type Given<A extends readonly unknown[], D extends readonly AnyParam[]> = {
  [K in keyof A]: D extends readonly [...infer _, infer Last]
    ? GivenTo<number extends K ? Last : K extends keyof D ? D[K] : never>
    : never;
};

/** A value as a message shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 30 ? `${value.slice(0, 30)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  const { dtype, shape } = value as { dtype?: unknown; shape?: unknown };
  if (typeof dtype === 'string' && Array.isArray(shape)) return `${dtype}${showShape(shape)}`;
  if (Array.isArray(value)) {
    const parts = value.slice(0, 4).map((part) => (Array.isArray(part) ? '[…]' : show(part)));
    return `[${parts.join(', ')}${value.length > 4 ? ', …' : ''}]`;
  }
  const kind = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  if (kind !== 'Object') return kind;
  const names = Object.keys(value);
  return names.length === 0 ? '{}' : `{ ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''} }`;
}

const spell = ({ name, spelled = name, optional, rest }: AnyParam): string =>
  `${rest ? '...' : ''}${spelled}${optional && !rest ? '?' : ''}`;

/** The error of an argument that its description refused. */
export function refusal(op: string, { name, takes }: AnyParam, value: unknown, way = ''): Error {
  const Kind = typeof value === 'number' && /\bnumber\b/.test(takes) ? RangeError : TypeError;
  return new Kind(`${op}: ${name} is ${show(value)}; it must be ${takes}${way}`);
}

/** Errors that a caller's own function threw: they keep their names. */
const theirs = new WeakSet<Error>();

/** The caller's function `f`, whose errors are its own. */
export const foreign =
  <A extends never[], R>(f: (...args: A) => R) =>
  (...args: A): R => {
    try {
      return f(...args);
    } catch (error) {
      if (error instanceof Error) theirs.add(error);
      throw error;
    }
  };

const prefix = /^[\w./]+: /;
const ours = [ShapeError, DTypeError, TraceError, MemoryError];

/** `error`, which something inside `op` threw on purpose, under the name of `op`. */
export function named(op: string, error: unknown): unknown {
  if (!(error instanceof Error) || theirs.has(error)) return error;
  const { message } = error;
  const standard = error instanceof TypeError || error instanceof RangeError;
  if (!ours.some((Kind) => error instanceof Kind) && !(standard && prefix.test(message))) return error;
  const text = `${op}: ${message.replace(prefix, '')}`;
  if (text === message) return error;
  const stack = error.stack?.replace(message, () => text); // which repeats the message
  return Object.assign(error, { message: text, stack });
}

function front(
  op: string,
  params: readonly AnyParam[],
  f: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  const last = params[params.length - 1];
  const needed = params.filter(({ optional, rest }) => !optional && !rest).length;
  const most = last.rest ? Infinity : params.length;
  const refuse = (args: readonly unknown[], param?: AnyParam, value?: unknown): Error => {
    const way = `: ${op}(${params.map(spell).join(', ')})`;
    const mapped = Array.isArray(args[2]) && args[2].includes(args[0]);
    const hint = mapped ? `; in map, write xs.map((x) => ${op}(x))` : '';
    if (param) return refusal(op, param, value, way + hint);
    const count = `${needed < most ? 'at most ' : ''}${most}`;
    return new TypeError(`${op}: ${args.length} arguments given, where it takes ${count}${way}${hint}`);
  };
  return (...args) => {
    if (args.length > most) {
      if (most > 1) throw refuse(args);
      args.length = 1; // so that xs.map(exp) works
    }
    try {
      for (let i = 0; i < args.length || i < needed; i++) {
        const param = params[i] ?? last;
        const given = args[i];
        if (given === undefined && param.optional) continue;
        const value = param.read(given, op);
        if (value === refused) throw refuse(args, param, given);
        args[i] = value;
      }
      return f(...args);
    } catch (error) {
      throw named(op, error);
    }
  };
}

/** A public function, by what callers may give; and by what its body takes, so that jit and vmap see trees in it. */
export type Checked<A extends readonly unknown[], D extends readonly AnyParam[], R> = {
  (...args: Given<A, D>): R;
  (...args: A): R;
};

/**
 * `f` as a public function: callers give what `params` describe, `f` is handed what they read, and errors go by the
 * name `op`. More arguments than there are are refused, except of one, so that `xs.map(exp)` works.
 */
export const checked = <A extends unknown[], R, const D extends readonly AnyParam[]>(
  op: string,
  params: D & Described<A>,
  f: (...args: A) => R,
): Checked<A, D, R> => front(op, params, f as (...args: unknown[]) => unknown) as Checked<A, D, R>;

/** The same for a function of type parameters, whose type it keeps: what is described is what the body takes. */
export const checkedGeneric = <F extends (...args: never[]) => unknown>(
  op: string,
  params: readonly AnyParam[],
  f: F,
): F => front(op, params, f as unknown as (...args: unknown[]) => unknown) as unknown as F;
