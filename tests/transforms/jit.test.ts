// jit: traced once for each kind of argument, compiled for the engine that is chosen when it is called.
import { beforeEach, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type Engine, setEngine } from '../../src/graph/index.ts';
import {
  add,
  copy,
  exp,
  mul,
  neg,
  reshape,
  sin,
  sum,
  tensor,
  transpose,
  zeros,
} from '../../src/ops/index.ts';
import {
  fromTypedArray,
  type Tensor,
  TraceError,
  type Tree,
  treeLeaves,
  treeMap,
} from '../../src/tensor/index.ts';
import { grad, jit, type TreeFunction, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { trainingArguments, trainingStep } from '../helpers/training.ts';

const reference = useEngine('reference');

beforeEach(() => {
  useEngine('reference');
});

/** `f`, and how often it was called. */
function counted<A extends readonly Tree[], R extends Tree>(
  f: TreeFunction<A, R>,
): { f: TreeFunction<A, R>; calls: () => number } {
  let calls = 0;
  return {
    f: (...args) => {
      calls++;
      return f(...args);
    },
    calls: () => calls,
  };
}

describe('jit', () => {
  test('gives what its function gives, in the same tree', () => {
    const f = (p: { a: Tensor; b: readonly [Tensor, Tensor] }, x: Tensor): { y: Tensor; all: Tensor[] } => ({
      y: mul(p.a, x),
      all: [p.b[1], sum(p.b[0]), x],
    });
    const args = [{ a: tensor(2), b: [tensor([1, 2]), tensor(true)] }, tensor([3, 4])] as const;
    const [plain, compiled] = [f(...args), jit(f)(...args)];
    expect(compiled.y.toArray()).toEqual([6, 8]);
    expect(compiled.all.map((t) => t.toArray())).toEqual(plain.all.map((t) => t.toArray()));
    expect(Object.keys(compiled)).toEqual(['all', 'y']);
  });

  test('traces once for each combination of shapes, dtypes and structure', () => {
    const { f, calls } = counted((x: Tree) => x);
    const compiled = jit(f);
    const kinds: Tree[] = [
      tensor([1, 2], 'f32'),
      tensor([1, 2, 3]),
      tensor([[1, 2]]),
      tensor([1, 2], 'f64'),
      tensor([1, 2], 'i32'),
      [tensor([1, 2])],
      { a: tensor([1, 2]) },
      { b: tensor([1, 2]) },
    ];
    for (const x of [...kinds, ...kinds, ...kinds]) compiled(x);
    expect(calls()).toBe(kinds.length);
    compiled(tensor([5, 6]));
    expect(calls()).toBe(kinds.length);
  });

  test('tells apart trees whose leaves are alike', () => {
    const compiled = jit((p: Tensor[], q: Tensor[]) => add(p[0], p.length > 1 ? 10 : q[0]));
    const [a, b] = [tensor(1), tensor(2)];
    expect(compiled([a], [b, b]).item()).toBe(3);
    expect(compiled([a, b], [b]).item()).toBe(11);
  });

  test('keeps each compiled function by itself', () => {
    const make = (c: number) => jit((x: Tensor) => mul(x, c));
    expect([make(2), make(3)].map((f) => f(tensor(5)).item())).toEqual([10, 15]);
  });

  test('reads what it closes over at the first call, and keeps it', () => {
    let c = tensor(10);
    const compiled = jit((x: Tensor) => add(x, c));
    expect(compiled(tensor(1)).item()).toBe(11);
    c = tensor(20);
    expect(compiled(tensor(1)).item()).toBe(11);
    expect(compiled(tensor([1])).toArray()).toEqual([21]);
  });

  test('takes a function of nothing, and gives constants', () => {
    const { f, calls } = counted(() => ({ a: zeros([2]), b: tensor(3) }));
    const compiled = jit(f);
    expect([compiled().a.toArray(), compiled().b.item(), calls()]).toEqual([[0, 0], 3, 1]);
  });

  test('gives results that later calls do not change', () => {
    const compiled = jit((x: Tensor) => [x, mul(x, 2), zeros([2])]);
    const first = compiled(tensor([1, 2]));
    compiled(tensor([3, 4]));
    expect(first.map((t) => t.toArray())).toEqual([
      [1, 2],
      [2, 4],
      [0, 0],
    ]);
  });

  test('is part of the trace around it, for which it is traced once', () => {
    const { f, calls } = counted((x: Tensor) => sin(x));
    const inner = jit(f);
    const outer = jit((x: Tensor) => add(inner(x), inner(mul(x, 2))));
    expect(outer(tensor(1, 'f64')).item()).toBeCloseTo(Math.sin(1) + Math.sin(2), 14);
    expect(calls()).toBe(1);
    expect(grad(inner)(tensor(0, 'f64')).item()).toBe(1);
    expect(vmap(inner)(tensor([0, 0])).toArray()).toEqual([0, 0]);
  });

  test('traces again after its function has thrown', () => {
    let broken = true;
    const compiled = jit((x: Tensor) => {
      if (broken) throw new RangeError('on purpose');
      return x;
    });
    expect(() => compiled(tensor(1))).toThrow('on purpose');
    broken = false;
    expect(compiled(tensor(1)).item()).toBe(1);
  });

  test('follows the chosen engine without tracing again', () => {
    const { f, calls } = counted((x: Tensor) => mul(x, 2));
    const compiled = jit(f);
    const seen: string[] = [];
    const engine = (name: string): Engine => ({
      name,
      compile: (graph) => {
        const run = reference.compile(graph);
        return (inputs) => {
          seen.push(name);
          return run(inputs);
        };
      },
    });
    for (const e of [engine('first'), engine('second')]) {
      setEngine(e);
      expect(compiled(tensor(4)).item()).toBe(8);
    }
    expect(seen).toEqual(['first', 'second']);
    expect(calls()).toBe(1);
  });

  test('refuses to read a traced value, and says what to do instead', () => {
    const compiled = jit((x: Tensor) => (x.item() > 0 ? x : mul(x, 2)));
    expect(() => compiled(tensor(1))).toThrow(TraceError);
    expect(() => compiled(tensor(1))).toThrow('branch with where(…)');
  });

  test('refuses a value that has left its trace', () => {
    const kept: Tensor[] = [];
    jit((x: Tensor) => {
      kept.push(x);
      return x;
    })(tensor(1));
    expect(() => jit((x: Tensor) => x)(kept[0])).toThrow('a traced value was used after its trace ended');
    expect(() => jit((x: Tensor) => add(x, kept[0]))(tensor(1))).toThrow(TraceError);
  });

  test('names a leaf that is not a tensor, in and out', () => {
    const wrong = 3 as unknown as Tensor;
    expect(() => jit((p: { lr: Tensor }) => p.lr)({ lr: wrong })).toThrow(
      'jit: leaf [0].lr is 3, not a tensor',
    );
    expect(() => jit(() => [tensor(1), wrong])()).toThrow("jit: the function's result: leaf [1] is 3");
    expect(() => jit(() => undefined as unknown as Tensor)()).toThrow('leaf itself is undefined');
  });
});

const donatedMessage =
  'donated to a jitted function (donate: […]), which may have written its result over it';

describe.each(engineNames())('jit that is given its arguments, on the %s engine', (engine) => {
  beforeEach(() => {
    useEngine(engine);
  });

  const square = (seed = 0): Tensor => randomTensor([6, 6], seed, 'f32');

  test('gives the same bits as without, step after step', () => {
    useEngine('reference');
    const [model, state, x, y] = trainingArguments([20, 30, 12], 40);
    useEngine(engine);
    const kept = jit(trainingStep);
    const given = jit(trainingStep, { donate: [0, 1] });
    let [a, b] = [kept(model, state, x, y), given(treeMap(copy, model), treeMap(copy, state), x, y)];
    for (let i = 0; i < 2; i++) {
      a = kept(a.next, a.after, x, y);
      b = given(b.next, b.after, x, y);
    }
    expect(treeLeaves(b).map(numbers)).toEqual(treeLeaves(a).map(numbers));
  });

  test('gives what it should where it reads them elsewhere too', () => {
    const f = (x: Tensor): Tensor[] => {
      const y = add(x, transpose(x));
      return [y, neg(sum(mul(x, y), 0)), add(exp(transpose(x)), 1)];
    };
    const expected = jit(f)(square()).map(numbers);
    expect(jit(f, { donate: [0] })(square()).map(numbers)).toEqual(expected);
  });

  test('refuses to read them afterwards, and says why', () => {
    const f = jit((x: Tensor, y: Tensor) => add(x, y), { donate: [0] });
    const [x, y] = [square(), square(1)];
    const result = f(x, y);
    expect(() => x.data).toThrow(TraceError);
    expect(() => x.toArray()).toThrow(donatedMessage);
    expect(y.data.length + result.data.length).toBe(72);
    const again = f(result, y); // what the engine made itself
    expect(() => result.data).toThrow(donatedMessage);
    expect(again.data.length).toBe(36);
  });

  test('keeps apart one tensor that is passed twice and given once', () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => {
      const e = exp(x);
      return [add(e, 1), mul(e, transpose(y))];
    };
    const step = jit(f, { donate: [0] });
    const x = square();
    const expected = jit(f)(x, x).map(numbers);
    expect(step(x, x).map(numbers)).toEqual(expected);
    expect(() => x.data).toThrow(donatedMessage);
  });

  test('keeps apart two tensors over one array, of which one is given', () => {
    const array = Float32Array.from({ length: 36 }, (_, i) => i);
    const before = array.slice();
    const [x, y] = [0, 1].map(() => fromTypedArray(array, [6, 6], 'f32'));
    const [first, second] = jit((x: Tensor, y: Tensor) => [add(x, 1), transpose(y)], { donate: [0] })(x, y);
    expect(first.data).toEqual(before.map((value) => value + 1));
    expect(second.data).toEqual(before.map((_, i) => before[(i % 6) * 6 + Math.floor(i / 6)]));
    expect(y.data).toEqual(before);
  });

  test('never shows wrong numbers of a tensor that shares memory with one given', () => {
    const step = jit((x: Tensor) => add(x, 1), { donate: [0] });
    useEngine('reference');
    const x = square();
    const flat = reshape(x, [36]);
    useEngine(engine);
    const before = numbers(x);
    step(flat);
    expect(() => flat.data).toThrow(donatedMessage);
    expectNumbersOrNone(x, before);

    const [first, second] = jit((x: Tensor) => [neg(x), neg(x)])(square());
    const negated = numbers(second);
    step(first);
    expectNumbersOrNone(second, negated);
  });

  test('takes an argument that is given twice, and one that is a result itself', () => {
    const f = (x: Tensor): Tensor[] => {
      const e = exp(x);
      return [add(e, 1), mul(e, 2)];
    };
    const expected = jit(f)(square()).map(numbers);
    expect(jit(f, { donate: [0, 0] })(square()).map(numbers)).toEqual(expected);
    const x = square();
    const [same, next] = jit((x: Tensor) => [x, neg(x)], { donate: [0] })(x);
    expect(numbers(same)).toEqual(numbers(square()));
    expect(numbers(next)).toEqual(numbers(square()).map((value) => -value));
  });
});

