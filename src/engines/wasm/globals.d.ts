// What the engine uses that the types of Node and ECMAScript 2023 do not describe.
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

interface ArrayBufferConstructor {
  /** A resizable array buffer: its memory comes in whole pages, and none is touched before it is used. */
  new (byteLength: number, options: { maxByteLength: number }): ArrayBuffer;
}

/** A browser's worker; Node has its own elsewhere. */
declare const Worker:
  | (new (
      url: string,
    ) => { postMessage(message: object): void; terminate(): void })
  | undefined;
