// What each operation of the code language is in WebAssembly, by what its operands are held in: a row an
// operation. Vectors for which a row has nothing go lane by lane.
import type { CodeOp, Expression, Type } from '../../compile/index.ts';
import type { Emitter } from './emitter.ts';
import type { Instruction, ValueType } from './encode.ts';
import { lanesOf, shapeOf } from './lanes.ts';
import type { MathName } from './math.ts';

/** How operands are held: as one number, or as several on the lanes of a vector. */
type Held = 'bool' | 'i32' | 'f32' | 'f64' | 'bools' | 'i32s' | 'f32s' | 'f64s';

/** Instructions after the operands in order, or a translation of its own. */
type Lowering =
  | readonly Instruction[]
  | ((emitter: Emitter, inputs: readonly Expression[], to: Type) => void);
type Row = { readonly [K in Held]?: Lowering };

/** The value of a constant, on whatever lanes it stands. */
export const constantOf = (x: Expression): number | undefined => {
  if (x.kind === 'constant') return x.value;
  return x.kind === 'splat' ? constantOf(x.of) : undefined;
};

function heldAs({ kind, lanes }: Type): Held {
  const one = kind === 'index' ? 'i32' : kind;
  if (lanes === 1) return one;
  if (lanes !== lanesOf[kind]) throw new Error(`wasm: no vector of ${lanes} ${kind}`);
  return `${one}s`;
}

/** A function of math.ts, from and to f64. */
const called = (name: MathName, arity: 1 | 2 = 1): Row => {
  const types: ValueType[] = arity === 1 ? ['f64'] : ['f64', 'f64'];
  const lowering =
    (...widen: Instruction[]) =>
    (emitter: Emitter, inputs: readonly Expression[]): void => {
      for (const input of inputs) {
        emitter.expression(input);
        emitter.code.op(...widen);
      }
      emitter.code.call(emitter.functions.math(name, types, 'f64'));
    };
  const wide = lowering('f64.promote_f32');
  return {
    f64: lowering(),
    f32: (emitter, inputs) => {
      wide(emitter, inputs);
      emitter.code.op('f32.demote_f64');
    },
  };
};

const unary = (name: 'abs' | 'neg' | 'floor' | 'sqrt'): Row => ({
  f32: [`f32.${name}`],
  f64: [`f64.${name}`],
  f32s: [`f32x4.${name}`],
  f64s: [`f64x2.${name}`],
});

const arithmetic = (name: 'add' | 'sub' | 'mul'): Row => ({
  i32: [`i32.${name}`],
  f32: [`f32.${name}`],
  f64: [`f64.${name}`],
  i32s: [`i32x4.${name}`],
  f32s: [`f32x4.${name}`],
  f64s: [`f64x2.${name}`],
});

const bitwise = (name: 'and' | 'or' | 'xor'): Row => ({
  bool: [`i32.${name}`],
  i32: [`i32.${name}`],
  bools: [`v128.${name}`],
  i32s: [`v128.${name}`],
});

/** The greater or the smaller of two whole numbers. */
const extreme =
  (keepsFirst: (emitter: Emitter, x: number, y: number) => void): Lowering =>
  (emitter, [a, b]) => {
    emitter.withLocals(['i32', 'i32'], (x, y) => {
      const { code } = emitter;
      emitter.expression(a);
      code.set(x);
      emitter.expression(b);
      code.set(y);
      code.get(x);
      code.get(y);
      keepsFirst(emitter, x, y);
      code.op('i32.lt_s', 'select');
    });
  };

const pushed =
  (swapped: boolean) =>
  ({ code }: Emitter, x: number, y: number): void => {
    code.get(swapped ? y : x);
    code.get(swapped ? x : y);
  };

const shift = (name: 'shl' | 'shr_u'): Row => ({
  i32: [`i32.${name}`],
  i32s: (emitter, [x, by]) => {
    const same = by.kind === 'splat' ? by.of : by.kind === 'constant' ? { ...by, type: x.type } : undefined;
    if (!same) {
      laneByLane(emitter, name === 'shl' ? 'shiftLeft' : 'shiftRight', [x, by], x.type);
      return;
    }
    emitter.expression(x);
    const count = constantOf(same);
    if (count !== undefined) emitter.code.i32(count);
    else emitter.expression(same);
    emitter.code.op(`i32x4.${name}`);
  },
});

