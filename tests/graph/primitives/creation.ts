// The primitives that make tensors out of nothing, or out of keys: definitions and cases.
import { dtypes } from '../../../src/tensor/index.ts';
import { at, everyIndex, makeGrid } from '../../helpers/grids.ts';
import type { Suites } from '../../helpers/primitive.ts';

/** Threefry-2x32-20 as its paper writes it down: ten times two rounds, a subkey after every four. */
export function threefry(key: readonly [number, number], counter: readonly [number, number]): number[] {
  const subkeys = [...key, key[0] ^ key[1] ^ 0x1bd11bda];
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  let [x, y] = [(counter[0] + key[0]) >>> 0, (counter[1] + key[1]) >>> 0];
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8];
    x = (x + y) >>> 0;
    y = (((y << by) | (y >>> (32 - by))) ^ x) >>> 0;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x = (x + subkeys[injection % 3]) >>> 0;
    y = (y + subkeys[(injection + 1) % 3] + injection) >>> 0;
  }
  return [x, y];
}

const shapes = [[], [1], [4], [2, 3], [0], [2, 0, 3]];

export const creation = {
  full: {
    dtypes,
    oracle: (_, { shape, value, dtype }) => makeGrid(dtype, shape, () => value),
    cases: [
      ...shapes.map((shape) => ({ inputs: [], params: { shape, value: 0.1, dtype: 'f64' as const } })),
      ...[NaN, Infinity, -0, 0.1, 1e39].map((value) => ({
        inputs: [],
        params: { shape: [3], value, dtype: 'f32' as const },
        note: String(value),
      })),
      { inputs: [], params: { shape: [2], value: -7, dtype: 'i32' } },
      { inputs: [], params: { shape: [2], value: 1, dtype: 'bool' } },
      { inputs: [], params: { shape: [2], value: -7, dtype: 'i8' } },
      { inputs: [], params: { shape: [2], value: 200, dtype: 'u8' } },
      { inputs: [], params: { shape: [2], value: 0.1, dtype: 'bf16' } },
      { inputs: [], params: { shape: [2], value: 0.1, dtype: 'f16' } },
    ],
  },
  iota: {
    dtypes,
    oracle: (_, { shape, axis, dtype }) => makeGrid(dtype, shape, (index) => index[axis]),
    cases: (['i32', 'f32', 'f64'] as const).flatMap((dtype) => [
      { inputs: [], params: { shape: [5], axis: 0, dtype } },
      { inputs: [], params: { shape: [2, 3, 4], axis: 0, dtype } },
      { inputs: [], params: { shape: [2, 3, 4], axis: 1, dtype } },
      { inputs: [], params: { shape: [2, 3, 4], axis: 2, dtype } },
      { inputs: [], params: { shape: [0], axis: 0, dtype } },
      { inputs: [], params: { shape: [3, 0], axis: 0, dtype } },
    ]),
  },
  randomBits: {
    dtypes: ['i32'],
    oracle: ([keys], { shape, width }) => {
      const batch = keys.shape.slice(0, -1);
      const positions = new Map(everyIndex(shape).map((index, i) => [String(index), i]));
      return makeGrid('i32', [...batch, ...shape], (index) => {
        const lead = index.slice(0, batch.length);
        const i = positions.get(String(index.slice(batch.length))) ?? 0;
        const words = threefry([at(keys, [...lead, 0]), at(keys, [...lead, 1])], [Math.floor(i / 2), 0]);
        return (words[i % 2] >>> (32 - width)) | 0;
      });
    },
    cases: [
      { inputs: [{ shape: [2] }], params: { shape: [5], width: 32 } },
      { inputs: [{ shape: [2] }], params: { shape: [], width: 32 } },
      { inputs: [{ shape: [2] }], params: { shape: [3, 3], width: 24 } },
      { inputs: [{ shape: [2] }], params: { shape: [4], width: 1 } },
      { inputs: [{ shape: [2] }], params: { shape: [0], width: 32 } },
      { inputs: [{ shape: [3, 2] }], params: { shape: [3], width: 32 }, note: 'a key a row' },
      { inputs: [{ shape: [2, 0, 2] }], params: { shape: [3], width: 32 }, note: 'no keys' },
      { inputs: [{ shape: [2, 2, 2] }], params: { shape: [2, 1], width: 31 }, note: 'a batch of keys' },
      {
        inputs: [{ shape: [2], values: [-1, -1] }],
        params: { shape: [2], width: 32 },
        note: 'all bits set',
      },
    ],
  },
} satisfies Partial<Suites>;
