// From the compiler's code language to a WebAssembly module: a stack machine's translation, one case a kind.
// Vectors are 128 bits: four f32, i32 or bool, a bool being all bits of its lane, or two f64.
import {
  type Buffer,
  type Expression,
  isBuffer,
  type Place,
  type Routine,
  type Shareable,
  type Statement,
  type Steps,
  type Subroutine,
  shareablesOf,
  type Type,
  type Variable,
} from '../../compile/index.ts';
import { type DType, itemSize } from '../../tensor/index.ts';
import { type Callable, ControlEmitter, emitRounds } from './control.ts';
import type { Emitter } from './emitter.ts';
import { type Callee, Code, type MemoryInstruction, ModuleWriter, type ValueType } from './encode.ts';
import { lanesOf, laneType, shapeOf, valueType } from './lanes.ts';
import { applyOp, constantOf } from './operations.ts';
import { type Base, type Layout, Places } from './places.ts';
import { survey } from './survey.ts';

export interface Options {
  /** Whether the memory is shared between threads. */
  readonly shared: boolean;
  /** Whether the runtime has relaxed SIMD, whose fused multiply-add rounds once. */
  readonly relaxed: boolean;
}

const loads: Record<DType, MemoryInstruction> = {
  bool: 'i32.load8_u',
  u8: 'i32.load8_u',
  i8: 'i32.load8_s',
  bf16: 'i32.load16_u',
  f16: 'i32.load16_u',
  i32: 'i32.load',
  f32: 'f32.load',
  f64: 'f64.load',
};
const stores: Record<DType, MemoryInstruction> = {
  bool: 'i32.store8',
  u8: 'i32.store8',
  i8: 'i32.store8',
  bf16: 'i32.store16',
  f16: 'i32.store16',
  i32: 'i32.store',
  f32: 'f32.store',
  f64: 'f64.store',
};

/** Subroutines and imports that a module has so far. */
class Functions {
  readonly module = new ModuleWriter();
  readonly #imports = new Map<string, Callee>();
  readonly #subroutines = new Map<Subroutine, Callee>();
  constructor(readonly options: Options) {}

  /** The function `name` of math.ts. */
  math(name: string, parameters: readonly ValueType[], result: ValueType): Callee {
    const known =
      this.#imports.get(name) ?? this.module.import('math', name, { parameters, results: [result] });
    this.#imports.set(name, known);
    return known;
  }

  subroutine(it: Subroutine): Callee {
    const known = this.#subroutines.get(it) ?? this.#translate(it);
    this.#subroutines.set(it, known);
    return known;
  }

  #translate({ parameters, body, result }: Subroutine): Callee {
    const code = new Code(parameters.map((it) => (isBuffer(it) ? 'i32' : valueType(it.type))));
    const emitter = new FunctionEmitter(code, this, survey(body, result).changing);
    parameters.forEach((it, local) => {
      if (isBuffer(it)) emitter.place(it, { local, offset: 0 });
      else emitter.bind(it, local);
    });
    emitter.statements(body);
    if (result) emitter.expression(result);
    return this.module.add(code, result ? [valueType(result.type)] : []);
  }
}

/** Translates the body of one function. */
class FunctionEmitter implements Emitter {
  readonly #locals = new Map<Variable, number>();
  readonly #bases = new Map<Buffer, Base>();
  readonly #unsigned = new Set<Variable>();
  readonly #spare = new Map<ValueType, number[]>();

  constructor(
    readonly code: Code,
    readonly functions: Functions,
    /** Variables that get new values after their first. */
    readonly changing: ReadonlySet<Variable>,
  ) {}

  bind(variable: Variable, local: number): void {
    this.#locals.set(variable, local);
  }

  /** Notes that `variable` is never negative. */
  bindUnsigned(variable: Variable, local: number): void {
    this.bind(variable, local);
    this.#unsigned.add(variable);
  }

  place(buffer: Buffer, base: Base): void {
    this.#bases.set(buffer, base);
  }

  /** Calls `use` with as many locals of `type` as it names, which are free again afterwards. */
  withLocals(types: readonly ValueType[], use: (...locals: number[]) => void): void {
    const locals = types.map((type) => this.#spare.get(type)?.pop() ?? this.code.local(type));
    use(...locals);
    types.forEach((type, i) => {
      this.#spare.set(type, [...(this.#spare.get(type) ?? []), locals[i]]);
    });
  }

  #local(variable: Variable): number {
    const local = this.#locals.get(variable) ?? this.code.local(valueType(variable.type));
    this.#locals.set(variable, local);
    return local;
  }

