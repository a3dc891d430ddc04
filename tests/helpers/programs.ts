// Random programs: a few primitives in a row on random operands, for engines and transformations to agree on.
import fc from 'fast-check';
import { bind, prims } from '../../src/graph/index.ts';
import {
  type DType,
  dtypes,
  isFloat,
  isStorage,
  range,
  sameShape,
  sizeOf,
  type Tensor,
  without,
} from '../../src/tensor/index.ts';
import { checkpoint, cond, scan, whileLoop } from '../../src/transforms/index.ts';
import { convolved } from './convolutions.ts';
import { draw } from './draws.ts';
import type { Grid } from './grids.ts';

/** Numbers that an instruction chooses its operands and parameters with. */
type Choices = readonly [a: number, b: number, c: number, d: number];
type Instruction = (x: Tensor, y: Tensor, choices: Choices) => Tensor | null;

const letters = 'abcd';
const stores = dtypes.filter(isStorage);
/** What dtypes for storage take. */
const moves = new Set(
  'cast store select reshape transpose broadcast slice pad flip concat gather scatter dynamicSlice dynamicUpdate'.split(
    ' ',
  ),
);
const largest = 120;

/** `y` in the shape of `x`, where broadcasting of a number or equal shapes allows it. */
const matching = (x: Tensor, y: Tensor): Tensor | null =>
  y.dtype !== x.dtype
    ? null
    : sameShape(x.shape, y.shape)
      ? y
      : y.ndim === 0
        ? prims.broadcast(y, x.shape, [])
        : null;

const binary =
  (op: 'add' | 'sub' | 'max' | 'min' | 'mul' | 'eq' | 'lt'): Instruction =>
  (x, y) => {
    const other = matching(x, y);
    if (!other || (x.dtype === 'bool' && ['add', 'sub', 'mul'].includes(op))) return null;
    // products would grow without bound
    return bind(op, {}, x, op === 'mul' && isFloat(x.dtype) ? prims.sin(other) : other);
  };

const onFloats =
  (op: 'sin' | 'cos' | 'tanh' | 'erf'): Instruction =>
  (x) =>
    isFloat(x.dtype) ? bind(op, {}, x) : null;

const onWholes =
  (op: 'div' | 'mod'): Instruction =>
  (x, y) => {
    const other = matching(x, y);
    return x.dtype === 'i32' && other ? bind(op, {}, x, other) : null;
  };

const axisOf = (x: Tensor, choice: number): number => choice % x.ndim;
const some = (n: number, choice: number): number[] => range(n).filter((i) => choice & (1 << i));

/** Where a part of `x` starts: as `y` says, if it is a whole number. */
function startsOf(x: Tensor, y: Tensor, choice: number): Tensor {
  const start = y.dtype === 'i32' && y.ndim === 0 ? y : prims.full([], (choice % 5) - 1, 'i32');
  return prims.broadcast(start, [x.ndim], []);
}

const partSizes = (x: Tensor, choice: number): number[] =>
  x.shape.map((n, axis) => Math.max(0, n - ((choice >> axis) & 1)));

