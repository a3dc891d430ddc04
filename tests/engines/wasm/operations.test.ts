// Every operation of the code language on every kind of value, alone and on four lanes, against plain JavaScript.
import { describe, expect, test } from 'vitest';
import {
  apply,
  type CodeOp,
  load,
  number,
  plus,
  splat,
  store,
  type Type,
  times,
} from '../../../src/compile/index.ts';
import { allocate, type ComputeDType } from '../../../src/tensor/index.ts';
import { buffer, execute, routine } from './kernels.ts';

const least = -(2 ** 31);
const greatest = 2 ** 31 - 1;
const floats = [0, -0, 1, -1, 0.5, -2.5, 3, 1e-20, 1e20, NaN, Infinity, -Infinity, 7.25, -7.25, 2, 1e10];
const values: Record<ComputeDType, readonly number[]> = {
  bool: [0, 1],
  i32: [
    0,
    1,
    -1,
    2,
    -2,
    3,
    7,
    -7,
    31,
    65536,
    123456789,
    -987654321,
    least,
    least + 1,
    greatest,
    greatest - 1,
  ],
  f32: floats,
  f64: floats,
};

type Plain = (...x: number[]) => number;

/** How one operation is meant: from operands of each kind to which kind, by which function. */
interface Meaning {
  readonly from: readonly (readonly ComputeDType[])[];
  readonly to?: ComputeDType;
  readonly by: Plain | { readonly i32: Plain; readonly other: Plain };
  /** Whether neighbours of the right number are right too, in units of the last place. */
  readonly ulps?: number;
}

const numeric: readonly ComputeDType[] = ['i32', 'f32', 'f64'];
const real: readonly ComputeDType[] = ['f32', 'f64'];
const whole: readonly ComputeDType[] = ['bool', 'i32'];
const all: readonly ComputeDType[] = ['bool', ...numeric];
const one = (kinds: readonly ComputeDType[]) => kinds.map((kind) => [kind]);
const two = (kinds: readonly ComputeDType[]) => kinds.map((kind) => [kind, kind]);

const wrap = (x: bigint): number => Number(BigInt.asIntN(32, x));
const big =
  (f: (x: bigint, y: bigint) => bigint): Plain =>
  (x, y) =>
    wrap(f(BigInt(x), BigInt(y)));
const floorDivide = (x: bigint, y: bigint): bigint =>
  y === 0n ? 0n : x / y - (x % y !== 0n && x < 0n !== y < 0n ? 1n : 0n);
const wholePower = (x: number, n: number): number => {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 ? -1 : 1) : 0;
  let [result, base] = [1n, BigInt(x)];
  for (let left = BigInt(n); left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(32, result * base);
    base = BigInt.asIntN(32, base * base);
  }
  return Number(result);
};
const realPower = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
const realMod = (x: number, y: number): number => {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
};
const math = (by: Plain, ulps = 0): Meaning => ({ from: one(real), by, ulps });

/** The values of erf at those of `floats` that are neither tiny nor far out. */
const tabled = new Map([
  [1, 0.8427007929497149],
  [0.5, 0.5204998778130465],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [2, 0.9953222650189527],
]);
const erf = (x: number): number => {
  const value = tabled.get(Math.abs(x));
  if (value !== undefined) return Math.sign(x) * value;
  return Math.abs(x) < 1e-9 ? (x * 2) / Math.sqrt(Math.PI) : Math.sign(x);
};
/** Those of erfc that 1 − erf does not give to the last place. */
const tails = new Map([
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [2.5, 0.0004069520174449589],
  [3, 2.209049699858544e-5],
  [7.25, 1.1466900814815012e-24],
]);
const erfc = (x: number): number => tails.get(x) ?? 1 - erf(x);

const bits = new DataView(new ArrayBuffer(4));

