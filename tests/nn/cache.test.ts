// The cache of keys and values: reading tokens one after the other gives what reading all at once gives.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { appendKeyValue, dotProductAttention, initKeyValueCache, keyValueMask } from '../../src/nn/index.ts';
import { concat, reshape, slice, swapaxes, tensor, transpose, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit, scan, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const [heads, groups, tokens, depth] = [4, 2, 5, 3];
const queries = randomTensor([2, heads, tokens, depth], 1, 'f32');
const keys = randomTensor([2, groups, tokens, depth], 2, 'f32');
const values = randomTensor([2, groups, tokens, depth], 3, 'f32');
const whole = dotProductAttention(queries, keys, values, { causal: true });

const part = (x: Tensor, range: string): Tensor => slice(x, ':', ':', range);
/** What the tokens of `range` find, and the cache with them. */
function read(cache: ReturnType<typeof initKeyValueCache>, range: string) {
  const [q, k, v] = [queries, keys, values].map((x) => part(x, range));
  const next = appendKeyValue(cache, k, v);
  const mask = keyValueMask(next, q.shape[2]);
  return { next, found: dotProductAttention(q, next.keys, next.values, { mask }) };
}

describe('A cache', () => {
  test('read in parts of any size gives what causal attention on all tokens gives', () => {
    let cache = initKeyValueCache([2, groups, 8, depth]);
    const found = ['0:2', '2:3', '3:5'].map((range) => {
      const { next, found } = read(cache, range);
      cache = next;
      return found;
    });
    expectSame(concat(found, 2), whole, 1e-6);
    expect(cache.length.item()).toBe(5);
    expectSame(part(cache.keys, ':5'), keys);
    expectSame(part(cache.values, '5:'), zeros([2, groups, 3, depth]));
  });

  test('reads in a compiled loop, at positions that it knows only there', () => {
    const byToken = (x: Tensor): Tensor => transpose(x, [2, 0, 1, 3]);
    const all = jit((q: Tensor, k: Tensor, v: Tensor) => {
      const start = initKeyValueCache([2, groups, tokens, depth]);
      const [, found] = scan(
        (cache: typeof start, [q, k, v]: readonly Tensor[]) => {
          const one = (x: Tensor): Tensor => reshape(x, [2, -1, 1, depth]);
          const next = appendKeyValue(cache, one(k), one(v));
          return [next, dotProductAttention(one(q), next.keys, next.values, { mask: keyValueMask(next, 1) })];
        },
        start,
        [q, k, v],
      );
      return found;
    })(byToken(queries), byToken(keys), byToken(values));
    expectSame(swapaxes(slice(transpose(all, [1, 2, 0, 3, 4]), '...', 0, ':'), 1, 1), whole, 1e-6);
  });

  test('has a length a row under vmap', () => {
    const cache = initKeyValueCache([groups, 4, depth]);
    const lengths = tensor([0, 3], 'i32');
    const put = (length: Tensor, k: Tensor) => appendKeyValue({ ...cache, length }, k, k);
    const next = vmap(put)(lengths, part(keys, '0:1'));
    expect(next.length.toArray()).toEqual([1, 4]);
    expectSame(slice(next.keys, 0, ':', '0:1'), slice(keys, 0, ':', '0:1'));
    expectSame(slice(next.keys, 1, ':', '3:4'), slice(keys, 1, ':', '0:1'));
    expect(vmap((c: typeof next) => keyValueMask(c, 2))(next).toArray()).toEqual([
      [
        [false, false, false, false],
        [true, false, false, false],
      ],
      [
        [true, true, true, false],
        [true, true, true, true],
      ],
    ]);
  });

  test('keeps what it is given in its own dtype', () => {
    const cache = initKeyValueCache([2, groups, 8, depth], 'bf16');
    expect(appendKeyValue(cache, keys, values).keys.dtype).toBe('bf16');
  });

  test('refuses what does not fit', () => {
    const cache = initKeyValueCache([2, groups, 4, depth]);
    expect(() => appendKeyValue(cache, keys, values)).toThrow(
      new ShapeError(
        'appendKeyValue: [2, 2, 5, 3] to a cache of [2, 2, 4, 3]; only the tokens, the axis before the last, may differ',
      ),
    );
    const { next } = read(cache, '0:3');
    expect(() => read(next, '3:5')).toThrow(
      new RangeError('appendKeyValue: 2 tokens more after 3 in 4 places; make the cache longer'),
    );
    expect(() => initKeyValueCache([4, 3])).toThrow(
      new ShapeError('initKeyValueCache: shape [4, 3]; it must be [..., heads, places, depth]'),
    );
  });
});