  #known(variable: Variable): number {
    const local = this.#locals.get(variable);
    if (local === undefined) throw new Error('wasm: a variable is read before it has a value');
    return local;
  }

  #base(buffer: Buffer): Base {
    const base = this.#bases.get(buffer);
    if (!base) throw new Error('wasm: a buffer has no place');
    return base;
  }

  /** Whether `x`, a whole number, is surely not negative. */
  isUnsigned(x: Expression): boolean {
    if (x.kind === 'constant') return x.value >= 0;
    if (x.kind === 'variable') return this.#unsigned.has(x.variable);
    if (x.kind !== 'apply' || x.type.kind !== 'index') return false;
    const [a, b] = x.inputs;
    switch (x.op) {
      case 'add':
      case 'mul':
      case 'div':
      case 'min':
        return this.isUnsigned(a) && this.isUnsigned(b);
      case 'max':
        return this.isUnsigned(a) || this.isUnsigned(b);
      case 'mod':
        return this.isUnsigned(b);
      default:
        return false;
    }
  }

  /** Leaves an address on the stack; gives what the instruction that uses it is to add. */
  #address(buffer: Buffer, at: Expression): number {
    const { local, offset } = this.#base(buffer);
    const size = itemSize(buffer.dtype);
    this.code.get(local);
    // what is added to an address by the instruction does not wrap around, so the rest must not lie below 0
    const { rest, constant } = this.#split(at);
    const add = (from: Expression): void => {
      this.#scaled(from, size);
      this.code.op('i32.add');
    };
    if (!rest) return offset + constant * size;
    if (constant > 0 && rest.every((it) => this.isUnsigned(it))) {
      for (const it of rest) add(it);
      return offset + constant * size;
    }
    add(at);
    return offset;
  }

  /** `at` as the terms of a sum and a constant that is not negative; no terms where it is that constant. */
  #split(at: Expression): { rest?: readonly Expression[]; constant: number } {
    if (at.kind === 'constant' && at.value >= 0) return { constant: at.value };
    if (at.kind !== 'apply' || at.op !== 'add') return { rest: [at], constant: 0 };
    const parts = at.inputs.map((input) => this.#split(input));
    const rest = parts.flatMap((part) => part.rest ?? []);
    return { rest: rest.length ? rest : undefined, constant: parts[0].constant + parts[1].constant };
  }

  /** `factor` · `x` modulo 2³², with the factor among the constants of `x`. */
  #scaled(x: Expression, factor: number): void {
    if (x.kind === 'constant') {
      this.code.i32(Math.imul(x.value, factor));
      return;
    }
    const second = x.kind === 'apply' ? constantOf(x.inputs[1]) : undefined;
    if (x.kind === 'apply' && x.op === 'add') {
      this.#scaled(x.inputs[0], factor);
      this.#scaled(x.inputs[1], factor);
      this.code.op('i32.add');
    } else if (x.kind === 'apply' && x.op === 'mul' && second !== undefined) {
      this.#scaled(x.inputs[0], Math.imul(factor, second));
    } else {
      this.expression(x);
      if (factor === 1) return;
      const shift = Math.log2(factor);
      this.code.i32(Number.isInteger(shift) ? shift : factor);
      this.code.op(Number.isInteger(shift) ? 'i32.shl' : 'i32.mul');
    }
  }

  #splat(of: Expression): void {
    const value = constantOf(of);
    const { kind } = of.type;
    const lanes = lanesOf[kind];
    if (value !== undefined) this.#constant(kind, new Array<number>(lanes).fill(value));
    else if (of.kind === 'load' && itemSize(of.buffer.dtype) >= 4) {
      const offset = this.#address(of.buffer, of.at);
      this.code.memory(kind === 'f64' ? 'v128.load64_splat' : 'v128.load32_splat', offset);
    } else if (of.kind === 'lane' && of.of.type.lanes === lanes) {
      this.#shuffle(of.of, new Array<number>(lanes).fill(of.lane));
    } else {
      this.expression(of);
      this.code.op(`${shapeOf(kind)}.splat`);
      if (kind === 'bool') this.code.op('i32x4.neg');
    }
  }

  /** A vector of the lanes `order` of `of`. */
  #shuffle(of: Expression, order: readonly number[]): void {
    this.withLocals(['v128'], (whole) => {
      this.expression(of);
      this.code.tee(whole);
      this.code.get(whole);
      this.code.shuffle(order);
    });
  }

  #constant(kind: Type['kind'], values: readonly number[]): void {
    this.code.v128(laneType(kind), kind === 'bool' ? values.map((value) => -Number(value !== 0)) : values);
  }

  #lanes(parts: readonly Expression[]): void {
    const { kind } = parts[0].type;
    const values = parts.map(constantOf);
    if (values.every((value) => value !== undefined)) {
      this.#constant(kind, values);
      return;
    }
    const [first] = parts;
    const whole = first.kind === 'lane' && first.of.type.lanes === parts.length ? first.of : undefined;
    const order = parts.flatMap((part) => (part.kind === 'lane' && part.of === whole ? part.lane : []));
    if (whole && order.length === parts.length) {
      this.#shuffle(whole, order);
      return;
    }
    parts.forEach((part, i) => {
      this.expression(part);
      if (i === 0) this.code.op(`${shapeOf(kind)}.splat`);
      else this.code.lane(`${shapeOf(kind)}.replace_lane`, i);
    });
    if (kind === 'bool') this.code.op('i32x4.neg');
  }

  /** Leaves the value of `x` on the stack. */
  expression(x: Expression): void {
    const { code } = this;
    const held = valueType(x.type);
    switch (x.kind) {
      case 'constant':
        if (held === 'v128') this.#splat({ ...x, type: { ...x.type, lanes: 1 } });
        else if (held === 'f32') code.f32(x.value);
        else if (held === 'f64') code.f64(x.value);
        else code.i32(x.value);
        break;
      case 'variable':
        code.get(this.#known(x.variable));
        break;
      case 'load': {
        const offset = this.#address(x.buffer, x.at);
        if (held !== 'v128') code.memory(loads[x.buffer.dtype], offset);
        else this.#loadVector(x.buffer.dtype, offset);
        break;
      }
      case 'apply':
        applyOp(this, x.op, x.inputs, x.type);
        break;
      case 'splat':
        if (held === 'v128') this.#splat(x.of);
        else this.expression(x.of);
        break;
      case 'lanes':
        if (held === 'v128') this.#lanes(x.of);
        else this.expression(x.of[0]);
        break;
      case 'lane':
        this.expression(x.of);
        if (x.of.type.lanes === 1) break;
        this.extract(x.type.kind, x.lane);
        break;
      case 'call':
        this.#arguments(x.arguments);
        code.call(this.functions.subroutine(x.callee));
        break;
      default:
        x satisfies never;
    }
  }

  /** One lane of the vector on the stack. */
  extract(kind: Type['kind'], lane: number): void {
    this.code.lane(`${shapeOf(kind)}.extract_lane`, lane);
    if (kind !== 'bool') return;
    this.code.i32(1);
    this.code.op('i32.and');
  }

  #arguments(given: readonly (Expression | Place)[]): void {
    for (const it of given)
      if (it.kind === 'place') {
        const offset = this.#address(it.buffer, it.at);
        if (offset === 0) continue;
        this.code.i32(offset);
        this.code.op('i32.add');
      } else this.expression(it);
  }

  statements(body: readonly Statement[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #statement(it: Statement): void {
    const { code } = this;
    switch (it.kind) {
      case 'let':
        this.expression(it.value);
        if (it.variable.type.kind === 'index' && !this.changing.has(it.variable) && this.isUnsigned(it.value))
          this.#unsigned.add(it.variable);
        code.set(this.#local(it.variable));
        break;
      case 'set':
        this.expression(it.value);
        code.set(this.#known(it.variable));
        break;
      case 'store': {
        const offset = this.#address(it.buffer, it.at);
        this.expression(it.value);
        if (it.value.type.lanes === 1) code.memory(stores[it.buffer.dtype], offset);
        else this.#storeVector(it.buffer.dtype, offset);
        break;
      }
      case 'for':
        this.#for(it);
        break;
      case 'if':
        this.expression(it.condition);
        code.open('if');
        this.statements(it.whenTrue);
        if (it.whenFalse.length > 0) {
          code.op('else');
          this.statements(it.whenFalse);
        }
        code.op('end');
        break;
      case 'run':
        this.#arguments(it.arguments);
        code.call(this.functions.subroutine(it.callee));
        if (it.callee.result) code.op('drop');
        break;
      default:
        it satisfies never;
    }
  }

  /** Loads neighbours: what is narrower in memory is widened to i32, of bools to masks. */
  #loadVector(dtype: DType, offset: number): void {
    const { code } = this;
    const bytes = itemSize(dtype);
    if (bytes >= 4) {
      code.memory('v128.load', offset);
      return;
    }
    if (bytes === 2) {
      code.memory('v128.load16x4_u', offset);
      return;
    }
    code.memory('v128.load32_zero', offset);
    if (dtype === 'u8') code.op('i16x8.extend_low_i8x16_u', 'i32x4.extend_low_i16x8_u');
    else code.op('i16x8.extend_low_i8x16_s', 'i32x4.extend_low_i16x8_s');
    if (dtype === 'bool') code.op('i32x4.neg');
  }

  /** Stores the vector on the stack: i32 are narrowed to what they are in memory, masks to 0 and 1. */
  #storeVector(dtype: DType, offset: number): void {
    const { code } = this;
    const bytes = itemSize(dtype);
    if (bytes >= 4) {
      code.memory('v128.store', offset);
      return;
    }
    this.withLocals(['v128'], (whole) => {
      const both = (): void => {
        code.tee(whole);
        code.get(whole);
      };
      both();
      if (bytes === 2) {
        code.op('i16x8.narrow_i32x4_u');
        code.memory('v128.store64_lane', offset, 0);
        return;
      }
      code.op('i16x8.narrow_i32x4_s');
      both();
      code.op(dtype === 'u8' ? 'i8x16.narrow_i16x8_u' : 'i8x16.narrow_i16x8_s');
      if (dtype === 'bool') code.op('i8x16.abs');
      code.memory('v128.store32_lane', offset, 0);
    });
  }

  #for({ variable, from, to, step, body }: Extract<Statement, { kind: 'for' }>): void {
    const { code } = this;
    const [first, end] = [constantOf(from), constantOf(to)];
    const at = this.#local(variable);
    if (this.isUnsigned(from)) this.#unsigned.add(variable);
    this.withLocals(end === undefined ? ['i32'] : [], (limit) => {
      const pushEnd = (): void => {
        if (end === undefined) code.get(limit);
        else code.i32(end);
      };
      if (end === undefined) {
        this.expression(to);
        code.set(limit);
      }
      this.expression(from);
      code.set(at);
      const certain = first !== undefined && end !== undefined && first < end;
      if (!certain) {
        code.get(at);
        pushEnd();
        code.op('i32.lt_s');
        code.open('if');
      }
      code.open('loop');
      this.statements(body);
      code.get(at);
      code.i32(step);
      code.op('i32.add');
      code.tee(at);
      pushEnd();
      code.op('i32.lt_s');
      code.branchIf(0);
      code.op('end');
      if (!certain) code.op('end');
    });
  }
}

