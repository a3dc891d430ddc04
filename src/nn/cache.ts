// What attention remembers of the tokens that it has read, so that each is read once.
import { add, arange, dynamicUpdate, expandDims, less, sub, zeros } from '../ops/index.ts';
import {
  checked,
  type DType,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  type Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** Keys and values [..., heads, places, depth], of which the first `length`, i32 [], are filled and the rest are zero. */
export type KeyValueCache = { readonly keys: Tensor; readonly values: Tensor; readonly length: Tensor };

const cache = arg.record<KeyValueCache>('cache', {
  keys: arg.tensor,
  values: arg.tensor,
  length: arg.indices,
});

/** An empty cache of `shape`, [..., heads, places, depth]; `places` is the greatest length. */
export const initKeyValueCache = checked(
  'initKeyValueCache',
  [arg.shape(), arg.nullable(arg.dtype())],
  (shape: Shape, dtype: DType = 'f32'): KeyValueCache => {
    if (shape.length < 3)
      throw new ShapeError(
        `initKeyValueCache: shape ${showShape(shape)}; it must be [..., heads, places, depth]`,
      );
    return { keys: zeros(shape, dtype), values: zeros(shape, dtype), length: zeros([], 'i32') };
  },
);

/**
 * The cache with keys and values [..., heads, tokens, depth] behind those that it has, cast to its dtype. Throws ShapeError
 * where they do not fit, RangeError where there is no place left; inside a transformation, where the length is not known
 * yet, what does not fit takes the last places.
 */
export const appendKeyValue = checked(
  'appendKeyValue',
  [cache, arg.tensor('keys'), arg.tensor('values')],
  (cache: KeyValueCache, keys: Tensor, values: Tensor): KeyValueCache => {
    const { length } = cache;
    const put = (all: Tensor, some: Tensor): Tensor => {
      const [places, tokens] = [all, some].map(({ shape, ndim }) => shape[ndim - 2]);
      if (all.ndim < 3 || tokens > places || !sameShape(all.shape.with(-2, tokens), some.shape))
        throw new ShapeError(
          `appendKeyValue: ${showShape(some.shape)} to a cache of ${showShape(all.shape)}; only the tokens, the axis before the last, may differ`,
        );
      if (!length.storage.traced && length.item() + tokens > places)
        throw new RangeError(
          `appendKeyValue: ${tokens} tokens more after ${length.item()} in ${places} places; make the cache longer`,
        );
      const starts = all.shape.map((_, axis) => (axis === all.ndim - 2 ? length : 0));
      return dynamicUpdate(all, some, starts);
    };
    return {
      keys: put(cache.keys, keys),
      values: put(cache.values, values),
      length: add(length, keys.shape[keys.ndim - 2]),
    };
  },
);

/**
 * What the last `tokens` tokens of a cache see: bool [tokens, places], true up to each one's own place. It is the mask of
 * `dotProductAttention(queries, cache.keys, cache.values, { mask })` after they were appended.
 */
export const keyValueMask = checked(
  'keyValueMask',
  [cache, arg.size('tokens')],
  ({ keys, length }: KeyValueCache, tokens: number): Tensor => {
    const seen = add(sub(length, tokens), arange(1, tokens + 1));
    return less(arange(keys.shape[keys.ndim - 2]), expandDims(seen, 1));
  },
);
