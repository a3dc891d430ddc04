// C for the operations of the code language: types, constants, arithmetic on one lane and on vectors.
import type { CodeOp, Type } from '../../compile/index.ts';
import { type ComputeDType, type DType, isFloat, itemSize, leastOf } from '../../tensor/index.ts';

/** How an array of each dtype is declared. */
export const stored = {
  bool: 'uint8_t',
  u8: 'uint8_t',
  i8: 'int8_t',
  i32: 'int32_t',
  bf16: 'uint16_t',
  f16: 'uint16_t',
  f32: 'float',
  f64: 'double',
} satisfies Record<DType, string>;

/** The vectors of what is narrower in memory than it is held in. */
export const narrow: { readonly [K in DType]?: 'u8' | 'i8' | 'u16' } = {
  bool: 'u8',
  u8: 'u8',
  i8: 'i8',
  bf16: 'u16',
  f16: 'u16',
};

/** `value`, a vector from one of {@link narrow} to i32 or back: bytes take two steps, since gcc takes one apart. */
export function resized(
  value: string,
  short: 'u8' | 'i8' | 'u16',
  lanes: number,
  to: 'narrow' | 'held',
): string {
  const middle = { u8: 'u16', i8: 'i16', u16: undefined }[short];
  const ends = [short, middle, 'i32'].filter((it) => it !== undefined);
  const steps = to === 'held' ? ends : ends.toReversed();
  return steps.slice(1).reduce((x, type, i) => {
    const widens = to === 'held' && type === 'i32';
    return widens ? `widen_${steps[i]}x${lanes}(${x})` : `__builtin_convertvector(${x}, ${type}x${lanes})`;
  }, value);
}

/** The functions that widen `lanes` numbers of 16 bits, by x86's instruction where gcc would take several. */
export const widenings = (lanes: number): string =>
  (['u16', 'i16'] as const)
    .map((short) => {
      const builtin = `__builtin_ia32_pmov${short === 'u16' ? 'z' : 's'}xwd256`;
      return [
        `static inline i32x${lanes} widen_${short}x${lanes}(${short}x${lanes} x) {`,
        ...(lanes === 8 ? [`#if HAS(${builtin})`, `  return (i32x8)${builtin}((i16x8)x);`, '#endif'] : []),
        `  return __builtin_convertvector(x, i32x${lanes});`,
        '}',
      ].join('\n');
    })
    .join('\n');

/** How one value is held: a bool as an int; a vector of bools as a mask of i32, 0 or −1. */
export function held({ kind, lanes }: Type): string {
  if (kind === 'index') return 'int64_t';
  if (lanes > 1) return `${kind === 'bool' ? 'i32' : kind}x${lanes}`;
  return kind === 'bool' ? 'int' : stored[kind];
}

/** The C types of vectors of `lanes` lanes; those that end in u lie anywhere in memory. */
export function vectorTypes(lanes: number, dtypes: readonly ComputeDType[]): string {
  const declare = (name: string, element: string, bytes: number, more = ''): string =>
    `typedef ${element} ${name} __attribute__((vector_size(${bytes * lanes})${more}));`;
  return [
    ...Object.entries({ u8: 'uint8_t', i8: 'int8_t', u16: 'uint16_t', i16: 'int16_t' }).flatMap(
      ([name, element]) => {
        const bytes = name.endsWith('16') ? 2 : 1;
        return [
          declare(`${name}x${lanes}`, element, bytes),
          declare(`${name}x${lanes}u`, element, bytes, `, aligned(${bytes}), may_alias`),
        ];
      },
    ),
    declare(`u32x${lanes}`, 'uint32_t', 4),
    declare(`i64x${lanes}`, 'int64_t', 8),
    ...dtypes
      .filter((dtype) => dtype !== 'bool')
      .flatMap((dtype) => [
        declare(`${dtype}x${lanes}`, stored[dtype], itemSize(dtype)),
        declare(
          `${dtype}x${lanes}u`,
          stored[dtype],
          itemSize(dtype),
          `, aligned(${itemSize(dtype)}), may_alias`,
        ),
        `static inline ${dtype}x${lanes} spread_${dtype}x${lanes}(${stored[dtype]} x) { return (${dtype}x${lanes}){${new Array(lanes).fill('x').join(', ')}}; }`,
      ]),
  ].join('\n');
}

