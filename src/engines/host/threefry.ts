// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).

const parity = 0x1bd11bda;

// biome-ignore format: a round a line, and a key injection after every four
/** Encrypts the counter (x0, x1) under the key (k0, k1) into out[at] and out[at + 1], as i32. */
export function threefry2x32(
  k0: number, k1: number, x0: number, x1: number, out: Int32Array, at: number,
): void {
  const k2 = k0 ^ k1 ^ parity;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k1) | 0; b = (b + k2 + 1) | 0;
  a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k2) | 0; b = (b + k0 + 2) | 0;
  a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k0) | 0; b = (b + k1 + 3) | 0;
  a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k1) | 0; b = (b + k2 + 4) | 0;
  a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k2) | 0; b = (b + k0 + 5) | 0;
  out[at] = a;
  out[at + 1] = b;
}

/** The top `width` bits of the first `count` words under each key of `keys` (pairs of i32). */
export function randomBits(keys: Int32Array, count: number, width: number): Int32Array {
  const even = count + (count & 1); // blocks give words in pairs
  const words = new Int32Array((keys.length / 2) * count + 1);
  for (let k = 0; k < keys.length / 2; k++)
    for (let i = 0; i < even; i += 2)
      threefry2x32(keys[2 * k], keys[2 * k + 1], i >>> 1, 0, words, k * count + i);
  const out = words.subarray(0, -1); // less the last pair's second half, where the count is odd
  const shift = 32 - width;
  if (shift > 0) for (let i = 0; i < out.length; i++) out[i] >>>= shift;
  return out;
}
