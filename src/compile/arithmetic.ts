// What longer computations are written in: each result has a name, so that none is computed twice.
import {
  apply,
  type Expression,
  type Kind,
  let_,
  number,
  read,
  type Statement,
  splat,
  variable,
} from './code.ts';

/** Arithmetic on expressions of `lanes` lanes; the statements of `body` compute what it gives. */
export class Arithmetic {
  readonly body: Statement[] = [];
  constructor(readonly lanes: number) {}

  #name(value: Expression): Expression {
    const it = variable(value.type);
    this.body.push(let_(it, value));
    return read(it);
  }
  constant = (value: number, kind: Kind): Expression => splat(number(value, kind), this.lanes);
  real = (value: number): Expression => this.constant(value, 'f32');
  whole = (value: number): Expression => this.constant(value, 'i32');
  add = (x: Expression, y: Expression): Expression => this.#name(apply('add', [x, y]));
  sub = (x: Expression, y: Expression): Expression => this.#name(apply('sub', [x, y]));
  mul = (x: Expression, y: Expression): Expression => this.#name(apply('mul', [x, y]));
  div = (x: Expression, y: Expression): Expression => this.#name(apply('div', [x, y]));
  fma = (x: Expression, y: Expression, z: Expression): Expression => this.#name(apply('fma', [x, y, z]));
  not = (x: Expression): Expression => this.xor(x, this.constant(1, 'bool'));
  min = (x: Expression, y: Expression): Expression => this.#name(apply('min', [x, y]));
  max = (x: Expression, y: Expression): Expression => this.#name(apply('max', [x, y]));
  abs = (x: Expression): Expression => this.#name(apply('abs', [x]));
  less = (x: Expression, y: Expression): Expression => this.#name(apply('lt', [x, y], 'bool'));
  equal = (x: Expression, y: Expression): Expression => this.#name(apply('eq', [x, y], 'bool'));
  select = (condition: Expression, yes: Expression, no: Expression): Expression =>
    this.#name(apply('select', [condition, yes, no], yes.type.kind));
  and = (x: Expression, y: Expression): Expression => this.#name(apply('and', [x, y]));
  xor = (x: Expression, y: Expression): Expression => this.#name(apply('xor', [x, y]));
  or = (x: Expression, y: Expression): Expression => this.#name(apply('or', [x, y]));
  shiftLeft = (x: Expression, by: number): Expression => this.#name(apply('shiftLeft', [x, this.whole(by)]));
  shiftRight = (x: Expression, by: number): Expression =>
    this.#name(apply('shiftRight', [x, this.whole(by)]));
  bits = (x: Expression): Expression => this.#name(apply('bitcast', [x], 'i32'));
  fromBits = (x: Expression): Expression => this.#name(apply('bitcast', [x], 'f32'));
  cast = (x: Expression, kind: Kind): Expression => this.#name(apply('cast', [x], kind));
  toWhole = (x: Expression): Expression => this.cast(x, 'i32');
  toReal = (x: Expression): Expression => this.cast(x, 'f32');
  /** c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ. */
  polynomial = (x: Expression, [first, ...rest]: readonly number[]): Expression =>
    rest.reduce((sum, c) => this.fma(sum, x, this.real(c)), this.real(first));
}
