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
  scalar: tensor(1),
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
      if (args.length < 2 || /^(slice|einsum|hvp|treeMap|linearize|vjp)$/.test(op)) return;
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
      const cases = [['lr', 1], ...keys.flatMap((key) => wrong.map((other) => [key, other]))] as const;
      return cases.flatMap(([key, other]) => {
        const bad = given.with(i, { ...(value as object), [String(key)]: other });
        return problem(op, attempt(() => call(...bad)).error, String(key)) ?? [];
      });
    });
    expect(problems).toEqual([]);
  });
});
