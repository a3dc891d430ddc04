// Statements, addresses and subroutines of the code language, as WebAssembly.
import { describe, expect, test } from 'vitest';
import {
  apply,
  call,
  type Expression,
  index,
  lane,
  lanesOf,
  let_,
  load,
  loop,
  number,
  plus,
  read,
  type Statement,
  type Subroutine,
  set,
  splat,
  store,
  times,
  type,
  variable,
} from '../../../src/compile/index.ts';
import { buffer, execute, routine } from './kernels.ts';

const floats = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i + 1);
const i32 = (x: Expression): Expression => apply('cast', [x], 'i32');

const choose = (
  condition: Expression,
  ...[whenTrue, whenFalse]: readonly (readonly Statement[])[]
): Statement => ({ kind: 'if', condition, whenTrue, whenFalse });

/** What `body` stores into an array of `size` whole numbers, from an array of 1, 2, 3, … 16. */
function stored(
  size: number,
  body: (out: ReturnType<typeof buffer>, x: ReturnType<typeof buffer>) => Statement[],
): number[] {
  const [out, x] = [buffer('i32', size), buffer('f32', 16)];
  const kernels = { inputs: [x], outputs: [out], routines: [routine(1, () => body(out, x))] };
  return Array.from(execute(kernels, [floats(16)])[0]);
}

describe('A loop', () => {
  test.each([
    [0, 5, 1, 10],
    [0, 5, 2, 6],
    [3, 4, 7, 3],
    [2, 2, 1, 0],
    [5, 1, 1, 0],
  ])('from %i below %i by %i visits what it should, its bounds constant or not', (from, to, step, sum) => {
    const sums = stored(2, (out) => {
      const ends = [from, to].map((value) => ({ value, it: variable(index) }));
      const bounds = [ends.map(({ value }) => number(value)), ends.map(({ it }) => read(it))];
      return [
        ...ends.map(({ it, value }) => let_(it, apply('add', [number(value - 1), number(1)]))),
        ...bounds.flatMap(([first, last], k) => {
          const [total, i] = [variable(index), variable(index)];
          return [
            let_(total, number(0)),
            loop(i, first, last, step, [set(total, plus(read(total), read(i)))]),
            store(out, number(k), i32(read(total))),
          ];
        }),
      ];
    });
    expect(sums).toEqual([sum, sum]);
  });

  test('may lie in a loop and in a branch', () => {
    const [i, j, total] = [variable(index), variable(index), variable(index)];
    const [sum] = stored(1, (out) => [
      let_(total, number(0)),
      loop(i, number(0), number(4), 1, [
        choose(
          apply('eq', [apply('mod', [read(i), number(2)]), number(0)], 'bool'),
          [loop(j, number(0), read(i), 1, [set(total, plus(read(total), number(10)))])],
          [set(total, plus(read(total), number(1)))],
        ),
      ]),
      store(out, number(0), i32(read(total))),
    ]);
    expect(sum).toBe(22);
  });
});

describe('An address', () => {
  // indices whose parts lie below 0 although their sum does not
  const k = variable(index);
  const shapes: [string, Expression, number][] = [
    ['a constant', number(7), 7],
    ['a variable and a constant', plus(read(k), number(4)), 7],
    ['a variable less a constant', plus(read(k), number(-2)), 1],
    ['a constant less a variable', plus(number(15), times(read(k), -1)), 12],
    ['far below 0 before the constant is added', plus(times(read(k), -100_000_000), number(300_000_005)), 5],
    ['a product of sums', times(plus(read(k), number(1)), 3), 12],
    ['a quotient', apply('div', [times(read(k), 5), number(2)]), 7],
    ['a remainder', plus(number(2), apply('mod', [read(k), number(2)])), 3],
  ];
  test.each(shapes)('that is %s is where it should be', (_, at, expected) => {
    const [found] = stored(1, (out, x) => [let_(k, number(3)), store(out, number(0), i32(load(x, at)))]);
    expect(found).toBe(expected + 1);
  });

  test('of a variable that changes is where it is then', () => {
    const found = stored(3, (out, x) => [
      let_(k, number(2)),
      store(out, number(0), i32(load(x, plus(read(k), number(1))))),
      set(k, number(-1)),
      store(out, number(1), i32(load(x, plus(read(k), number(1))))),
      loop(variable(index), number(0), number(3), 1, [set(k, plus(read(k), number(2)))]),
      store(out, number(2), i32(load(x, read(k)))),
    ]);
    expect(found).toEqual([4, 1, 6]);
  });
});