const instructions: Record<string, Instruction> = {
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  max: binary('max'),
  min: binary('min'),
  eq: (x, y) => (isFloat(x.dtype) ? null : binary('eq')(x, y, [0, 0, 0, 0])),
  lt: (x, y) => (isFloat(x.dtype) ? null : binary('lt')(x, y, [0, 0, 0, 0])),
  div: onWholes('div'),
  mod: onWholes('mod'),
  sin: onFloats('sin'),
  cos: onFloats('cos'),
  tanh: onFloats('tanh'),
  erf: onFloats('erf'),
  neg: (x) => (x.dtype === 'bool' ? null : prims.neg(x)),
  cast: (x, _, [, , c]) => prims.cast(x, isFloat(x.dtype) ? 'f64' : dtypes[c % dtypes.length]),
  /** What was stored, into another way to store it: no float that was computed, whose rounding may turn. */
  store: (x, _, [, , c]) => (isStorage(x.dtype) ? prims.cast(x, stores[c % stores.length]) : null),
  select: (x, y, [, , c]) => {
    const other = matching(x, y);
    const condition = prims.eq(
      prims.mod(prims.iota([sizeOf(x.shape)], 0, 'i32'), prims.full([x.size], 2 + (c % 2), 'i32')),
      prims.full([x.size], 0, 'i32'),
    );
    return other && prims.select(prims.reshape(condition, x.shape), x, other);
  },
  sum: (x, _, [, , c]) => (x.dtype === 'bool' ? null : prims.sum(x, some(x.ndim, c))),
  reduceMax: (x, _, [, , c]) => prims.reduceMax(x, some(x.ndim, c)),
  argMax: (x, _, [, , c]) =>
    x.dtype === 'i32' && x.ndim && x.shape[axisOf(x, c)] ? prims.argMax(x, axisOf(x, c)) : null,
  cumSum: (x, _, [, , c]) => (x.dtype !== 'bool' && x.ndim ? prims.cumSum(x, axisOf(x, c)) : null),
  argSort: (x, _, [, , c]) => (x.dtype === 'i32' && x.ndim ? prims.argSort(x, axisOf(x, c)) : null),
  reshape: (x, _, [, , c]) =>
    x.ndim > 3 || c % 2 ? prims.reshape(x, [x.size]) : prims.reshape(x, [1, ...x.shape]),
  transpose: (x, _, [, , c]) =>
    prims.transpose(
      x,
      range(x.ndim).map((i) => (i + c) % x.ndim),
    ),
  broadcast: (x, _, [, , c, d]) => {
    const at = c % (x.ndim + 1);
    const shape = x.shape.toSpliced(at, 0, 1 + (d % 3));
    return x.ndim < 4 && sizeOf(shape) <= largest
      ? prims.broadcast(x, shape, without(range(x.ndim + 1), [at]))
      : null;
  },
  slice: (x, _, [, , c, d]) =>
    prims.slice(x, {
      start: x.shape.map((n) => c % (n + 1)),
      stop: x.shape.map((n) => n),
      step: x.shape.map((_, i) => 1 + ((d >> i) & 1)),
    }),
  pad: (x, _, [, , c, d]) =>
    x.size * 2 ** x.ndim > largest / 2
      ? null
      : prims.pad(x, {
          low: x.shape.map((_, i) => (c >> i) & 1),
          high: x.shape.map((_, i) => (d >> i) & 1),
          interior: x.shape.map((_, i) => (c >> (i + 4)) & 1),
        }),
  flip: (x, _, [, , c]) => prims.flip(x, some(x.ndim, c)),
  concat: (x, y, [, , c]) =>
    x.ndim && x.size + y.size <= largest && y.dtype === x.dtype && sameShape(x.shape, y.shape)
      ? prims.concat([x, y], axisOf(x, c))
      : null,
  gather: (x, y, [, , c]) =>
    x.ndim && y.dtype === 'i32' && y.ndim < 2 && x.size * y.size <= largest
      ? prims.gather(x, y, { axis: axisOf(x, c), batch: 0 })
      : null,
  scatterAdd: (x, y, [, , c]) =>
    x.dtype !== 'bool' && x.ndim && y.dtype === 'i32' && sameShape(y.shape, [x.shape[0]])
      ? prims.scatterAdd(x, y, { axis: 0, batch: 0, size: 1 + (c % 4) })
      : null,
  scatter: (x, y, [, , c, d]) => {
    if (!x.ndim || y.dtype !== 'i32' || y.ndim > 1 || x.size * y.size > largest) return null;
    const at = { axis: axisOf(x, c), batch: 0 };
    const by = isStorage(x.dtype)
      ? 'set'
      : (['set', 'max', 'min', 'add'] as const)[x.dtype === 'bool' ? d % 3 : d % 4];
    return prims.scatter(x, y, prims.gather(prims.flip(x, [at.axis]), y, at), { by, ...at });
  },
  dynamicSlice: (x, y, [, , c, d]) => prims.dynamicSlice(x, startsOf(x, y, c), { sizes: partSizes(x, d) }),
  dynamicUpdate: (x, y, [, , c, d]) => {
    const part = prims.dynamicSlice(x, startsOf(x, y, d), { sizes: partSizes(x, d) });
    return prims.dynamicUpdate(x, part, startsOf(x, y, c));
  },
  dot: (x, y, [, , c]) => {
    if (x.dtype === 'bool' || y.dtype !== x.dtype || !x.ndim || !y.ndim || x.ndim + y.ndim > 4) return null;
    if (x.shape[x.ndim - 1] !== y.shape[0] || (x.size / (x.shape[x.ndim - 1] || 1)) * y.size > 4 * largest)
      return null;
    const lhs = letters.slice(0, x.ndim);
    const rhs = letters.slice(x.ndim - 1, x.ndim - 1 + y.ndim);
    const free = [...lhs.slice(0, -1), ...rhs.slice(1)];
    const turned = c % 2 ? free.reverse() : free;
    return prims.dot(x, y, { lhs, rhs, out: turned.join('') });
  },
  conv: (x, y, [, , c, d]) => (x.size * y.size > 4 * largest ? null : convolved(x, y, c, d)),
};

