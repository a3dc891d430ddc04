// What the engine takes from Node where it runs there; a browser has its own, or does without.

type Process = typeof globalThis.process | undefined;

/** Node's process; a browser has none. */
const host = (): Process => globalThis.process;

/** A module of Node's, or nothing elsewhere. */
export const workerThreads = () => host()?.getBuiltinModule?.('node:worker_threads');

/** A module of one function, from v128 to v128, of these instructions. */
const moduleOf = (...code: number[]): Uint8Array =>
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x0a, code.length + 4, 0x01, code.length + 2, 0x00, ...code, 0x0b],
  );
const local = [0x20, 0x00];
const simdModule = moduleOf(...local, ...local, 0xfd, 0xe4, 0x01); // f32x4.add
const relaxedModule = moduleOf(...local, ...local, ...local, 0xfd, 0x85, 0x02); // f32x4.relaxed_madd

/** Whether the runtime has relaxed SIMD. Node 20 has it behind a flag, which can be set while it runs. */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedModule)) return true;
  if (!host()?.versions?.v8?.startsWith('11.3.')) return false; // others print that they know no such flag
  host()?.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedModule);
}

/** Whether the runtime has WebAssembly with SIMD. */
export const hasSimd = (): boolean => typeof WebAssembly !== 'undefined' && WebAssembly.validate(simdModule);
