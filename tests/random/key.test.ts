// Keys: from numbers and strings, split and folded without collisions, and pinned so that streams never change.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { arange, slice, tensor, zeros } from '../../src/ops/index.ts';
import { bits, foldIn, key, keys, split } from '../../src/random/index.ts';
import { DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';
import { threefry } from '../graph/primitives/creation.ts';

beforeAll(() => {
  useEngine('reference');
});

const words = (x: Tensor): number[] => Array.from(x.data);
/** Each pair of words of `x` as text. */
const pairs = (x: Tensor): string[] =>
  Array.from({ length: x.size / 2 }, (_, i) => `${x.data[2 * i]},${x.data[2 * i + 1]}`);

describe('key', () => {
  test('is the two words of a whole number', () => {
    expect([words(key(0)), words(key(1)), words(key(2 ** 32))]).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(words(key(2 ** 53 - 1))).toEqual([2 ** 21 - 1, -1]);
    expect([key(0).dtype, key(0).shape]).toEqual(['i32', [2]]);
  });

  test('of a string is pinned, and another for another string', () => {
    expect(words(key('umbra'))).toEqual(pinned.umbra);
    expect(words(key('umbra'))).toEqual(words(key('umbra')));
    const seeds = Array.from({ length: 2000 }, (_, i) => `seed ${i}`);
    expect(new Set(seeds.flatMap((seed) => pairs(key(seed)))).size).toBe(2000);
    expect(words(key('1'))).not.toEqual(words(key(1)));
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => key(seed)).toThrow(
      new RangeError(
        `key: seed is ${seed}; it must be a whole number from 0 to 2^53 − 1 or a string: key(seed)`,
      ),
    );
  });

  test('stacks with others for vmap', () => {
    const three = keys([5, 'a', 7]);
    expect(three.shape).toEqual([3, 2]);
    expect(words(slice(three, 1))).toEqual(words(key('a')));
  });
});

describe('bits', () => {
  test('are those of Threefry', () => {
    expect(words(bits(key(3), [3]))).toEqual(
      [...threefry([0, 3], [0, 0]), ...threefry([0, 3], [1, 0])].slice(0, 3).map((w) => w | 0),
    );
  });

  test('of a shape begin with those of a smaller one', () => {
    const many = words(bits(key(8), [100]));
    for (const n of [0, 1, 2, 7, 99]) expect(words(bits(key(8), [n]))).toEqual(many.slice(0, n));
    expect(words(bits(key(8), [20, 5]))).toEqual(many);
  });

  test('take the top of each word', () => {
    const whole = words(bits(key(4), [50]));
    for (const width of [1, 8, 24, 31])
      expect(words(bits(key(4), [50], width))).toEqual(whole.map((w) => w >>> (32 - width)));
  });

  test('are the same under jit and vmap', () => {
    const k = keys([1, 2, 3]);
    const f = (one: Tensor): Tensor => bits(one, [4, 3]);
    expect(words(jit(f)(key(2)))).toEqual(words(f(key(2))));
    const mapped = vmap(f)(k);
    expect(mapped.shape).toEqual([3, 4, 3]);
    expect(words(slice(mapped, 1))).toEqual(words(f(key(2))));
    expect(words(jit(vmap(f))(k))).toEqual(words(mapped));
  });
});

describe('split and foldIn', () => {
  test('give keys that are all different, thousands of them', () => {
    const root = key(0);
    const children = split(root, 3000);
    const folded = vmap((i: Tensor) => foldIn(root, i))(arange(3000));
    const grandchildren = vmap((k: Tensor) => split(k, 3))(children);
    const all = [root, children, folded, grandchildren].flatMap(pairs);
    expect(new Set(all).size).toBe(1 + 3000 + 3000 + 9000);
  });

  test('give the same keys again, and the first of more', () => {
    expect(words(split(key(1)))).toEqual(words(split(key(1), 5)).slice(0, 4));
    expect(split(key(1), 0).shape).toEqual([0, 2]);
    expect(words(foldIn(key(1), 7))).toEqual(words(foldIn(key(1), 7)));
  });

  test('foldIn takes numbers and tensors alike, also large and negative ones', () => {
    for (const n of [0, 1, -1, 2 ** 24 + 1, 2 ** 31 - 1, -(2 ** 31)])
      expect(words(foldIn(key(1), n))).toEqual(words(foldIn(key(1), tensor(n, 'i32'))));
    const near = Array.from({ length: 100 }, (_, i) => 2 ** 24 + i);
    expect(new Set(near.flatMap((n) => pairs(foldIn(key(1), n)))).size).toBe(100);
  });

  test.each([0.5, NaN, 2 ** 31, -(2 ** 31) - 1])('foldIn refuses %s', (n) => {
    expect(() => foldIn(key(1), n)).toThrow(
      new RangeError(`foldIn: ${n} is not a whole number that fits i32`),
    );
  });

  test('are the same under jit and vmap', () => {
    const k = keys([1, 2]);
    expect(words(vmap((one: Tensor) => split(one, 3))(k)).slice(6)).toEqual(words(split(key(2), 3)));
    expect(words(vmap((one: Tensor) => foldIn(one, 9))(k)).slice(2)).toEqual(words(foldIn(key(2), 9)));
    expect(words(jit((one: Tensor) => foldIn(one, 9))(key(2)))).toEqual(words(foldIn(key(2), 9)));
  });
});

describe('A key that is none', () => {
  test('is refused, with the way to make one', () => {
    expect(() => bits(tensor([1, 2], 'f32'), [3])).toThrow(
      new DTypeError('bits: the key is f32; make one with random.key(seed)'),
    );
    expect(() => split(zeros([3], 'i32'))).toThrow(
      new ShapeError('split: a key has shape [2], not [3]; map over keys with vmap'),
    );
    expect(() => bits(keys([1, 2]), [3])).toThrow('a key has shape [2], not [2, 2]');
    expect(() => foldIn(tensor([1, 2], 'f32'), 1)).toThrow('foldIn: the key is f32');
    expect(() => bits(key(1), [3], 33)).toThrow('bits: width is 33');
  });
});

describe('The streams', () => {
  test('are pinned: bits of key 42, its split, and foldIn 7', () => {
    expect(words(bits(key(42), [4]))).toEqual(pinned.bits);
    expect(words(split(key(42)))).toEqual(pinned.bits);
    expect(words(foldIn(key(42), 7))).toEqual(pinned.folded);
  });
});

const pinned = {
  umbra: [1822280755, 1558762214],
  bits: [1832780943, 270669613, 430176367, -809760775],
  folded: [1029077617, 112417528],
};
