// Web Workers for jax-js: Node has worker_threads instead, and jax-js uses threads only where it finds a Worker.
import { resolveObjectURL } from 'node:buffer';
import { Worker as Thread } from 'node:worker_threads';

const prelude = `
const { parentPort } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (data) => parentPort.postMessage(data);
parentPort.on('message', (data) => self.onmessage({ data }));
`;

/** The part of the browser's Worker that jax-js uses. */
class WebWorker {
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: (event: { message: string }) => void = () => {};
  readonly #thread: Promise<Thread>;

  constructor(url: string) {
    const source = resolveObjectURL(url)?.text() ?? Promise.reject(new Error(`${url} is no blob`));
    this.#thread = source.then((text) => {
      const thread = new Thread(prelude + text, { eval: true });
      thread.on('message', (data) => this.onmessage({ data }));
      thread.on('error', ({ message }) => this.onerror({ message }));
      return thread;
    });
  }

  postMessage(data: unknown): void {
    this.#thread.then((thread) => thread.postMessage(data));
  }
}

/** Makes Worker and navigator.hardwareConcurrency global, for `threads` threads. */
export function provideWorkers(threads: number): void {
  Object.defineProperty(globalThis, 'navigator', {
    value: { hardwareConcurrency: threads },
    configurable: true,
  });
  Object.defineProperty(globalThis, 'Worker', { value: WebWorker, configurable: true });
}
