// The language that kernels are written in below the loop nests: typed expressions on one lane or several,
// and a few statements. Every compiled engine translates it; nothing here knows which.
import { type ComputeDType, type DType, isCompute } from '../tensor/index.ts';
import type { Buffer, ScalarOp } from './scalar.ts';

/** A dtype that is computed in, or a whole number as wide as an address. */
export type Kind = ComputeDType | 'index';

/** What a value is; with more lanes than one, a vector. */
export interface Type {
  readonly kind: Kind;
  readonly lanes: number;
}

/** A name for a value; its identity is the object's. */
export interface Variable {
  readonly type: Type;
}

/** Whole-number and bit operations that no primitive is, and the fused multiply-add a · b + c. */
type BitOp = 'and' | 'or' | 'xor' | 'shiftLeft' | 'shiftRight' | 'bitcast';
export type CodeOp = ScalarOp | BitOp | 'fma';

export type Expression = { readonly type: Type } & (
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'variable'; readonly variable: Variable }
  /** As many neighbours as the type has lanes, from `at` on, each held as its dtype is. */
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly at: Expression }
  /** Lane by lane. On index, div and mod take what is not negative, and positive divisors. */
  | { readonly kind: 'apply'; readonly op: CodeOp; readonly inputs: readonly Expression[] }
  | { readonly kind: 'splat'; readonly of: Expression }
  | { readonly kind: 'lanes'; readonly of: readonly Expression[] }
  | { readonly kind: 'lane'; readonly of: Expression; readonly lane: number }
  | { readonly kind: 'call'; readonly callee: Subroutine; readonly arguments: readonly Expression[] }
);

export type Statement =
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expression }
  /** A new value for a variable that a `let` made. */
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Expression }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly at: Expression; readonly value: Expression }
  /** `variable` = from, from + step, … below `to`. */
  | {
      readonly kind: 'for';
      readonly variable: Variable;
      readonly from: Expression;
      readonly to: Expression;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly whenTrue: readonly Statement[];
      readonly whenFalse: readonly Statement[];
    }
  | {
      readonly kind: 'run';
      readonly callee: Subroutine;
      readonly arguments: readonly (Expression | Place)[];
    };

/** A place in a buffer, as what a subroutine takes for a buffer of its own. */
export interface Place {
  readonly kind: 'place';
  readonly buffer: Buffer;
  readonly at: Expression;
}

/** What several kernels call. Its result, if any, is an expression over its body's variables. */
export interface Subroutine {
  readonly name: string;
  readonly parameters: readonly (Variable | Buffer)[];
  readonly body: readonly Statement[];
  readonly result?: Expression;
}

/** A kernel in code: any threads may share its tasks, in any order. */
export interface Routine {
  readonly tasks: number;
  /** Roughly, in additions, over all tasks. */
  readonly work: number;
  /** The tasks that a call does are begin … end − 1. */
  readonly begin: Variable;
  readonly end: Variable;
  readonly body: readonly Statement[];
}

export const isBuffer = (it: Variable | Buffer): it is Buffer => 'size' in it;

/** What a value of `dtype` is held in: one of a dtype for storage in an i32, which is the number or the bits of one. */
export const heldIn = (dtype: DType): ComputeDType => (isCompute(dtype) ? dtype : 'i32');

export const type = (of: DType | 'index', lanes = 1): Type => ({
  kind: of === 'index' ? of : heldIn(of),
  lanes,
});
export const index = type('index');

export const variable = (of: Type): Variable => ({ type: of });
export const read = (it: Variable): Expression => ({ kind: 'variable', variable: it, type: it.type });
export const number = (value: number, kind: DType | 'index' = 'index'): Expression => ({
  kind: 'constant',
  value,
  type: type(kind),
});
export const load = (buffer: Buffer, at: Expression, lanes = 1): Expression => ({
  kind: 'load',
  buffer,
  at,
  type: type(buffer.dtype, lanes),
});

/** `op` on operands of equally many lanes; by default the result is of the first operand's kind. */
export const apply = (
  op: CodeOp,
  inputs: readonly Expression[],
  kind: DType | 'index' = inputs[0].type.kind,
): Expression => ({ kind: 'apply', op, inputs, type: type(kind, inputs[0].type.lanes) });

/** `value` on every lane. */
export const splat = (value: Expression, lanes: number): Expression =>
  value.type.lanes === lanes ? value : { kind: 'splat', of: value, type: type(value.type.kind, lanes) };

export const lanesOf = (parts: readonly Expression[]): Expression => ({
  kind: 'lanes',
  of: parts,
  type: type(parts[0].type.kind, parts.length),
});

export const lane = (of: Expression, at: number): Expression => ({
  kind: 'lane',
  of,
  lane: at,
  type: type(of.type.kind),
});

/** The lanes of `value` one by one. */
export const eachLane = (value: Expression): Expression[] =>
  value.type.lanes === 1 ? [value] : Array.from({ length: value.type.lanes }, (_, k) => lane(value, k));

export const call = (callee: Subroutine, args: readonly Expression[]): Expression => {
  if (!callee.result) throw new Error(`${callee.name} has no result`);
  return { kind: 'call', callee, arguments: args, type: callee.result.type };
};

const constantOf = (x: Expression): number | undefined => (x.kind === 'constant' ? x.value : undefined);

/** Whole-number sums, products and quotients, without the steps that change nothing. */
export function plus(x: Expression, y: Expression): Expression {
  const [a, b] = [constantOf(x), constantOf(y)];
  if (a !== undefined && b !== undefined) return number(a + b);
  if (a === 0) return y;
  return b === 0 ? x : apply('add', [x, y]);
}

export function times(x: Expression, factor: number): Expression {
  const a = constantOf(x);
  if (a !== undefined) return number(a * factor);
  return factor === 1 ? x : apply('mul', [x, number(factor)]);
}

export const over = (x: Expression, divisor: number): Expression =>
  x.kind === 'constant' ? number(Math.floor(x.value / divisor)) : apply('div', [x, number(divisor)]);

export const least = (x: Expression, y: Expression): Expression => {
  const [a, b] = [constantOf(x), constantOf(y)];
  return a !== undefined && b !== undefined ? number(Math.min(a, b)) : apply('min', [x, y]);
};

export const let_ = (it: Variable, value: Expression): Statement => ({ kind: 'let', variable: it, value });
export const set = (it: Variable, value: Expression): Statement => ({ kind: 'set', variable: it, value });
export const store = (buffer: Buffer, at: Expression, value: Expression): Statement => ({
  kind: 'store',
  buffer,
  at,
  value,
});
export const loop = (
  it: Variable,
  from: Expression,
  to: Expression,
  step: number,
  body: readonly Statement[],
): Statement => ({ kind: 'for', variable: it, from, to, step, body });

/** Puts a value into a variable. */
export type Name = (value: Expression) => Expression;

/** The statements that `fill` gives, before them the variables that it puts values into. */
export function named(fill: (name: Name) => readonly Statement[]): Statement[] {
  const before: Statement[] = [];
  const last = fill((value) => {
    if (value.kind === 'variable') return value;
    const it = variable(value.type);
    before.push(let_(it, value));
    return read(it);
  });
  return [...before, ...last];
}