/** What a loop or a branch does with an operand of its own, `x`, another, and what it closes over. */
type Region = (x: Tensor, y: Tensor, choices: Choices, body: Program, outer: readonly Tensor[]) => Tensor[];

/** What `body` makes of `own` and `outer` that is like `x`: the last such. Floats stay small, however often it runs. */
function next(body: Program, x: Tensor, own: readonly Tensor[], outer: readonly Tensor[]): Tensor {
  const made = performAll(body, [...outer, ...own]);
  const alike = made.findLast((value) => value.dtype === x.dtype && sameShape(value.shape, x.shape)) ?? x;
  return isFloat(x.dtype) && !isStorage(x.dtype) ? prims.sin(alike) : alike;
}

/** A whole number from 0 to `most` that depends on `x`, unless `x` is a float, whose rounding it would turn on. */
function wholeFrom(x: Tensor, most: number, choice: number): Tensor {
  if (isFloat(x.dtype)) return prims.full([], choice % (most + 1), 'i32');
  return prims.mod(prims.sum(prims.cast(x, 'i32'), range(x.ndim)), prims.full([], most + 1, 'i32'));
}

const regions: Record<string, Region> = {
  scan: (x, y, [, , c, d], body, outer) => {
    const xs = y.ndim ? [y] : [];
    const options = { length: xs[0]?.shape[0] ?? d % 4, reverse: c % 2 === 1 };
    const round = (carry: Tensor, entries: readonly Tensor[]): [Tensor, Tensor] => {
      const made = next(body, carry, [...entries, carry], outer);
      return [made, c % 4 < 2 ? made : (entries[0] ?? carry)];
    };
    return scan(round, x, xs, options);
  },
  cond: (x, y, [, , , d], body, outer) => {
    const branch = (steps: Program) => (value: Tensor) => next(steps, value, [value], outer);
    const predicate = prims.eq(wholeFrom(y, 1, d), prims.full([], 0, 'i32'));
    return [cond(predicate, branch(body), branch(body.toReversed()), x)];
  },
  checkpoint: (x, y, _, body, outer) => [
    checkpoint((one: Tensor, other: Tensor) => next(body, one, [other, one], outer))(x, y),
  ],
  whileLoop: (x, y, [, , , d], body, outer) => {
    const rounds = wholeFrom(y, 3, d);
    const [, last] = whileLoop(
      ([k]: readonly Tensor[]) => prims.lt(k, rounds),
      ([k, carry]: readonly Tensor[]) => [
        prims.add(k, prims.full([], 1, 'i32')),
        next(body, carry, [carry], outer),
      ],
      [prims.full([], 0, 'i32'), x],
    );
    return [last];
  },
};