/** Pushes x / c rounded down, for c > 0. */
function floorQuotient(emitter: Emitter, x: number, divisor: number): void {
  const { code } = emitter;
  emitter.withLocals(['i32'], (quotient) => {
    code.get(x);
    code.i32(divisor);
    code.op('i32.div_s');
    code.tee(quotient);
    // −1 where what is left is below 0
    code.get(x);
    code.get(quotient);
    code.i32(divisor);
    code.op('i32.mul', 'i32.sub');
    code.i32(31);
    code.op('i32.shr_s', 'i32.add');
  });
}

const isPowerOfTwo = (n: number): boolean => n > 0 && Number.isInteger(Math.log2(n));

/** x / y and x mod y on whole numbers: rounded down; 0 for y = 0. */
const quotient: Lowering = (emitter, [x, y], to) => {
  const { code } = emitter;
  const divisor = constantOf(y);
  if (divisor !== undefined && divisor > 0) {
    emitter.expression(x);
    if (isPowerOfTwo(divisor)) {
      code.i32(Math.log2(divisor));
      code.op('i32.shr_s');
    } else if (emitter.isUnsigned(x)) {
      code.i32(divisor);
      code.op('i32.div_u');
    } else
      emitter.withLocals(['i32'], (a) => {
        code.set(a);
        floorQuotient(emitter, a, divisor);
      });
    return;
  }
  divided(emitter, x, y, to, (a, b, safe) => {
    // a / safe, one less where the remainder has the other sign
    code.get(a);
    code.get(safe);
    code.op('i32.div_s');
    pushWrongSide(emitter, a, safe);
    code.op('i32.sub');
    if (to.kind === 'index') return;
    // 0 and −1 were replaced: −a & b is right for both
    code.i32(0);
    code.get(a);
    code.op('i32.sub');
    code.get(b);
    code.op('i32.and');
    code.get(b);
    code.get(safe);
    code.op('i32.eq', 'select');
  });
};

const modulus: Lowering = (emitter, [x, y], to) => {
  const { code } = emitter;
  const divisor = constantOf(y);
  if (divisor !== undefined && divisor > 0) {
    emitter.expression(x);
    if (isPowerOfTwo(divisor)) {
      code.i32(divisor - 1);
      code.op('i32.and');
    } else if (emitter.isUnsigned(x)) {
      code.i32(divisor);
      code.op('i32.rem_u');
    } else
      emitter.withLocals(['i32'], (a) => {
        code.tee(a);
        floorQuotient(emitter, a, divisor);
        code.i32(divisor);
        code.op('i32.mul', 'i32.sub');
      });
    return;
  }
  divided(emitter, x, y, to, (a, _, safe) => {
    code.get(a);
    code.get(safe);
    code.op('i32.rem_s');
    code.get(safe);
    code.i32(0);
    pushWrongSide(emitter, a, safe);
    code.op('select', 'i32.add');
  });
};

/** Calls `use` with locals of x, y, and of a divisor that traps nowhere: 1 instead of 0 and −1. */
function divided(
  emitter: Emitter,
  x: Expression,
  y: Expression,
  { kind }: Type,
  use: (x: number, y: number, safe: number) => void,
): void {
  const { code } = emitter;
  emitter.withLocals(['i32', 'i32', 'i32'], (a, b, safe) => {
    emitter.expression(x);
    code.set(a);
    emitter.expression(y);
    code.tee(b);
    code.set(safe);
    if (kind !== 'index') {
      code.i32(1);
      code.get(b);
      code.get(b);
      code.i32(1);
      code.op('i32.add');
      code.i32(2);
      code.op('i32.lt_u', 'select');
      code.set(safe);
    }
    use(a, b, safe);
  });
}

/** Pushes 1 where a mod b is not 0 and has another sign than b. */
function pushWrongSide({ code }: Emitter, a: number, b: number): void {
  code.get(a);
  code.get(b);
  code.op('i32.rem_s');
  code.i32(0);
  code.op('i32.ne');
  code.get(a);
  code.get(b);
  code.op('i32.xor');
  code.i32(0);
  code.op('i32.lt_s', 'i32.and');
}

const bitselect: Lowering = (emitter, [condition, yes, no]) => {
  for (const it of [yes, no, condition]) emitter.expression(it);
  emitter.code.op('v128.bitselect');
};
const scalarSelect: Lowering = (emitter, [condition, yes, no]) => {
  for (const it of [yes, no, condition]) emitter.expression(it);
  emitter.code.op('select');
};

const chosen: Row = { bool: scalarSelect, bools: bitselect };

