// What TensorFlow.js holds between executions, and that it gives it back.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../src/engines/index.ts';
import { load } from '../../../src/engines/tfjs/load.ts';
import { Memory } from '../../../src/engines/tfjs/memory.ts';
import {
  argsort,
  astype,
  exp,
  fromTypedArray,
  jit,
  mul,
  nn,
  random,
  Tensor,
  tensor,
  valueAndGrad,
} from '../../../src/index.ts';
import { HostStorage } from '../../../src/tensor/index.ts';

const { tf } = load();
const held = (): number => tf.memory().numTensors;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Collects and lets finalisers run until `done`, or for ten rounds. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let round = 0; round < 10 && !done(); round++) {
    collect();
    await setImmediate();
  }
}

beforeAll(() => {
  useEngine('tfjs');
});

// These two come first: until 64 executions are over, nothing else leaves.

test('An execution that fails leaves nothing behind', () => {
  class Unreadable extends HostStorage {
    override read(): never {
      throw new RangeError('lost');
    }
  }
  const x = tensor([1, 2], 'f32');
  const f = jit((y: Tensor, z: Tensor): [Tensor, Tensor] => {
    const order = argsort(y); // the host makes it, TensorFlow.js casts it
    return [order, mul(exp(astype(order, 'f32')), z)];
  });
  f(x, tensor([3, 4], 'f32'));
  const before = held();
  const lost = new Tensor('f32', [2], new Unreadable(fromTypedArray(new Float32Array(2), [2], 'f32').data));
  expect(() => f(x, lost)).toThrow('lost');
  expect(held()).toBe(before);
});

test('A value of the host is given to TensorFlow.js once', () => {
  const x = tensor([1, 2, 3], 'f32');
  const twice = jit((y: Tensor) => mul(y, 2));
  twice(x);
  const before = held();
  const results = [1, 2, 3].map(() => twice(x));
  expect(held()).toBe(before + results.length);
});

/** One step after another of Adam on a perceptron: each call gives the step's loss. */
function training(): () => number {
  const optimizer = nn.adam({ learningRate: 1e-3 });
  const images = random.normal(random.key(2), [16, 8]);
  const labels = tensor(new Int32Array(16), 'i32');
  type Model = nn.Dense[];
  const update = jit(
    (model: Model, state: nn.AdamState, x: Tensor, y: Tensor): [Tensor, Model, nn.AdamState] => {
      const [loss, gradient] = valueAndGrad((m: Model) => nn.crossEntropy(nn.mlp(m, x), y))(model);
      return [loss, ...optimizer.update(model, gradient, state)];
    },
  );
  let model: Model = nn.initMlp(random.key(1), [8, 8, 4]);
  let state = optimizer.init(model);
  return () => {
    const [loss, nextModel, nextState] = update(model, state, images, labels);
    [model, state] = [nextModel, nextState];
    return loss.item();
  };
}

describe('Over 1,000 steps of training', () => {
  test('the number of tensors stays level in a loop that never returns to the event loop', () => {
    const step = training();
    const first = step();
    let [most, least, last] = [0, Infinity, first];
    for (let i = 2; i <= 1000; i++) {
      last = step();
      if (i <= 100) continue;
      most = Math.max(most, held());
      least = Math.min(least, held());
    }
    expect(most).toBe(least);
    expect(last).toBeLessThan(first);
  });

  test('what the collector finds unused is freed without waiting for that', async () => {
    const step = training();
    for (let i = 0; i < 30; i++) step();
    const before = held();
    await collectUntil(() => held() < before - 250);
    expect(held()).toBeLessThan(before - 250); // 30 steps of 13 results each, less the last
    expect(step()).toBeGreaterThan(0);
  });
});

describe('A value', () => {
  test('that no execution has used for long is right, and can be used again', () => {
    const x = exp(tensor([0, 1]));
    const before = Array.from(x.data);
    const unread = exp(tensor([0, 1]));
    for (let i = 0; i < 100; i++) exp(tensor([i])).item();
    expect(Array.from(unread.data)).toEqual(before);
    expect(mul(x, 2).toArray()).toEqual(before.map((value) => Math.fround(2 * value)));
  });

  test('leaves when what is kept takes more than its share, the longest unused first', () => {
    const memory = new Memory({ tf, native: false }, { executions: 100, bytes: 40 });
    const before = held();
    const kept = [0, 1, 2, 3].map((value) => {
      memory.advance();
      return memory.keep(tf.tensor1d([value, 0, 0, 0, 0]), [5], 'f32');
    });
    memory.advance();
    expect(held() - before).toBe(2);
    expect(kept.map(({ data }) => data[0])).toEqual([0, 1, 2, 3]);
    memory.tensor(kept[0].storage, [5], 'f32');
    expect(held() - before).toBe(3);
  });

  test('that every execution uses stays where it is', () => {
    const memory = new Memory({ tf, native: false }, { executions: 3, bytes: 1 });
    const x = tensor([1, 2], 'f32');
    const there = memory.tensor(x.storage, [2], 'f32');
    for (let i = 0; i < 10; i++) {
      memory.advance();
      expect(memory.tensor(x.storage, [2], 'f32')).toBe(there);
    }
  });

  test.each(['bool', 'i32', 'f32'] as const)('of dtype %s goes there and back', (dtype) => {
    const memory = new Memory({ tf, native: false });
    const x = tensor([1, 0, 1], dtype);
    const there = memory.tensor(x.storage, [3], dtype);
    expect(memory.keep(tf.clone(there), [3], dtype).data).toEqual(x.data);
  });
});
