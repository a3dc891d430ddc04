// Keys: where randomness comes from, made from a seed and split, never reused.
import seedrandom from 'seedrandom';
import { prims } from '../graph/index.ts';
import * as arg from '../ops/arguments.ts';
import { add, asTensor, stack, type TensorLike, tensor } from '../ops/index.ts';
import { checked, type Shape, ShapeError, showShape, type Tensor } from '../tensor/index.ts';

const seed = arg.value(
  'seed',
  'a whole number from 0 to 2^53 − 1 or a string',
  (given): given is number | string =>
    typeof given === 'string' || (Number.isSafeInteger(given) && Number(given) >= 0),
);

/**
 * A key, i32 [2], from a whole number in [0, 2⁵³) or, through `seedrandom`, from any string.
 * Throws RangeError for other numbers.
 */
export const key = checked('key', [seed], (seed: number | string): Tensor => {
  if (typeof seed === 'string') {
    const words = seedrandom(seed);
    return tensor([words.int32(), words.int32()], 'i32');
  }
  return tensor([Math.floor(seed / 2 ** 32) | 0, seed | 0], 'i32');
});

/** A key a seed, i32 [seeds, 2]: what vmap maps over. */
export const keys = checked(
  'keys',
  [arg.list('seeds', 'seed', () => seed)],
  (seeds: readonly (number | string)[]): Tensor => stack(seeds.map(key)),
);

/** i32 `shape` of independent words of `width` bits under key `k`. */
export const bits = checked(
  'bits',
  [arg.key(), arg.shape(), arg.optional(arg.whole('width', 1, 32))],
  (k: Tensor, shape: Shape, width: number = 32): Tensor => prims.randomBits(k, shape, width),
);

/** `n` new keys, i32 [n, 2], independent of each other and of what `k` is used for through `foldIn`. */
export const split = checked(
  'split',
  [arg.key(), arg.optional(arg.size('n'))],
  (k: Tensor, n: number = 2): Tensor => bits(k, [n, 2]),
);

// Keeps the keys that foldIn derives apart from those that split gives.
const foldDomain = 0x666f6c64;

/** The key that `k` and the whole number `data` (i32, or a tensor of shape []) determine. */
export const foldIn = checked(
  'foldIn',
  [arg.key(), arg.operand('data')],
  (k: Tensor, data: TensorLike): Tensor => {
    if (typeof data === 'number' && data !== (data | 0))
      throw new RangeError(`foldIn: ${data} is not a whole number that fits i32`);
    const domain = bits(add(k, tensor([foldDomain, 0], 'i32')), [2]);
    const number = asTensor(data, 'i32');
    if (number.ndim !== 0)
      throw new ShapeError(`foldIn: data of shape ${showShape(number.shape)}; it must be one number`);
    return bits(add(domain, prims.mul(tensor([0, 1], 'i32'), prims.broadcast(number, [2], []))), [2]);
  },
);
