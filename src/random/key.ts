// Keys: where randomness comes from, made from a seed and split, never reused.
import seedrandom from 'seedrandom';
import { prims } from '../graph/index.ts';
import { add, asTensor, stack, type TensorLike, tensor } from '../ops/index.ts';
import { DTypeError, type Shape, ShapeError, showShape, type Tensor } from '../tensor/index.ts';

/**
 * A key, i32 [2], from a whole number in [0, 2⁵³) or, through `seedrandom`, from any string.
 * Throws RangeError for other numbers.
 */
export function key(seed: number | string): Tensor {
  if (typeof seed === 'string') {
    const words = seedrandom(seed);
    return tensor([words.int32(), words.int32()], 'i32');
  }
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`key: seed ${seed} is not a whole number from 0 to 2^53 − 1`);
  return tensor([Math.floor(seed / 2 ** 32) | 0, seed | 0], 'i32');
}

/** A key a seed, i32 [seeds, 2]: what vmap maps over. */
export const keys = (seeds: readonly (number | string)[]): Tensor => stack(seeds.map(key));

function checkKey(op: string, k: Tensor): Tensor {
  if (k.dtype !== 'i32') throw new DTypeError(`${op}: the key is ${k.dtype}; make one with random.key(seed)`);
  if (k.ndim !== 1 || k.shape[0] !== 2)
    throw new ShapeError(`${op}: a key has shape [2], not ${showShape(k.shape)}; map over keys with vmap`);
  return k;
}

/** i32 `shape` of independent words of `width` bits under key `k`. */
export const bits = (k: Tensor, shape: Shape, width = 32): Tensor =>
  prims.randomBits(checkKey('random', k), shape, width);

/** `n` new keys, i32 [n, 2], independent of each other and of what `k` is used for through `foldIn`. */
export const split = (k: Tensor, n = 2): Tensor => bits(k, [n, 2]);

// Keeps the keys that foldIn derives apart from those that split gives.
const foldDomain = 0x666f6c64;

/** The key that `k` and the whole number `data` (i32, or a tensor of shape []) determine. */
export function foldIn(k: Tensor, data: TensorLike): Tensor {
  if (typeof data === 'number' && data !== (data | 0))
    throw new RangeError(`foldIn: ${data} is not a whole number that fits i32`);
  const domain = bits(add(checkKey('foldIn', k), tensor([foldDomain, 0], 'i32')), [2]);
  const number = asTensor(data, 'i32');
  return bits(add(domain, prims.mul(tensor([0, 1], 'i32'), prims.broadcast(number, [2], []))), [2]);
}
