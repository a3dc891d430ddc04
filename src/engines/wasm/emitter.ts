// What the translation of one operation (operations.ts) asks of the translation that it stands in (emit.ts).
import type { Expression, Variable } from '../../compile/index.ts';
import type { Callee, Code, ValueType } from './encode.ts';

export interface Emitter {
  readonly code: Code;
  readonly functions: {
    readonly options: { readonly relaxed: boolean };
    /** The function `name` of math.ts. */
    math(name: string, parameters: readonly ValueType[], result: ValueType): Callee;
  };
  /** Leaves the value of `x` on the stack. */
  expression(x: Expression): void;
  /** Whether `x`, a whole number, is surely not negative. */
  isUnsigned(x: Expression): boolean;
  /** Notes that `variable` is in `local`. */
  bind(variable: Variable, local: number): void;
  /** Calls `use` with as many locals of `type` as it names, which are free again afterwards. */
  withLocals(types: readonly ValueType[], use: (...locals: number[]) => void): void;
}
