// The checked front: every public function, given garbage in place of each argument, takes it or says so by name.
import { rmSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { trace } from '../src/graph/index.ts';
import * as umbra from '../src/index.ts';
import { type Argument, exported, folder, type Public, publicFunctions } from './helpers/public.ts';

const { Tensor, tensor, useEngine, zeros } = umbra;

const itself: unknown[] = [];
itself.push(itself);

/** What plain JavaScript may hand over. Labels of numbers and tensors are those whose names a message need not repeat. */
const garbage: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '1.5': 1.5,
  '-1': -1,
  true: true,
  '"3"': '3',
  '""': '',
  'a symbol': Symbol('s'),
  '10n': 10n,
  function: () => 1,
  async: async () => 1,
  '{}': {},
  '{ axis }': { axis: 0, lr: 1 },
  bare: Object.create(null),
  odd: Object.create(Object.create(null)),
  Date: new Date(),
  Map: new Map(),
  Promise: Promise.resolve(1),
  RegExp: /a/,
  ArrayBuffer: new ArrayBuffer(8),
  DataView: new DataView(new ArrayBuffer(8)),
  bigints: BigInt64Array.of(1n),
  '[]': [],
  '["a"]': ['a'],
  '[undefined]': [undefined],
  '[null]': [null],
  '[[1], 2]': [[1], 2],
  '[ , 1]': Object.assign(new Array(2), { 1: 1 }),
  '[f]': [() => 1],
  itself,
  bool: tensor([true, false, true]),
  i32: tensor([[5, -7]], 'i32'),
  nothing: zeros([0, 3]),
  cube: zeros([2, 3, 5], 'f64'),
  scalar: tensor(1, 'f32'),
};

const isLoose = (label: string): boolean =>
  typeof garbage[label] === 'number' || garbage[label] === true || garbage[label] instanceof Tensor;

interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
}

function attempt(f: () => unknown): Outcome {
  try {
    return { result: f() };
  } catch (error) {
    return { error };
  }
}

/** The same while a function is traced, its tensors being those of the trace. */
function attemptTraced(call: Public['call'], args: readonly unknown[]): Outcome {
  let outcome: Outcome = {};
  trace((inputs) => {
    const traced = args.map((value) => (value instanceof Tensor ? umbra.asTensor(value) : value));
    outcome = attempt(() => call(...traced));
    return inputs;
  }, []);
  return outcome;
}

const kinds = [umbra.ShapeError, umbra.DTypeError, umbra.TraceError, RangeError, TypeError];