/** The name that the function of a kernel or of parallel rounds is exported by, by its place among them. */
export const routineName = (at: number): string => `routine${at}`;

/** The name that the function of a loop or a branch is exported by. */
export const controlName = (at: number): string => `control${at}`;

/**
 * A module with a function for each of what threads can share, (begin, end, frame, scratch), and one for each loop and
 * branch in `steps` that is in no other, (frame, scratch); these call 'share' of module 'program', (function, frame,
 * scratch), for what threads are to share.
 */
export function emit(steps: Steps<Routine>, layout: Layout, options: Options): Uint8Array {
  const functions = new Functions(options);
  const places = new Places(layout);
  const known = new Map<Shareable<Routine>, Callable>();
  const shareables = shareablesOf(steps);
  const add = (step: Shareable<Routine>, code: Code): void => {
    const index = shareables.indexOf(step);
    const callee = functions.module.add(code, []);
    known.set(step, { index, callee });
    functions.module.export(routineName(index), callee);
  };
  for (const step of shareables) {
    if (step.kind === 'parallel') continue;
    const { begin, end, body } = step.leaf;
    const code = new Code(['i32', 'i32', 'i32', 'i32']);
    const [frame, scratch] = [2, 3];
    const { buffers, changing } = survey(body);
    const emitter = new FunctionEmitter(code, functions, changing);
    for (const buffer of buffers) emitter.place(buffer, places.base(code, buffer, frame, scratch));
    emitter.bindUnsigned(begin, 0);
    emitter.bindUnsigned(end, 1);
    emitter.statements(body);
    add(step, code);
  }
  for (const step of shareables) {
    if (step.kind === 'leaf') continue;
    const code = new Code(['i32', 'i32', 'i32', 'i32']);
    emitRounds(step, code, places, known);
    add(step, code);
  }
  let share: Callee | undefined;
  const shared = (): Callee => {
    share ??= functions.module.import('program', 'share', { parameters: ['i32', 'i32', 'i32'], results: [] });
    return share;
  };
  let controls = 0;
  for (const step of steps) {
    if (step.kind === 'leaf' || step.kind === 'parallel') continue;
    const code = new Code(['i32', 'i32']);
    new ControlEmitter(code, places, known, shared).step(step);
    functions.module.export(controlName(controls++), functions.module.add(code, []));
  }
  return functions.module.finish(options.shared);
}