/** From each way to be held to each kind; nothing where the bits are the same. */
const casts: {
  readonly [K in Held]: { readonly [T in 'bool' | 'i32' | 'f32' | 'f64']?: (e: Emitter) => void };
} = {
  bool: {
    bool: () => {},
    i32: () => {},
    f32: ({ code }) => code.op('f32.convert_i32_s'),
    f64: ({ code }) => code.op('f64.convert_i32_s'),
  },
  i32: {
    bool: ({ code }) => {
      code.i32(0);
      code.op('i32.ne');
    },
    i32: () => {},
    f32: ({ code }) => code.op('f32.convert_i32_s'),
    f64: ({ code }) => code.op('f64.convert_i32_s'),
  },
  f32: {
    bool: ({ code }) => {
      code.f32(0);
      code.op('f32.ne');
    },
    i32: ({ code }) => code.op('i32.trunc_sat_f32_s'),
    f32: () => {},
    f64: ({ code }) => code.op('f64.promote_f32'),
  },
  f64: {
    bool: ({ code }) => {
      code.f64(0);
      code.op('f64.ne');
    },
    i32: ({ code }) => code.op('i32.trunc_sat_f64_s'),
    f32: ({ code }) => code.op('f32.demote_f64'),
    f64: () => {},
  },
  bools: {
    bool: () => {},
    i32: ({ code }) => code.op('i32x4.neg'),
    f32: ({ code }) => {
      code.v128('f32', [1, 1, 1, 1]);
      code.op('v128.and');
    },
  },
  i32s: {
    bool: ({ code }) => {
      code.v128('i32', [0, 0, 0, 0]);
      code.op('i32x4.ne');
    },
    i32: () => {},
    f32: ({ code }) => code.op('f32x4.convert_i32x4_s'),
  },
  f32s: {
    bool: ({ code }) => {
      code.v128('f32', [0, 0, 0, 0]);
      code.op('f32x4.ne');
    },
    i32: ({ code }) => code.op('i32x4.trunc_sat_f32x4_s'),
    f32: () => {},
  },
  f64s: { f64: () => {} },
};

const cast: Lowering = (emitter, [x], to) => {
  const from = heldAs(x.type);
  const convert = casts[from][to.kind === 'index' ? 'i32' : to.kind];
  if (!convert) throw new Error(`wasm: no cast of ${x.type.lanes} ${x.type.kind} to ${to.kind}`);
  emitter.expression(x);
  convert(emitter);
};

const bitcast = (from: Instruction, other: Type['kind']): Lowering => {
  return (emitter, [x], to) => {
    emitter.expression(x);
    if (to.kind === other) emitter.code.op(from);
  };
};
const same: Lowering = [];

/** a · b + c, rounded once where the runtime can do that: on one lane of a vector, if it is one number. */
const multiplyAdd =
  (shape: 'f32x4' | 'f64x2', lanes: 'one' | 'all'): Lowering =>
  (emitter, [a, b, c]) => {
    const { code } = emitter;
    const { relaxed } = emitter.functions.options;
    const kind = shape === 'f32x4' ? 'f32' : 'f64';
    const alone = lanes === 'one';
    const push = (x: Expression): void => {
      emitter.expression(x);
      if (alone && relaxed) code.op(`${shape}.splat`);
    };
    push(a);
    push(b);
    if (!relaxed) code.op(alone ? `${kind}.mul` : `${shape}.mul`);
    push(c);
    if (relaxed) code.op(`${shape}.relaxed_madd`);
    else code.op(alone ? `${kind}.add` : `${shape}.add`);
    if (alone && relaxed) code.lane(`${shape}.extract_lane`, 0);
  };
const multiplyThenAdd = (...[mul, add]: readonly [Instruction, Instruction]): Lowering => {
  return (emitter, [a, b, c]) => {
    emitter.expression(a);
    emitter.expression(b);
    emitter.code.op(mul);
    emitter.expression(c);
    emitter.code.op(add);
  };
};

const integerPower: Lowering = (emitter, inputs) => {
  for (const input of inputs) emitter.expression(input);
  emitter.code.call(emitter.functions.math('integerPower', ['i32', 'i32'], 'i32'));
};