/** What is wrong with `error`, unless it is one line of ours that begins with `op` and names the argument, if one is given. */
function problem(op: string, error: unknown, name?: string): string | undefined {
  if (!(error instanceof Error)) return `threw ${inspect(error)}`;
  const { message } = error;
  if (!kinds.some((kind) => error instanceof kind)) return `a ${error.name}: ${message}`;
  if (/\n|Cannot |is not a function|is not iterable|reading '|\[object/.test(message))
    return `raw: ${message}`;
  // the engines' own messages stand behind the name of a flag or a variable, too
  const own = /^(no engine is called|.* is no number of threads)/.test(message);
  if (!own && !message.startsWith(`${op}: `)) return `no name: ${message}`;
  return own || name === undefined || message.includes(name) ? undefined : `no ${name}: ${message}`;
}

const named = ({ name }: Argument): string => name.replace(/^\[.*/, '[');

describe('The front', () => {
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  useEngine('reference');

  test('is before every function that is exported', () => {
    const known = publicFunctions.map(([name]) => name);
    expect(exported.filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each(publicFunctions)(
    'of %s takes a valid call, and refuses what is missing or too much',
    (_, row) => {
      const { op, call, args, made } = row;
      const given = args.map(({ value }) => value);
      call(...given);
      if (made) return;
      const needed = args.filter(({ optional }) => !optional).length;
      for (let n = 0; n < needed; n++)
        expect(problem(op, attempt(() => call(...given.slice(0, n))).error, named(args[n]))).toBeUndefined();
      for (let n = needed; n < args.length; n++) if (op !== 'clip' || n > 1) call(...given.slice(0, n));
      if (args.length < 2 || /^(slice|at|einsum|hvp|treeMap|linearize|vjp|cond)$/.test(op)) return;
      const { error } = attempt(() => call(...given, 'one', 'too', 'many'));
      expect(problem(op, error, 'arguments given')).toBeUndefined();
    },
  );

  test.each(publicFunctions)('of %s refuses garbage by name, eagerly and traced', (_, row) => {
    const { op, call, args } = row;
    const given = args.map(({ value }) => value);
    const problems = args.flatMap((argument, i) =>
      Object.entries(garbage).flatMap(([label, value]) => {
        if (argument.name === 'path' && label === '"3"') return []; // a path it is
        const may = argument.takes.includes(label);
        const name = may || isLoose(label) || op === 'tensor' ? undefined : named(argument);
        const bad = given.with(i, value);
        return [attempt(() => call(...bad)), attemptTraced(call, bad)].flatMap(({ result, error }) => {
          const wrong =
            error === undefined ? !may && `took it: ${inspect(result)}` : problem(op, error, name);
          return wrong ? [`${argument.name} = ${label}: ${wrong}`] : [];
        });
      }),
    );
    expect(problems).toEqual([]);
  });

  test.each(publicFunctions)('of %s refuses options that there are not', (_, { op, call, args }) => {
    const given = args.map(({ value }) => value);
    const problems = args.flatMap(({ name, value }, i) => {
      if (name !== 'options') return [];
      const keys = Object.keys(value as object);
      const wrong = [Number.NaN, 'x', null, {}, Symbol('s'), 10n, () => 1];
      const isSchedule = (key: string, other: unknown): boolean =>
        key === 'learningRate' && typeof other === 'function';
      const cases = [
        ['lr', 1],
        ...keys.flatMap((key) => wrong.flatMap((other) => (isSchedule(key, other) ? [] : [[key, other]]))),
      ] as const;
      return cases.flatMap(([key, other]) => {
        const bad = given.with(i, { ...(value as object), [String(key)]: other });
        return problem(op, attempt(() => call(...bad)).error, String(key)) ?? [];
      });
    });
    expect(problems).toEqual([]);
  });
});

const x = tensor(
  [
    [1, 2],
    [3, 4],
  ],
  'f32',
);
/** As plain JavaScript has it, which knows no types. */
const js = umbra as unknown as Record<string, (...args: unknown[]) => unknown>;
const message = (f: () => unknown): string => {
  const { result, error } = attempt(f);
  return error instanceof Error ? error.message : `no error but ${inspect(result)}`;
};

describe.each(umbra.engineNames())('What NumPy takes is taken on %s', (engine) => {
  const array = (t: unknown): unknown => (t instanceof Tensor ? [t.dtype, t.toArray()] : t);

  test('arrays for tensors, numbers for shapes, null for what is left out', () => {
    useEngine(engine);
    const cases: [unknown, unknown][] = [
      [umbra.add([1, 2], [3, 4]), ['i32', [4, 6]]],
      [umbra.add([1, 2.5], [3, 4]), ['f32', [4, 6.5]]],
      [
        umbra.add(x, Float64Array.of(1, 2)),
        [
          'f64',
          [
            [2, 4],
            [4, 6],
          ],
        ],
      ],
      [umbra.add(tensor([1], 'i32'), [1.5]), ['f32', [2.5]]],
      [umbra.add(tensor([1], 'i32'), 2), ['i32', [3]]],
      [umbra.matmul([[1, 2]], [[3], [4]]), ['i32', [[11]]]],
      [
        umbra.sum(
          [
            [1, 2],
            [3, 4],
          ],
          null,
          true,
        ),
        ['i32', [[10]]],
      ],
      [umbra.where([true, false], [1, 2], 0), ['i32', [1, 0]]],
      [umbra.concat([[1], [2, 3]]), ['i32', [1, 2, 3]]],
      [umbra.clip([1, 5], 2), ['i32', [2, 5]]],
      [umbra.clip([1, 5], null, 2), ['i32', [1, 2]]],
      [umbra.zeros(3), ['f32', [0, 0, 0]]],
      [umbra.full(2, 7, null), ['f32', [7, 7]]],
      [umbra.reshape(x, 4), ['f32', [1, 2, 3, 4]]],
      [js.reshape(x, Int32Array.of(4, -1)), ['f32', [[1], [2], [3], [4]]]],
      [
        umbra.take(x, [1, 0]),
        [
          'f32',
          [
            [3, 4],
            [1, 2],
          ],
        ],
      ],
      [umbra.take([1, 2, 3], -1), ['i32', 3]],
      [umbra.oneHot([1], 2), ['f32', [[0, 1]]]],
      [umbra.nn.relu([-1, 1]), ['i32', [0, 1]]],
      [umbra.transpose([[1, 2]], null), ['i32', [[1], [2]]]],
      [[x, x].map(umbra.neg).map(array), [array(umbra.neg(x)), array(umbra.neg(x))]],
    ];
    expect(cases.map(([taken]) => array(taken))).toEqual(cases.map(([, wanted]) => wanted));
    const jitted = umbra.jit((t: umbra.Tensor) => [
      umbra.add(t, [1, 2]),
      umbra.take(t, [1]),
      umbra.clip(t, 2),
    ]);
    expect(jitted(x).map(array)).toEqual([
      [
        'f32',
        [
          [2, 4],
          [4, 6],
        ],
      ],
      ['f32', [[3, 4]]],
      [
        'f32',
        [
          [2, 2],
          [3, 4],
        ],
      ],
    ]);
    useEngine('reference');
  });
});

describe('What is not understood', () => {
  test.each<[() => unknown, string]>([
    [
      () => js.add(x),
      'add: y is undefined; it must be a tensor, a number, a boolean or an array of those: add(x, y)',
    ],
    [
      () => js.clip(x),
      'clip: neither low nor high is given: clip(x, low), clip(x, null, high) or clip(x, low, high)',
    ],
    [() => js.reshape(x, 1, 4), 'reshape: 3 arguments given, where it takes 2: reshape(x, [n, …])'],
    [
      () => js.concat(x, x),
      'concat: xs is f32[2, 2]; it must be a list, each entry a tensor, a number, a boolean or an array of those: concat([x, …], axis?)',
    ],
    [
      () => js.sum(x, { axis: 0 }),
      'sum: axis is { axis }; it must be the number of an axis or a list of such: sum(x, axis?, keepdims?)',
    ],
    [
      () => [x, x].map(js.sum),
      'sum: keepdims is [f32[2, 2], f32[2, 2]]; it must be true or false: sum(x, axis?, keepdims?); in map, write xs.map((x) => sum(x))',
    ],
    [
      () => js.conv(x, x, { pading: 1 }),
      'conv: there is no option "pading" in options; there is stride, dilation, padding',
    ],
    [() => umbra.zeros([-1]), 'zeros: shape [-1] has size -1; sizes are whole numbers ≥ 0'],
    [() => umbra.ones([2, 0.5]), 'ones: shape [2, 0.5] has size 0.5; sizes are whole numbers ≥ 0'],
    [
      () => umbra.stack([x, zeros([3])]),
      'stack: shapes [2, 2] and [3] differ; give tensors of one shape, or concat them',
    ],
    [() => umbra.concat([[1], 2]), 'concat: f32[1] and f32[]: shapes differ outside axis 0'],
    [
      () => umbra.nn.mlp(umbra.nn.initMlp(umbra.random.key(0), [3, 2]), x),
      'mlp: [2, 2] · [3, 2]: inner sizes 2 and 3 differ',
    ],
    [
      () => (umbra.nn.sgd as (o: unknown) => unknown)({ lr: 1 }),
      'sgd: there is no option "lr" in options; there is learningRate, momentum',
    ],
    [
      () => umbra.nn.adam({ learningRate: Number.NaN }),
      'adam: learningRate is NaN; it must be a number ≥ 0 or a schedule',
    ],
  ])('%# is refused in one line', (f, wanted) => {
    expect(message(f)).toBe(wanted);
  });

  test('functions that are traced give tensors', () => {
    const of = (f: () => unknown): string => message(() => umbra.jit(f as () => umbra.Tensor)());
    expect(of(async () => x)).toMatch(
      /^jit: the function's result: leaf itself is Promise, .*: await outside of it$/,
    );
    expect(of(() => 3)).toMatch(/^jit: .* is 3, not a tensor; wrap numbers/);
    expect(of(() => undefined)).toMatch(/^jit: .* is undefined, not a tensor/);
    expect(of(() => [new Map()])).toMatch(/^jit: .*leaf \[0\] is Map, not a tensor/);
  });

  test("what a caller's own function throws keeps its name", () => {
    const thrown = message(() => umbra.treeMap((t) => umbra.add(t, zeros([3])), [x]));
    expect(thrown).toBe('add: shapes [2, 2] and [3] do not broadcast (sizes 2 and 3 differ)');
    const own = new TypeError('mine: 1');
    expect(
      attempt(() =>
        umbra.vjp((_: umbra.Tensor): umbra.Tensor => {
          throw own;
        }, x),
      ).error,
    ).toBe(own);
  });

  test('an error that changes its name changes it in its stack, too', () => {
    const { error } = attempt(() => umbra.nn.dense({ weight: x, bias: x }, zeros([3])));
    expect((error as Error).stack).toContain('dense: [3] · [2, 2]: inner sizes');
  });
});

describe("JavaScript's own operators", () => {
  const y = x as unknown as number;
  const refused = /^a tensor, f32\[2, 2\], is no number to JavaScript's operators: write add\(x, 1\)/;

  test.each<[string, () => unknown]>([
    ['x + 1', () => y + 1],
    ['x > 0', () => y > 0],
    ['+x', () => +y],
    // biome-ignore lint/suspicious/noDoubleEquals: what is refused
    ['x == 1', () => y == 1],
    ['Math.max', () => Math.max(y, 1)],
    ['Float32Array', () => Float32Array.of(y)],
  ])('%s is refused', (_, f) => {
    expect(message(f)).toMatch(refused);
    expect(message(() => umbra.jit((t: umbra.Tensor) => ((t as unknown as number) > 0 ? t : t))(x))).toMatch(
      refused,
    );
  });

  test('a tensor still prints, and is its nested arrays in JSON', () => {
    expect(`${x}`).toBe(x.toString());
    expect(inspect(x)).toBe(x.toString());
    expect(JSON.stringify({ x })).toBe('{"x":[[1,2],[3,4]]}');
  });

  test('a shape that is changed afterwards changes no tensor', () => {
    const shape = [2, 3];
    const made = zeros(shape);
    shape[0] = 7;
    expect(made.shape).toEqual([2, 3]);
  });

  test('the class makes no tensors of values', () => {
    const Made = Tensor as unknown as new (values: number[]) => unknown;
    expect(message(() => new Made([1]))).toBe('Tensor: tensors are made by tensor(values, dtype?)');
  });
});
