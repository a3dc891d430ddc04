// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).

const rotations = Int32Array.of(13, 15, 26, 6, 17, 29, 16, 24);
const parity = 0x1bd11bda;

/** Encrypts the counter (x0, x1) under the key (k0, k1) into out[0] and out[1], as i32. */
export function threefry2x32(k0: number, k1: number, x0: number, x1: number, out: Int32Array): void {
  const k2 = k0 ^ k1 ^ parity;
  let [now, next, last] = [k0, k1, k2]; // the key words that the coming injection starts from
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 1; group <= 5; group++) {
    const first = group & 1 ? 0 : 4;
    for (let i = first; i < first + 4; i++) {
      a = (a + b) | 0;
      b = ((b << rotations[i]) | (b >>> (32 - rotations[i]))) ^ a;
    }
    [now, next, last] = [next, last, now];
    a = (a + now) | 0;
    b = (b + next + group) | 0;
  }
  out[0] = a;
  out[1] = b;
}

/** The top `width` bits of the first `count` words under each key of `keys` (pairs of i32). */
export function randomBits(keys: Int32Array, count: number, width: number): Int32Array {
  const batch = keys.length / 2;
  const out = new Int32Array(batch * count);
  const block = new Int32Array(2);
  const shift = 32 - width;
  for (let k = 0, at = 0; k < batch; k++)
    for (let i = 0; i < count; i++, at++) {
      if ((i & 1) === 0) threefry2x32(keys[2 * k], keys[2 * k + 1], i >>> 1, 0, block);
      out[at] = shift === 0 ? block[i & 1] : block[i & 1] >>> shift;
    }
  return out;
}