/** `exact` as a C constant, in parentheses if it has a sign. */
export function literal(exact: number, kind: Type['kind']): string {
  const value = kind === 'f32' ? Math.fround(exact) : exact;
  if (kind === 'bool' || kind === 'i32' || kind === 'index')
    return value === leastOf('i32') && kind === 'i32'
      ? 'INT32_MIN'
      : value < 0
        ? `(${value})`
        : String(value);
  const of = kind === 'f32' ? 'f' : '';
  if (Number.isNaN(value)) return `(0.0${of} / 0.0${of})`;
  if (!Number.isFinite(value)) return `(${value < 0 ? '-' : ''}1.0${of} / 0.0${of})`;
  const digits = `${Math.abs(value).toExponential()}${of}`.replace(/^(\d+)e/, '$1.0e');
  return value < 0 || Object.is(value, -0) ? `(-${digits})` : digits;
}

/** `value` on all lanes of `type`. */
export const spread = (value: string, type: Type): string =>
  `spread_${held(type)}(${type.kind === 'bool' ? '-' : ''}${value})`;

type Emit = (operands: readonly string[], from: Type, to: Type) => string;

const between =
  (operator: string): Emit =>
  ([x, y]) =>
    `(${x} ${operator} ${y})`;

const real = (name: string, dtype: Type['kind']): string => (dtype === 'f32' ? `${name}f` : name);

/** A function of the C library. */
const library =
  (name: string): Emit =>
  (operands, { kind }) =>
    `${real(name, kind)}(${operands.join(', ')})`;

/** A function of the prelude, one a dtype. */
const own =
  (name: string): Emit =>
  (operands, { kind }) =>
    `${name}_${kind}(${operands.join(', ')})`;

const scalar: { readonly [K in CodeOp]: Emit } = {
  neg: ([x]) => `(-${x})`,
  abs: ([x], { kind }) => (kind === 'i32' ? `(${x} < 0 ? -${x} : ${x})` : `${real('fabs', kind)}(${x})`),
  floor: library('floor'),
  exp: library('exp'),
  expm1: library('expm1'),
  log: library('log'),
  log1p: library('log1p'),
  sqrt: library('sqrt'),
  sin: library('sin'),
  cos: library('cos'),
  tanh: library('tanh'),
  erf: library('erf'),
  erfc: library('erfc'),
  cast: ([x], from, to) => {
    if (to.kind === 'bool') return `(${x} != 0)`;
    return to.kind === 'i32' && (from.kind === 'f32' || from.kind === 'f64')
      ? `truncate_f64(${x})`
      : `(${held(to)})${x}`;
  },
  add: between('+'),
  sub: between('-'),
  mul: between('*'),
  div: (operands, from, to) => (from.kind === 'i32' ? own('divide') : between('/'))(operands, from, to),
  mod: (operands, from, to) => (from.kind === 'index' ? between('%') : own('modulo'))(operands, from, to),
  pow: (operands, from, to) => (from.kind === 'i32' ? own('power') : library('pow'))(operands, from, to),
  max: own('max'),
  min: own('min'),
  eq: between('=='),
  lt: between('<'),
  select: ([x, y, z]) => `(${x} ? ${y} : ${z})`,
  and: between('&'),
  or: between('|'),
  xor: between('^'),
  shiftLeft: between('<<'),
  shiftRight: ([x, by]) => `(int32_t)((uint32_t)${x} >> ${by})`,
  bitcast: (operands, _, to) => `bits_as_${to.kind}(${operands[0]})`,
  fma: ([x, y, z]) => `(${x} * ${y} + ${z})`,
};

/** Bits of `yes` where the mask is set, of `no` elsewhere. */
function blend(mask: string, yes: string, no: string, { kind, lanes }: Type): string {
  const bits = kind === 'f64' ? `i64x${lanes}` : `i32x${lanes}`;
  const wide = kind === 'f64' ? `__builtin_convertvector(${mask}, ${bits})` : mask;
  return `(${held({ kind, lanes })})(((${bits})${yes} & ${wide}) | ((${bits})${no} & ~${wide}))`;
}

/** A comparison's lanes as a mask of i32. */
const mask = (comparison: string, { kind, lanes }: Type): string =>
  kind === 'f64' ? `__builtin_convertvector(${comparison}, i32x${lanes})` : `(${comparison})`;

const extreme =
  (sign: '<' | '>', onBools: '|' | '&'): Emit =>
  ([x, y], from) => {
    if (from.kind === 'bool') return `(${x} ${onBools} ${y})`;
    if (from.kind === 'i32') return blend(`(${x} ${sign} ${y})`, x, y, from);
    return blend(mask(`${x} != ${x}`, from), x, farther(sign === '>' ? 'max' : 'min', x, y, from), from);
  };

/** x where it is greater (or less) than y, else y: what a processor gives in one instruction. */
const farther = (op: 'max' | 'min', x: string, y: string, { kind, lanes }: Type): string =>
  `${op === 'max' ? 'greater' : 'lesser'}_${kind}x${lanes}(${x}, ${y})`;