test.each(engineNames())('On the %s engine, jit takes nothing that it was given before', (engine) => {
  useEngine(engine);
  const f = jit((x: Tensor) => add(x, 1), { donate: [0] });
  const x = randomTensor([6, 6], 0, 'f32');
  const result = f(x);
  expect(() => f(x)).toThrow(donatedMessage);
  expect(() => neg(x)).toThrow(donatedMessage);
  const total = jit((y: Tensor) => sum(y), { donate: [0] }); // nothing is written over y
  const y = randomTensor([6, 6], 1, 'f32');
  total(y);
  expect(() => total(y)).toThrow(donatedMessage);
  f(result); // what the engine made itself
  expect(() => f(result)).toThrow(donatedMessage);
});

const numbers = (x: Tensor): number[] => Array.from(x.data);

/** `x` has `expected`, or refuses to be read. */
function expectNumbersOrNone(x: Tensor, expected: readonly number[]): void {
  let found: number[] | undefined;
  try {
    found = numbers(x);
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError);
  }
  expect(found ?? expected).toEqual(expected);
}

test('jit refuses to be given an argument that there is not', () => {
  const f = jit((x: Tensor) => x, { donate: [7] });
  expect(() => f(tensor(1))).toThrow(RangeError);
  expect(() => f(tensor(1))).toThrow('jit: donate names argument 7, but the function was given 1');
});

