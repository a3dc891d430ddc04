// What the engine takes from Node where it runs there; a browser has its own, or does without.

type Process = typeof globalThis.process | undefined;

/** Node's process; a browser has none. */
const host = (): Process => globalThis.process;

/** A module of Node's, or nothing elsewhere. */
export const workerThreads = () => host()?.getBuiltinModule?.('node:worker_threads');

/** How many threads there are to be used: UMBRA_THREADS, or as many as the machine runs at once. */
export function threadCount(): number {
  const wanted = Number(host()?.env?.UMBRA_THREADS);
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return host()?.getBuiltinModule?.('node:os').availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

// (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd)
const relaxedModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02, 0x0b],
);

/** Whether the runtime has relaxed SIMD. Node 20 has it behind a flag, which can be set while it runs. */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedModule)) return true;
  try {
    host()?.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  } catch {
    return false;
  }
  return WebAssembly.validate(relaxedModule);
}