/** The greatest or least of x and a constant that is neither NaN nor −0: x unless it is on the wrong side. */
export const clamp = (op: 'max' | 'min', x: string, constant: number, splat: string, from: Type): string =>
  constant === 0 // which −0 is equal to
    ? blend(`(~${mask(`${x} ${op === 'max' ? '<=' : '>='} ${splat}`, from)})`, x, splat, from)
    : farther(op, splat, x, from);

/** How x86's instructions for what is `farther` end, by the bytes of a vector. */
const width: { readonly [bytes: number]: string } = { 16: '', 32: '256' };

/** The functions that `farther` calls, on `lanes` lanes of each of `dtypes`. */
export const extremes = (lanes: number, dtypes: readonly ComputeDType[]): string =>
  dtypes
    .filter(isFloat)
    .flatMap((dtype) =>
      (['max', 'min'] as const).map((op) => {
        const from = { kind: dtype, lanes };
        const type = held(from);
        const bits = width[lanes * itemSize(dtype)];
        const builtin = `__builtin_ia32_${op}p${dtype === 'f64' ? 'd' : 's'}${bits}`;
        return [
          `static inline ${type} ${farther(op, `${type} x`, `${type} y`, from)} {`,
          ...(bits === undefined ? [] : [`#if HAS(${builtin})`, `  return ${builtin}(x, y);`, '#endif']),
          `  return ${blend(mask(`x ${op === 'max' ? '>' : '<'} y`, from), 'x', 'y', from)};`,
          '}',
        ].join('\n');
      }),
    )
    .join('\n');

/** On vectors; null where lanes go through the scalar operation one by one. */
const vector: { readonly [K in CodeOp]: Emit | null } = {
  neg: scalar.neg,
  abs: ([x], { kind, lanes }) => {
    if (kind === 'i32') return blend(`(${x} < 0)`, `(-${x})`, x, { kind, lanes });
    const bits = kind === 'f64' ? `i64x${lanes}` : `i32x${lanes}`;
    const rest = kind === 'f64' ? 'INT64_MAX' : 'INT32_MAX';
    return `(${held({ kind, lanes })})((${bits})${x} & ${rest})`;
  },
  floor: null,
  exp: null,
  expm1: null,
  log: null,
  log1p: null,
  sqrt: null,
  sin: null,
  cos: null,
  tanh: null,
  erf: null,
  erfc: null,
  cast: ([x], from, to) => {
    if (from.kind === to.kind) return x;
    if (to.kind === 'bool') return mask(`${x} != 0`, from);
    const plain = from.kind === 'bool' ? `(-${x})` : x;
    if (to.kind === 'i32' && (from.kind === 'f32' || from.kind === 'f64'))
      return `truncate_${from.kind}x${from.lanes}(${x})`;
    return from.kind === 'bool' && to.kind === 'i32'
      ? plain
      : `__builtin_convertvector(${plain}, ${held(to)})`;
  },
  add: between('+'),
  sub: between('-'),
  mul: between('*'),
  div: between('/'),
  mod: null,
  pow: null,
  max: extreme('>', '|'),
  min: extreme('<', '&'),
  eq: ([x, y], from) => (from.kind === 'bool' ? `(~(${x} ^ ${y}))` : mask(`${x} == ${y}`, from)),
  lt: ([x, y], from) => (from.kind === 'bool' ? `(~${x} & ${y})` : mask(`${x} < ${y}`, from)),
  select: ([x, y, z], _, to) => blend(x, y, z, to),
  and: scalar.and,
  or: scalar.or,
  xor: scalar.xor,
  shiftLeft: scalar.shiftLeft,
  shiftRight: ([x, by], { lanes }) => `(i32x${lanes})((u32x${lanes})${x} >> (u32x${lanes})${by})`,
  bitcast: ([x], _, to) => `(${held(to)})${x}`,
  fma: scalar.fma,
};

/** Whether lanes of `op` go through `laneByLane` one by one. */
export const isLaneByLane = (op: CodeOp, from: Type): boolean =>
  from.lanes > 1 && (vector[op] === null || (op === 'div' && from.kind === 'i32'));

/** `op` on operands of type `from`, giving `to`. */
export function operation(op: CodeOp, from: Type, to: Type, operands: readonly string[]): string {
  const emit = from.lanes === 1 ? scalar[op] : vector[op];
  if (!emit || isLaneByLane(op, from)) return `${laneName(op, from)}(${operands.join(', ')})`;
  return emit(operands, from, to);
}