const meanings: { readonly [K in Exclude<CodeOp, 'cast' | 'bitcast'>]: Meaning } = {
  neg: { from: one(numeric), by: { i32: (x) => -x | 0, other: (x) => -x } },
  abs: { from: one(numeric), by: { i32: (x) => Math.abs(x) | 0, other: Math.abs } },
  floor: math(Math.floor),
  exp: math(Math.exp),
  expm1: math(Math.expm1),
  log: math(Math.log),
  log1p: math(Math.log1p),
  sqrt: math(Math.sqrt),
  sin: math(Math.sin),
  cos: math(Math.cos),
  tanh: math(Math.tanh),
  erf: math(erf, 4),
  erfc: math(erfc, 4),
  add: { from: two(numeric), by: { i32: big((x, y) => x + y), other: (x, y) => x + y } },
  sub: { from: two(numeric), by: { i32: big((x, y) => x - y), other: (x, y) => x - y } },
  mul: { from: two(numeric), by: { i32: Math.imul, other: (x, y) => x * y } },
  div: { from: two(numeric), by: { i32: big(floorDivide), other: (x, y) => x / y } },
  mod: {
    from: two(numeric),
    by: { i32: big((x, y) => (y === 0n ? 0n : x - floorDivide(x, y) * y)), other: realMod },
  },
  pow: { from: two(numeric), by: { i32: wholePower, other: realPower } },
  max: { from: two(all), by: Math.max },
  min: { from: two(all), by: Math.min },
  eq: { from: two(all), to: 'bool', by: (x, y) => Number(x === y) },
  lt: { from: two(all), to: 'bool', by: (x, y) => Number(x < y) },
  select: { from: all.map((kind) => ['bool', kind, kind]), by: (c, x, y) => (c ? x : y) },
  and: { from: two(whole), by: (x, y) => x & y },
  or: { from: two(whole), by: (x, y) => x | y },
  xor: { from: two(whole), by: (x, y) => x ^ y },
  shiftLeft: { from: [['i32', 'i32']], by: (x, y) => x << y },
  shiftRight: { from: [['i32', 'i32']], by: (x, y) => (x >>> y) | 0 },
  // whole numbers small enough that one rounding and two are the same
  fma: {
    from: [
      ['i32', 'i32', 'i32'],
      ['f32', 'f32', 'f32'],
      ['f64', 'f64', 'f64'],
    ],
    by: { i32: (x, y, z) => (Math.imul(x, y) + z) | 0, other: (x, y, z) => x * y + z },
  },
};

/** Every combination of the values of `kinds`, padded to whole vectors. */
function operands(op: CodeOp, kinds: readonly ComputeDType[]): number[][] {
  let rows: number[][] = [[]];
  for (const [i, kind] of kinds.entries()) {
    const shift = i === 1 && (op === 'shiftLeft' || op === 'shiftRight');
    const small = op === 'fma' && kind !== 'i32';
    const here = shift ? [0, 1, 5, 31] : small ? [0, -1, 3, 5, NaN, Infinity, 2.5] : values[kind];
    rows = rows.flatMap((row) => here.map((value) => [...row, value]));
  }
  while (rows.length % 4) rows.push(rows[0]);
  return rows;
}

const rounded = (kind: ComputeDType, x: number): number => (kind === 'f32' ? Math.fround(x) : x);

/** `op` on every row of operands, with `lanes` at a time. */
function perform(
  op: CodeOp,
  kinds: readonly ComputeDType[],
  to: ComputeDType,
  lanes: number,
  rows: number[][],
): number[] {
  const inputs = kinds.map((kind) => buffer(kind, rows.length));
  const out = buffer(to, rows.length);
  const arrays = kinds.map((kind, i) => {
    const array = allocate(kind, rows.length);
    array.set(rows.map((row) => row[i]));
    return array;
  });
  const body = routine(rows.length / lanes, (task) => {
    const at = times(task, lanes);
    const result = apply(
      op,
      inputs.map((it) => load(it, at, lanes)),
      to,
    );
    return [store(out, at, result)];
  });
  return Array.from(execute({ inputs, outputs: [out], routines: [body] }, arrays)[0]);
}

function expectNumbers(
  actual: readonly number[],
  expected: readonly number[],
  rows: number[][],
  ulps: number,
  kind: ComputeDType,
): void {
  const epsilon = kind === 'f32' ? 2 ** -23 : 2 ** -52;
  actual.forEach((value, i) => {
    const right = expected[i];
    if (Object.is(value, right) || Math.abs(value - right) <= ulps * epsilon * Math.abs(right)) return;
    expect.fail(`${value} where ${right} is right, of ${rows[i]}`);
  });
}

const vectors: readonly ComputeDType[] = ['bool', 'i32', 'f32'];
/** How many lanes values of these kinds come on. */
const widths = (kinds: readonly ComputeDType[]): number[] => {
  if (kinds.every((kind) => kind === 'f64')) return [1, 2];
  return kinds.every((kind) => vectors.includes(kind)) ? [1, 4] : [1];
};

