// Seeded random tensors, from a generator that the library knows nothing of.
import { type DType, isInteger, type Shape, type Tensor } from '../../src/tensor/index.ts';
import { everyIndex, type Grid, toTensor } from './grids.ts';
import { roundedTo } from './halves.ts';

/** Uniform numbers in [0, 1) (mulberry32). */
export function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What floats are drawn from. generic: magnitudes 1.1 to 2.9, distinct, far from whole numbers; positive:
 * 0.5 to 2.3. So no primitive has a kink or a pole nearby, and finite differences are exact.
 */
export type Draw = 'generic' | 'positive';

export function draw(dtype: DType, shape: Shape, seed: number, kind: Draw = 'generic'): Grid {
  const next = generator(seed);
  const pick = (n: number): number => Math.floor(next() * n);
  const n = everyIndex(shape).length;
  const slots = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = pick(i + 1);
    [slots[i], slots[j]] = [slots[j], slots[i]];
  }
  const value = (slot: number): number => {
    if (dtype === 'bool') return pick(2);
    if (isInteger(dtype)) return dtype === 'u8' ? pick(256) : pick(19) - 9;
    const fraction = 0.1 + (0.8 * (slot + ((seed * 0.618034) % 1))) / n;
    const x = kind === 'positive' ? 1 + pick(2) + fraction - 0.6 : [-3, -2, 1, 2][pick(4)] + fraction;
    return roundedTo(dtype, x);
  };
  return { dtype, shape, data: slots.map(value) };
}

export const randomTensor = (shape: Shape, seed = 0, dtype: DType = 'f64', kind: Draw = 'generic'): Tensor =>
  toTensor(draw(dtype, shape, seed, kind));
