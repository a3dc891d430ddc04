// A WebAssembly module, encoded by hand: a loop of f32x4 multiply-adds that stay in registers.

/** Independent accumulators: enough to hide an add's latency, few enough for sixteen registers. */
const chains = 12;
/** FLOPs of one turn of the loop: a multiply and an add in each of four lanes. */
export const flopsPerTurn = 2 * 4 * chains;

const v128 = 0x7b;
const i32 = 0x7f;

/** An unsigned number in LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
const sized = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];
const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)];
const float = (value: number): number[] => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];

const splat = simd(19);
const extractLane = [...simd(31), 0];
const add = simd(228);
const mul = simd(230);
const relaxedMadd = simd(0x105);

/** `run(turns: i32) → f32`, with a fused multiply-add where `fused`. */
function encode(fused: boolean): Uint8Array<ArrayBuffer> {
  const [turns, x, y, first] = [0, 1, 2, 3];
  const accumulators = Array.from({ length: chains }, (_, k) => first + k);
  const step = (k: number): number[] =>
    fused
      ? [...get(k), ...get(x), ...get(y), ...relaxedMadd, ...set(k)]
      : [...get(k), ...get(x), ...mul, ...get(y), ...add, ...set(k)];
  const body = [
    ...[...leb(1), ...leb(2 + chains), v128], // locals
    ...[...float(0.999), ...splat, ...set(x)],
    ...[...float(0.001), ...splat, ...set(y)],
    ...accumulators.flatMap((k) => [...float(k), ...splat, ...set(k)]),
    ...[0x03, 0x40], // loop
    ...accumulators.flatMap(step),
    ...[...get(turns), 0x41, 1, 0x6b, 0x22, turns, 0x0d, 0], // turns -= 1, and again unless zero
    0x0b,
    ...accumulators.flatMap((k) => [...get(k), ...extractLane]),
    ...accumulators.slice(1).flatMap(() => [0x92]),
    0x0b,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]), // "run"
    ...section(10, [1, ...sized(body)]),
  ]);
}

/** The module in the form that only newer runtimes accept, and in the one that all do. */
export const multiplyAdds = { fused: encode(true), plain: encode(false) };
