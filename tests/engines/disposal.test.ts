// Tensors whose numbers are given up, by dispose() or at the end of a block, on every engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../src/engines/tfjs/load.ts';
import {
  add,
  arange,
  copy,
  engineNames,
  fromTypedArray,
  jit,
  mul,
  sum,
  type Tensor,
  TraceError,
  useEngine,
} from '../../src/index.ts';

const message =
  'this tensor was given up: disposed of, or donated to a jitted function (donate: […]), which may have written its result over it; use it before, or keep it';

const given = (): Tensor => fromTypedArray(Float32Array.of(1, 2, 3), [3], 'f32');
const twice = jit((x: Tensor): Tensor => mul(x, 2));

afterAll(() => {
  useEngine('reference');
});

describe.each(engineNames())('A tensor, on the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  const made: Record<string, () => Tensor> = {
    'from an array': given,
    'that was used': () => {
      const x = given();
      twice(x);
      return x;
    },
    'that is a result': () => twice(given()),
    'that was read': () => {
      const x = twice(given());
      x.toArray();
      return x;
    },
    'that was computed at once': () => add(given(), 1),
  };
  test.each(Object.keys(made))('%s has no numbers once it is disposed of, and says so', (name) => {
    const x = made[name]();
    x.dispose();
    x.dispose(); // once more does no harm
    for (const use of [() => x.data, () => x.toArray(), () => twice(x), () => add(x, 1), () => String(x)]) {
      expect(use).toThrow(TraceError);
      expect(use).toThrow(message);
    }
  });

  test('is there as long as its block, where it is declared by using', () => {
    const seen: Tensor[] = [];
    {
      using x = twice(given());
      seen.push(x);
      expect(x.toArray()).toEqual([2, 4, 6]);
    }
    expect(() => seen[0].data).toThrow(message);
  });

  test('leaves what was computed from it, and what was copied, as they are', () => {
    const x = twice(given());
    const [y, z] = [twice(x), copy(x)];
    x.dispose();
    expect([y.toArray(), z.toArray()]).toEqual([
      [4, 8, 12],
      [2, 4, 6],
    ]);
  });

  test('that a jitted function closes over is missed when that is called', () => {
    const x = given();
    const plus = jit((y: Tensor): Tensor => add(x, y));
    expect(plus(given()).toArray()).toEqual([2, 4, 6]);
    x.dispose();
    expect(() => plus(given())).toThrow(message);
  });

  test('that no argument reaches is made anew for each call', () => {
    const constants = jit((): Tensor[] => [arange(4), mul(arange(3, 6), 2)]);
    for (let call = 0; call < 3; call++) {
      const [a, b] = constants();
      expect([a.toArray(), b.toArray()]).toEqual([
        [0, 1, 2, 3],
        [6, 8, 10],
      ]);
      a.dispose();
      b.dispose();
    }
  });

  test('of a trace has nothing to give up', () => {
    const f = jit((x: Tensor): Tensor => {
      using y = mul(x, x);
      y.dispose();
      return sum(y);
    });
    expect(f(given()).item()).toBe(14);
  });
});

test('TensorFlow.js frees what it holds of a tensor at once', () => {
  useEngine('tfjs');
  const { tf } = load();
  const [x, n] = [given(), tf.memory().numTensors];
  const y = twice(x);
  expect(tf.memory().numTensors).toBe(n + 2);
  y.dispose();
  x.dispose();
  expect(tf.memory().numTensors).toBe(n);
});