const rows: { readonly [K in CodeOp]: Row } = {
  neg: {
    ...unary('neg'),
    i32: (emitter, [x]) => {
      emitter.code.i32(0);
      emitter.expression(x);
      emitter.code.op('i32.sub');
    },
    i32s: ['i32x4.neg'],
  },
  abs: {
    ...unary('abs'),
    i32: (emitter, [x]) =>
      emitter.withLocals(['i32', 'i32'], (a, sign) => {
        // (x ^ s) − s with s all bits of the sign
        const { code } = emitter;
        emitter.expression(x);
        code.tee(a);
        code.i32(31);
        code.op('i32.shr_s');
        code.tee(sign);
        code.get(a);
        code.op('i32.xor');
        code.get(sign);
        code.op('i32.sub');
      }),
    i32s: ['i32x4.abs'],
  },
  floor: unary('floor'),
  exp: called('exp'),
  expm1: called('expm1'),
  log: called('log'),
  log1p: called('log1p'),
  sqrt: unary('sqrt'),
  sin: called('sin'),
  cos: called('cos'),
  tanh: called('tanh'),
  erf: called('erf'),
  erfc: called('erfc'),
  cast: { bool: cast, i32: cast, f32: cast, f64: cast, bools: cast, i32s: cast, f32s: cast, f64s: cast },
  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  div: { i32: quotient, f32: ['f32.div'], f64: ['f64.div'], f32s: ['f32x4.div'], f64s: ['f64x2.div'] },
  mod: { ...called('floorMod', 2), i32: modulus },
  pow: { ...called('power', 2), i32: integerPower },
  max: {
    bool: ['i32.or'],
    i32: extreme(pushed(true)),
    f32: ['f32.max'],
    f64: ['f64.max'],
    bools: ['v128.or'],
    i32s: ['i32x4.max_s'],
    f32s: ['f32x4.max'],
    f64s: ['f64x2.max'],
  },
  min: {
    bool: ['i32.and'],
    i32: extreme(pushed(false)),
    f32: ['f32.min'],
    f64: ['f64.min'],
    bools: ['v128.and'],
    i32s: ['i32x4.min_s'],
    f32s: ['f32x4.min'],
    f64s: ['f64x2.min'],
  },
  eq: {
    bool: ['i32.eq'],
    i32: ['i32.eq'],
    f32: ['f32.eq'],
    f64: ['f64.eq'],
    bools: ['i32x4.eq'],
    i32s: ['i32x4.eq'],
    f32s: ['f32x4.eq'],
  },
  lt: {
    bool: ['i32.lt_s'],
    i32: ['i32.lt_s'],
    f32: ['f32.lt'],
    f64: ['f64.lt'],
    bools: ['i32x4.gt_s'], // true is −1 there
    i32s: ['i32x4.lt_s'],
    f32s: ['f32x4.lt'],
  },
  select: chosen,
  and: bitwise('and'),
  or: bitwise('or'),
  xor: bitwise('xor'),
  shiftLeft: shift('shl'),
  shiftRight: shift('shr_u'),
  bitcast: {
    i32: bitcast('f32.reinterpret_i32', 'f32'),
    f32: bitcast('i32.reinterpret_f32', 'i32'),
    i32s: same,
    f32s: same,
  },
  fma: {
    i32: multiplyThenAdd('i32.mul', 'i32.add'),
    f32: multiplyAdd('f32x4', 'one'),
    f64: multiplyAdd('f64x2', 'one'),
    i32s: multiplyThenAdd('i32x4.mul', 'i32x4.add'),
    f32s: multiplyAdd('f32x4', 'all'),
    f64s: multiplyAdd('f64x2', 'all'),
  },
};

/** Leaves `op` of `inputs`, a value of type `to`, on the stack. */
export function applyOp(emitter: Emitter, op: CodeOp, inputs: readonly Expression[], to: Type): void {
  const { type } = inputs[0];
  const lowering = rows[op][heldAs(type)];
  if (typeof lowering === 'function') lowering(emitter, inputs, to);
  else if (lowering) {
    for (const input of inputs) emitter.expression(input);
    emitter.code.op(...lowering);
  } else if (type.lanes > 1) laneByLane(emitter, op, inputs, to);
  else throw new Error(`wasm: no ${op} on ${type.kind}`);
}

/** `op` on each lane alone. */
function laneByLane(emitter: Emitter, op: CodeOp, inputs: readonly Expression[], to: Type): void {
  const { code } = emitter;
  const shape = shapeOf(to.kind);
  const vectors = inputs.map((): ValueType => 'v128');
  emitter.withLocals(vectors, (...locals) => {
    inputs.forEach((input, i) => {
      emitter.expression(input);
      code.set(locals[i]);
    });
    const scalars = inputs.map(({ type }, i) => {
      const whole = { type };
      emitter.bind(whole, locals[i]);
      return { kind: 'variable', variable: whole, type } as const;
    });
    for (let k = 0; k < to.lanes; k++) {
      const parts = scalars.map(
        (of): Expression => ({ kind: 'lane', of, lane: k, type: { kind: of.type.kind, lanes: 1 } }),
      );
      applyOp(emitter, op, parts, { kind: to.kind, lanes: 1 });
      if (k === 0) code.op(`${shape}.splat`);
      else code.lane(`${shape}.replace_lane`, k);
    }
    if (to.kind === 'bool') code.op('i32x4.neg');
  });
}