/** Instructions; those that run a program of their own have it behind their choices. */
export type Program = readonly (readonly [op: string, choices: Choices, body: Program])[];

/** Programs of the instructions in `ops`, whose own programs nest `depth` deep. */
function programOf(ops: readonly string[], depth: number, size: fc.ArrayConstraints): fc.Arbitrary<Program> {
  const plain = ops.filter((op) => !Object.hasOwn(regions, op));
  const body = depth > 0 ? programOf(ops, depth - 1, { minLength: 1, maxLength: 4 }) : fc.constant([]);
  return fc.array(
    fc.tuple(
      fc.constantFrom(...(depth > 0 ? ops : plain)),
      fc.tuple(fc.nat(99), fc.nat(99), fc.nat(255), fc.nat(255)),
      body,
    ),
    size,
  );
}

const plain = Object.keys(instructions);
const whole = { minLength: 4, maxLength: 14 };
/** Loops and branches come up as often as all else together, and rounds of loops are worth fewer instructions. */
const few = { minLength: 2, maxLength: 7 };
const among = (names: readonly string[]): string[] => [
  ...plain,
  ...range(plain.length).map((i) => names[i % names.length]),
];

export const program: fc.Arbitrary<Program> = programOf(plain, 0, whole);

/** Programs with loops and branches in them. */
export const loopingProgram: fc.Arbitrary<Program> = programOf(among(Object.keys(regions)), 2, few);

/** The same without whileLoop, which has no reverse mode. */
export const reversibleProgram: fc.Arbitrary<Program> = programOf(
  among(Object.keys(regions).filter((op) => op !== 'whileLoop')),
  2,
  few,
);

/** Runs the program on `inputs`; an instruction that does not apply to its operands is left out. Gives all values. */
function performAll(steps: Program, inputs: readonly Tensor[]): Tensor[] {
  const values = [...inputs];
  for (const [op, choices, body] of steps) {
    const [x, y] = [values[choices[0] % values.length], values[choices[1] % values.length]];
    const made = Object.hasOwn(regions, op)
      ? regions[op](x, y, choices, body, values.slice(-3))
      : [isStorage(x.dtype) && !moves.has(op) ? [] : (instructions[op](x, y, choices) ?? [])].flat();
    values.push(...made.filter((value) => value.size <= 4 * largest));
  }
  return values;
}

/** The last values of the program on `inputs`, and the first. */
export function perform(steps: Program, inputs: readonly Tensor[]): Tensor[] {
  const values = performAll(steps, inputs);
  return [...values.slice(-3), values[0]];
}

/** Operands to begin with: three of `dtype`, then i32 and bool. */
export const inputSet = (dtype: DType, seed: number): Grid[] => [
  draw(dtype, [2, 3], seed),
  draw(dtype, [3], seed + 1),
  draw(dtype, [], seed + 2),
  draw('i32', [3], seed + 3),
  draw('bool', [2, 3], seed + 4),
];

export const instructionNames = Object.keys(instructions);

/** `op` on what it gave before, up to `times` times, each time with the next of `choices`, after `inputs`. */
export function repeat(
  op: string,
  choices: readonly Choices[],
  times: number,
  inputs: readonly Tensor[],
): Tensor[] {
  const values = [...inputs];
  for (let i = 0; i < times; i++) {
    const own = choices[i % choices.length];
    const before = values.slice(-2 - (own[0] % 2)); // the last, and sometimes one before it
    const [x, y] = [before[before.length - 1], own[1] % 2 ? before[0] : inputs[own[1] % inputs.length]];
    const made = instructions[op](x, y, own) ?? instructions[op](inputs[own[0] % inputs.length], y, own);
    if (made && made.size <= 4 * largest) values.push(made);
  }
  return values.slice(-2);
}
