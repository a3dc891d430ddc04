// C for the elements of kernels: types, the arithmetic of each scalar operation, and positions.
import type { ScalarOp } from '../../compile/index.ts';
import { type DType, isFloat, least } from '../../tensor/index.ts';

/** How an array of each dtype is declared; a bool is an int once it is loaded. */
export const stored = { bool: 'uint8_t', i32: 'int32_t', f32: 'float', f64: 'double' } satisfies Record<
  DType,
  string
>;
export const held = { ...stored, bool: 'int' } satisfies Record<DType, string>;

/** `exact` as a C constant of `dtype`, in parentheses if it has a sign. */
export function literal(exact: number, dtype: DType): string {
  const value = dtype === 'f32' ? Math.fround(exact) : exact;
  if (dtype === 'bool' || dtype === 'i32')
    return value === least.i32 ? 'INT32_MIN' : value < 0 ? `(${value})` : String(value);
  const of = dtype === 'f32' ? 'f' : '';
  if (Number.isNaN(value)) return `(0.0${of} / 0.0${of})`;
  if (!Number.isFinite(value)) return `(${value < 0 ? '-' : ''}1.0${of} / 0.0${of})`;
  const digits = `${Math.abs(value).toExponential()}${of}`.replace(/^(\d+)e/, '$1.0e');
  return value < 0 || Object.is(value, -0) ? `(-${digits})` : digits;
}

type Emit = (...operands: string[]) => string;

const call =
  (name: string): Emit =>
  (...operands) =>
    `${name}(${operands.join(', ')})`;
const between =
  (operator: string): Emit =>
  (x, y) =>
    `(${x} ${operator} ${y})`;

/** For operands of dtype `from` and a result of dtype `to`. */
const operations: { readonly [K in ScalarOp]: (from: DType, to: DType) => Emit } = {
  neg: () => (x) => `(-${x})`,
  abs: (dtype) => (dtype === 'i32' ? (x) => `(${x} < 0 ? -${x} : ${x})` : call(real('fabs', dtype))),
  floor: (dtype) => call(real('floor', dtype)),
  exp: (dtype) => call(real('exp', dtype)),
  expm1: (dtype) => call(real('expm1', dtype)),
  log: (dtype) => call(real('log', dtype)),
  log1p: (dtype) => call(real('log1p', dtype)),
  sqrt: (dtype) => call(real('sqrt', dtype)),
  sin: (dtype) => call(real('sin', dtype)),
  cos: (dtype) => call(real('cos', dtype)),
  tanh: (dtype) => call(real('tanh', dtype)),
  erf: (dtype) => call(real('erf', dtype)),
  cast: (from, to) => {
    if (to === 'bool') return (x) => `(${x} != 0)`;
    return to === 'i32' && isFloat(from) ? call(`truncate_${from}`) : (x) => `(${held[to]})${x}`;
  },
  add: () => between('+'),
  sub: () => between('-'),
  mul: () => between('*'),
  div: (dtype) => (dtype === 'i32' ? call('divide') : between('/')),
  mod: (dtype) => call(`modulo_${dtype}`),
  pow: (dtype) => call(dtype === 'i32' ? 'power' : real('pow', dtype)),
  max: () => (x, y) => `(${x} > ${y} || ${x} != ${x} ? ${x} : ${y})`,
  min: () => (x, y) => `(${x} < ${y} || ${x} != ${x} ? ${x} : ${y})`,
  eq: () => between('=='),
  lt: () => between('<'),
  select: () => (x, y, z) => `(${x} ? ${y} : ${z})`,
};

const real = (name: string, dtype: DType): string => (dtype === 'f32' ? `${name}f` : name);

/** `op` on operands of dtype `from`, giving `to`. */
export const operation = (op: ScalarOp, from: DType, to: DType, operands: readonly string[]): string =>
  operations[op](from, to)(...operands);

/** What every program begins with. */
export const prelude = `#include <stdint.h>
#include <math.h>
#include <stdlib.h>

static inline int32_t divide(int32_t x, int32_t y) {
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
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static inline double modulo_f64(double x, double y) {
  double r = fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static inline int32_t power(int32_t x, int32_t n) {
  if (n < 0) return x == 1 ? 1 : x == -1 ? (n % 2 == 0 ? 1 : -1) : 0;
  int32_t result = 1;
  for (; n > 0; n /= 2, x *= x) if (n % 2) result *= x;
  return result;
}
static inline int32_t truncate_f64(double x) {
  return x != x ? 0 : x <= -2147483648.0 ? INT32_MIN : x >= 2147483647.0 ? INT32_MAX : (int32_t)x;
}
static inline int32_t truncate_f32(float x) { return truncate_f64(x); }
#define SORT(name, type)                                                                    \\
  static void sort_##name(const type *x, int32_t *out, long n, long step) {                 \\
    int32_t *from = malloc(2 * n * sizeof *from + 1), *to = from + n, *base = from;         \\
    for (long i = 0; i < n; i++) from[i] = i;                                               \\
    for (long run = 1; run < n; run *= 2) {                                                 \\
      for (long low = 0; low < n; low += 2 * run) {                                         \\
        const long mid = low + run < n ? low + run : n, high = mid + run < n ? mid + run : n; \\
        long i = low, j = mid;                                                              \\
        for (long k = low; k < high; k++) {                                                 \\
          const int left = j == high || (i < mid && !after(x[from[i] * step], x[from[j] * step])); \\
          to[k] = left ? from[i++] : from[j++];                                             \\
        }                                                                                   \\
      }                                                                                     \\
      int32_t *sorted = to; to = from; from = sorted;                                       \\
    }                                                                                       \\
    for (long i = 0; i < n; i++) out[i * step] = from[i];                                   \\
    free(base);                                                                             \\
  }
static inline int after(double x, double y) { return y == y && (x != x || x > y); }
SORT(i32, int32_t)
SORT(f32, float)
SORT(f64, double)
#define ROUND(r) a += b; b = (b << r | b >> (32 - r)) ^ a;
static inline int32_t threefry(int32_t key0, int32_t key1, uint32_t i, int width) {
  uint32_t k[3] = {key0, key1, key0 ^ key1 ^ 0x1bd11bda}, a = (i >> 1) + k[0], b = k[1];
  ROUND(13) ROUND(15) ROUND(26) ROUND(6) a += k[1]; b += k[2] + 1;
  ROUND(17) ROUND(29) ROUND(16) ROUND(24) a += k[2]; b += k[0] + 2;
  ROUND(13) ROUND(15) ROUND(26) ROUND(6) a += k[0]; b += k[1] + 3;
  ROUND(17) ROUND(29) ROUND(16) ROUND(24) a += k[1]; b += k[2] + 4;
  ROUND(13) ROUND(15) ROUND(26) ROUND(6) a += k[2]; b += k[0] + 5;
  return (i & 1 ? b : a) >> (32 - width);
}
`;