describe.each(Object.entries(meanings))('%s', (name, { from, to, by, ulps = 0 }) => {
  const op = name as keyof typeof meanings;
  for (const kinds of from)
    for (const lanes of widths([...kinds, ...(to ? [to] : [])]))
      test(`of ${kinds.join(' and ')} is right on ${lanes === 1 ? 'one lane' : `${lanes} lanes`}`, () => {
        const last = kinds[kinds.length - 1];
        const rows = operands(op, kinds).map((row) => row.map((x, i) => rounded(kinds[i], x)));
        const plain = typeof by === 'function' ? by : last === 'i32' ? by.i32 : by.other;
        const expected = rows.map((row) => rounded(to ?? last, plain(...row)));
        expectNumbers(perform(op, kinds, to ?? last, lanes, rows), expected, rows, ulps, to ?? last);
      });
});

const saturated = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, least), greatest)) + 0;

describe('cast', () => {
  for (const from of all)
    for (const to of all)
      for (const lanes of widths([from, to]))
        test(`from ${from} to ${to} is right on ${lanes === 1 ? 'one lane' : `${lanes} lanes`}`, () => {
          const rows = operands('cast', [from]).map(([x]) => [rounded(from, x)]);
          const plain =
            to === 'bool' ? (x: number) => Number(x !== 0) : to === 'i32' ? saturated : (x: number) => x;
          expect(perform('cast', [from], to, lanes, rows)).toEqual(rows.map(([x]) => rounded(to, plain(x))));
        });
});

describe('bitcast', () => {
  test.each([1, 4])('keeps the bits, on %i lanes', (lanes) => {
    const asFloat = values.i32.map((x) => {
      bits.setInt32(0, x);
      return bits.getFloat32(0);
    });
    expect(
      perform(
        'bitcast',
        ['i32'],
        'f32',
        lanes,
        values.i32.map((x) => [x]),
      ),
    ).toEqual(asFloat);
    const rows = values.f32.map((x) => [Math.fround(x)]);
    const asWhole = rows.map(([x]) => {
      bits.setFloat32(0, x);
      return bits.getInt32(0);
    });
    expect(perform('bitcast', ['f32'], 'i32', lanes, rows)).toEqual(asWhole);
  });
});

describe('div and mod', () => {
  test.each([1, 2, 3, 7, 64, 1000])('by the constant %i round down, on i32 and index', (divisor) => {
    const x = buffer('i32', 16);
    const outs = Array.from({ length: 4 }, () => buffer('i32', 16));
    const body = routine(16, (task) =>
      (['i32', 'index'] as const).flatMap((kind, k) => {
        const value = apply('cast', [load(x, task)], kind);
        return (['div', 'mod'] as const).map((op, i) =>
          store(outs[2 * k + i], task, apply('cast', [apply(op, [value, number(divisor, kind)])], 'i32')),
        );
      }),
    );
    const results = execute({ inputs: [x], outputs: outs, routines: [body] }, [Int32Array.from(values.i32)]);
    const quotients = values.i32.map((it) => Math.floor(it / divisor));
    const remainders = values.i32.map((it, i) => it - quotients[i] * divisor);
    results.forEach((result, i) => {
      expect(Array.from(result)).toEqual((i % 2 ? remainders : quotients).map((it) => it + 0));
    });
  });
});

describe('A shift of all lanes', () => {
  test.each(['shiftLeft', 'shiftRight'] as const)(
    '%s takes a constant and a number known at run time',
    (op) => {
      const x = buffer('i32', 16);
      const by = buffer('i32', 1);
      const outs = [buffer('i32', 16), buffer('i32', 16)];
      const body = routine(4, (task) => {
        const value = load(x, times(task, 4), 4);
        return [number(5, 'i32'), load(by, number(0))].map((count, i) =>
          store(outs[i], times(task, 4), apply(op, [value, splat(count, 4)])),
        );
      });
      const results = execute({ inputs: [x, by], outputs: outs, routines: [body] }, [
        Int32Array.from(values.i32),
        Int32Array.of(5),
      ]);
      const expected = values.i32.map((it) => (op === 'shiftLeft' ? it << 5 : (it >>> 5) | 0));
      for (const result of results) expect(Array.from(result)).toEqual(expected);
    },
  );
});

test('What no vector or operation is for is refused by name', () => {
  const [b, d] = [buffer('bool', 4), buffer('f64', 4)];
  const at = number(0);
  const wide: Type = { kind: 'f64', lanes: 4 };
  const run = (value: Parameters<typeof store>[2]) => () =>
    execute({
      inputs: [b, d],
      outputs: [buffer('bool', 4)],
      routines: [routine(1, () => [store(b, plus(at, at), value)])],
    });
  expect(run(apply('exp', [load(b, at)]))).toThrow('wasm: no exp on bool');
  expect(run({ kind: 'load', buffer: d, at, type: wide })).toThrow('wasm: no vector of 4 f64');
});