/** The C function that takes lanes of `op` one by one. */
export const laneName = (op: CodeOp, { kind, lanes }: Type): string => `${op}_${kind}x${lanes}`;

/** Its definition: gcc and clang make one vector instruction of it where there is one. */
export function laneByLane(op: CodeOp, { kind, lanes }: Type, operands: number): string {
  const type = held({ kind, lanes });
  const names = Array.from({ length: operands }, (_, i) => `x${i}`);
  const one = { kind, lanes: 1 };
  const values = Array.from({ length: lanes }, (_, i) =>
    scalar[op](
      names.map((name) => `${name}[${i}]`),
      one,
      one,
    ),
  );
  const declared = names.map((name) => `${type} ${name}`).join(', ');
  return `static inline ${type} ${laneName(op, { kind, lanes })}(${declared}) {\n  return (${type}){${values.join(', ')}};\n}`;
}

/** Floats to whole numbers, saturating, NaN to 0: on `lanes` lanes of each of `dtypes`. */
export const truncations = (lanes: number, dtypes: readonly ComputeDType[]): string =>
  dtypes
    .filter(isFloat)
    .map((dtype) => {
      const type = `${dtype}x${lanes}`;
      return [
        `static inline i32x${lanes} truncate_${type}(${type} x) {`,
        `  const i32x${lanes} high = ${mask(`x >= 2147483648.0${dtype === 'f32' ? 'f' : ''}`, { kind: dtype, lanes })};`,
        `  const i32x${lanes} low = ${mask(`x <= -2147483648.0${dtype === 'f32' ? 'f' : ''}`, { kind: dtype, lanes })};`,
        `  const i32x${lanes} number = ${mask('x == x', { kind: dtype, lanes })};`,
        `  const ${type} inside = ${blend('(number & ~high & ~low)', 'x', `(${type}){}`, { kind: dtype, lanes })};`,
        `  return (__builtin_convertvector(inside, i32x${lanes}) & ~high & ~low) | (INT32_MAX & high) | (INT32_MIN & low);`,
        '}',
      ].join('\n');
    })
    .join('\n');

// To read math.h would take the compiler a fifth of its time for a small program.
const one = ['floor', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos', 'tanh', 'erf', 'erfc', 'fabs'];
const two = ['fmod', 'pow', 'copysign'];
const mathematics = one
  .map((name) => `double ${name}(double);\nfloat ${name}f(float);\n`)
  .concat(two.map((name) => `double ${name}(double, double);\nfloat ${name}f(float, float);\n`))
  .join('');

/** What every program begins with. */
export const prelude = `#include <stdint.h>
#ifdef __has_builtin
#define HAS(name) __has_builtin(name)
#else
#define HAS(name) 0
#endif
${mathematics}
static inline int32_t divide_i32(int32_t x, int32_t y) {
  if (y == 0) return 0;
  if (y == -1) return -x;
  return x / y - (x % y != 0 && (x < 0) != (y < 0));
}
static inline int32_t modulo_i32(int32_t x, int32_t y) {
  if (y == 0 || y == -1) return 0;
  int32_t r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static inline float modulo_f32(float x, float y) {
  float r = fmodf(x, y);
  return r == 0 ? copysignf(0, y) : (r < 0) != (y < 0) ? r + y : r;
}
static inline double modulo_f64(double x, double y) {
  double r = fmod(x, y);
  return r == 0 ? copysign(0, y) : (r < 0) != (y < 0) ? r + y : r;
}
static inline int32_t power_i32(int32_t x, int32_t n) {
  if (n < 0) return x == 1 ? 1 : x == -1 ? (n % 2 == 0 ? 1 : -1) : 0;
  int32_t result = 1;
  for (; n > 0; n /= 2, x *= x) if (n % 2) result *= x;
  return result;
}
#define EXTREMES(kind, type)                                                              \\
  static inline type max_##kind(type x, type y) { type m = x > y ? x : y; return x != x ? x : m; } \\
  static inline type min_##kind(type x, type y) { type m = x < y ? x : y; return x != x ? x : m; }
EXTREMES(bool, int)
EXTREMES(i32, int32_t)
EXTREMES(f32, float)
EXTREMES(f64, double)
EXTREMES(index, int64_t)
static inline int32_t truncate_f64(double x) {
  return x != x ? 0 : x <= -2147483648.0 ? INT32_MIN : x >= 2147483647.0 ? INT32_MAX : (int32_t)x;
}
static inline float bits_as_f32(int32_t x) { union { int32_t i; float f; } u = {x}; return u.f; }
static inline int32_t bits_as_i32(float x) { union { float f; int32_t i; } u = {x}; return u.i; }
`;