describe('Vectors', () => {
  test('are loaded and stored at any element, booleans too', () => {
    const [x, b] = [buffer('f32', 9), buffer('bool', 9)];
    const [y, c] = [buffer('f32', 9), buffer('bool', 9)];
    const body = routine(1, () => [
      store(y, number(3), load(x, number(5), 4)),
      store(c, number(1), load(b, number(3), 4)),
      store(c, number(5), apply('lt', [load(x, number(1), 4), splat(number(3.5, 'f32'), 4)], 'bool')),
      store(c, number(0), number(1, 'bool')),
    ]);
    const [ys, cs] = execute({ inputs: [x, b], outputs: [y, c], routines: [body] }, [
      floats(9),
      Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 1, 1),
    ]);
    expect(Array.from(ys.subarray(3, 7))).toEqual([6, 7, 8, 9]);
    expect(Array.from(cs)).toEqual([1, 1, 0, 0, 1, 1, 1, 0, 0]);
  });

  test('are made of lanes and taken apart, booleans too', () => {
    const at = [0, 1, 2, 3].map((i) => number(i));
    const found = stored(16, (out, x) => {
      const [whole, mask] = [variable(type('f32', 4)), variable(type('bool', 4))];
      const reversed = at.toReversed().map((i) => load(x, i));
      const odd = at.map((i) => apply('eq', [apply('mod', [i, number(2)]), number(1)], 'bool'));
      return [
        let_(whole, lanesOf(reversed)),
        let_(mask, lanesOf(odd)),
        ...at.flatMap((i, k) => [
          store(out, i, i32(lane(read(whole), k))),
          store(out, plus(i, number(4)), i32(lane(read(mask), k))),
        ]),
        store(out, number(8), apply('cast', [splat(lane(read(whole), 1), 4)], 'i32')),
        store(out, number(12), apply('cast', [splat(lane(read(mask), 1), 4)], 'i32')),
      ];
    });
    expect(found).toEqual([4, 3, 2, 1, 0, 1, 0, 1, 3, 3, 3, 3, 1, 1, 1, 1]);
  });

  test('hold constants of every kind on all lanes', () => {
    const [f, b] = [buffer('f32', 8), buffer('bool', 8)];
    const body = routine(1, () => [
      store(f, number(0), splat(number(-0, 'f32'), 4)),
      store(f, number(4), lanesOf([NaN, Infinity, 1e-45, 0.1].map((x) => number(x, 'f32')))),
      store(b, number(0), splat(number(1, 'bool'), 4)),
      store(b, number(4), lanesOf([0, 1, 1, 0].map((x) => number(x, 'bool')))),
    ]);
    const [fs, bs] = execute({ outputs: [f, b], routines: [body] });
    expect(Array.from(fs)).toEqual([-0, -0, -0, -0, NaN, Infinity, ...[1e-45, 0.1].map(Math.fround)]);
    expect(Array.from(bs)).toEqual([1, 1, 1, 1, 0, 1, 1, 0]);
  });
});

describe('A subroutine', () => {
  const [x, n] = [variable(type('f32')), variable(index)];
  const [power, i] = [variable(type('f32')), variable(index)];
  const repeated: Subroutine = {
    name: 'repeated',
    parameters: [x, n],
    body: [
      let_(power, number(1, 'f32')),
      loop(i, number(0), read(n), 1, [set(power, apply('mul', [read(power), read(x)]))]),
    ],
    result: read(power),
  };

  test('gives a result, also to another subroutine', () => {
    const y = variable(type('f32'));
    const twice: Subroutine = {
      name: 'twice',
      parameters: [y],
      body: [],
      result: call(repeated, [call(repeated, [read(y), number(2)]), number(3)]),
    };
    const found = stored(2, (out) => [
      store(out, number(0), i32(call(repeated, [number(3, 'f32'), number(4)]))),
      store(out, number(1), i32(call(twice, [number(2, 'f32')]))),
    ]);
    expect(found).toEqual([81, 64]);
  });

  test('works at places of buffers, wherever those are', () => {
    const [from, to] = [buffer('f32', 4), buffer('f32', 4)];
    const double: Subroutine = {
      name: 'double',
      parameters: [from, to],
      body: [store(to, number(1), apply('mul', [load(from, number(2)), number(2, 'f32')]))],
    };
    const [input, output] = [buffer('f32', 16), buffer('f32', 16)];
    const [between, own] = [buffer('f32', 16), buffer('f32', 16)];
    const step = (a: typeof input, at: number, b: typeof input, to: number): Statement => ({
      kind: 'run',
      callee: double,
      arguments: [
        { kind: 'place', buffer: a, at: number(at) },
        { kind: 'place', buffer: b, at: number(to) },
      ],
    });
    const kernels = {
      inputs: [input],
      outputs: [output],
      arena: [buffer('f32', 3), between],
      scratch: [buffer('f64', 5), own],
      routines: [
        routine(1, () => [step(input, 4, between, 3), step(between, 2, own, 7), step(own, 6, output, 0)]),
      ],
    };
    expect(execute(kernels, [floats(16)])[0][1]).toBe(7 * 8);
  });
});