describe('Static arguments', () => {
  const power = (x: Tensor, how: { times: number; sign?: string | null }, bias: Tensor): Tensor => {
    let y = x;
    for (let i = 1; i < how.times; i++) y = mul(y, x);
    return add(how.sign === '-' ? neg(y) : y, bias);
  };
  const [x, bias] = [tensor([1, 2, 3], 'f32'), tensor(1)];

  test('are seen as they are, and compiled for once each', () => {
    let calls = 0;
    const f = jit(
      (a: Tensor, how: Parameters<typeof power>[1], b: Tensor) => {
        calls++;
        return power(a, how, b);
      },
      { static: [1] },
    );
    for (let again = 0; again < 2; again++)
      for (const how of [{ times: 2 }, { times: 3 }, { times: 2, sign: '-' }, { times: 2, sign: null }])
        expect(f(x, how, bias).toArray()).toEqual(power(x, how, bias).toArray());
    expect(calls).toBe(4);
    f(tensor([1, 2]), { times: 2 }, bias);
    expect(calls).toBe(5);
  });

  test('are told from each other: −0 from 0, NaN from null, undefined, texts from numbers, functions', () => {
    let calls = 0;
    const f = jit(
      (a: Tensor, _: unknown) => {
        calls++;
        return neg(a);
      },
      { static: [1] },
    );
    const values = [
      0,
      -0,
      1,
      '1',
      true,
      null,
      undefined,
      Number.NaN,
      'NaN',
      'null',
      [1],
      ['1'],
      { a: 1 },
      [],
      {},
    ];
    const functions = [() => 1, () => 1];
    for (let again = 0; again < 2; again++) for (const value of [...values, ...functions]) f(x, value);
    expect(calls).toBe(values.length + functions.length);
    expect(() => f(x, new Map())).toThrow(
      new TypeError(
        'jit: static argument 1 is Map; it must be a string, a number, a boolean, null, undefined, a function, or a plain object or an array of such',
      ),
    );
    expect(() => f(x, { a: [tensor(1)] })).toThrow('jit: static argument 1.a[0] is i32[]');
  });

  test('may lie before what is donated, and are not donated themselves', () => {
    const f = jit((how: { times: number }, a: Tensor) => power(a, how, bias), { static: [0], donate: [1] });
    const given = copy(x);
    expect(f({ times: 2 }, given).toArray()).toEqual([2, 5, 10]);
    expect(() => given.toArray()).toThrow(TraceError);
    const both = jit((_: number, a: Tensor) => neg(a), { static: [0], donate: [0] });
    expect(() => both(1, x)).toThrow('jit: argument 0 is both static and donated');
  });

  test('are there while another function is traced, too', () => {
    const f = jit((a: Tensor, how: { times: number }) => sum(power(a, how, bias)), { static: [1] });
    expect(grad((a: Tensor) => f(a, { times: 2 }))(x).toArray()).toEqual([2, 4, 6]);
  });
});

test('The entries of a jitted function are bounded: the one that was not needed for longest is compiled anew', () => {
  let calls = 0;
  const f = jit(
    (a: Tensor, _: number) => {
      calls++;
      return neg(a);
    },
    { static: [1] },
  );
  const x = tensor([1, 2]);
  for (let i = 0; i < 256; i++) f(x, i);
  f(x, 0);
  expect(calls).toBe(256);
  f(x, 256); // in the place of 1
  f(x, 0);
  f(x, 2);
  expect(calls).toBe(257);
  f(x, 1);
  expect(calls).toBe(258);
});
