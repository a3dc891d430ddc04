// What of WebAssembly's JavaScript interface the engine uses: Node's types name it, but do not describe it.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, object>>);
    readonly exports: Record<string, (...args: number[]) => number>;
  }
  class RuntimeError extends Error {}
  function validate(bytes: Uint8Array): boolean;
}
