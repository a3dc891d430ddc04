// Threads that share the tasks of kernels. The caller posts a kernel and does tasks itself; helpers that are
// awake by then take tasks from the same counter, and nobody waits for those that are not.
import type { Heap } from './heap.ts';
import { workerThreads } from './host.ts';
import { mathSource } from './math.ts';

/** Words that the threads share: where each is. */
const at = {
  /** The number of the latest kernel posted. */
  posted: 0,
  /** The kernel whose tasks may be taken; 0 where none is. */
  open: 1,
  /** Helpers that may be taking tasks. */
  active: 2,
  /** The next task that nobody took. */
  next: 3,
  ready: 4,
  /** Bytes of the message of a helper's error. */
  failed: 5,
  tasks: 6,
  /** How many tasks are taken at a time. */
  chunk: 7,
  /** The program: its number, and where its module is. */
  program: 8,
  address: 9,
  bytes: 10,
  routine: 11,
  frame: 12,
  /** The caller's scratch, and how far it is to the next thread's. */
  scratch: 13,
  stride: 14,
  /** Tasks of the latest kernel that helpers did. */
  helped: 15,
  /** Threads that take part: helpers with greater numbers do not. */
  threads: 16,
} as const;

interface Shared {
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly message: Uint8Array;
  readonly at: typeof at;
  readonly helper: number;
}

/** What a helper does. Refers to nothing outside itself: it starts from its source. */
function help({ memory, words, message, at, helper }: Shared, math: Record<string, object>): void {
  const programs = new Map<number, WebAssembly.Instance>();
  Atomics.add(words, at.ready, 1);
  for (let seen = 0; ; ) {
    // the next kernel often comes soon: going to sleep and being woken takes longer
    for (let i = 0; i < 10_000 && Atomics.load(words, at.posted) === seen; i++);
    Atomics.wait(words, at.posted, seen);
    const posted = Atomics.load(words, at.posted);
    if (posted === seen) continue;
    seen = posted;
    let missing: { id: number; bytes: Uint8Array } | undefined;
    Atomics.add(words, at.active, 1);
    try {
      // while a helper is active and the kernel open, what is posted stays
      if (Atomics.load(words, at.open) === posted && helper < words[at.threads]) {
        const [id, address, length, routine, frame, scratch, stride] = words.subarray(at.program);
        const [tasks, chunk] = words.subarray(at.tasks);
        const instance = programs.get(id);
        if (!instance) {
          missing = { id, bytes: new Uint8Array(memory.buffer, address >>> 0, length).slice() };
        } else {
          programs.delete(id);
          programs.set(id, instance); // last, as what was used last
          const run = instance.exports[`routine${routine}`];
          for (;;) {
            const begin = Atomics.add(words, at.next, chunk);
            if (begin >= tasks) break;
            const end = Math.min(begin + chunk, tasks);
            run(begin, end, frame, scratch + helper * stride);
            Atomics.add(words, at.helped, end - begin);
          }
        }
      }
    } catch (error) {
      const text = new TextEncoder()
        .encode(error instanceof Error ? error.message : String(error))
        .subarray(0, message.length);
      message.set(text);
      Atomics.store(words, at.failed, text.length);
      Atomics.store(words, at.next, 0x3fffffff);
    }
    Atomics.sub(words, at.active, 1);
    Atomics.notify(words, at.active);
    if (!missing) continue;
    // nobody waits for this; afterwards there may still be something to do
    const module = new WebAssembly.Module(missing.bytes);
    const program = { share() {} }; // loops are the caller's
    programs.set(missing.id, new WebAssembly.Instance(module, { memory: { memory }, math, program }));
    if (programs.size > 64) programs.delete([...programs.keys()][0]);
    seen = posted - 1;
  }
}

const helperSource = (message: string): string =>
  `const __name = (f) => f; (${help})(${message}, ${mathSource});`;

/** Starts a helper; it is ready some time later, also while this thread is busy. */
function start(shared: Shared): { stop: () => void } {
  const node = workerThreads();
  if (node) {
    const source = helperSource("require('node:worker_threads').workerData");
    const worker = new node.Worker(source, { eval: true, workerData: shared, execArgv: [] });
    worker.on('error', () => {}); // what it was doing is told by its silence
    worker.unref();
    return { stop: () => worker.terminate() };
  }
  if (typeof Worker === 'undefined') throw new Error('no workers here');
  const source = `onmessage = ({ data }) => { ${helperSource('data')} };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  worker.postMessage(shared);
  return { stop: () => worker.terminate() };
}

/** A kernel of a program, and where it works. */
export interface Job {
  readonly program: number;
  /** Where the module of the program is, and how long it is. */
  readonly address: number;
  readonly bytes: number;
  readonly routine: number;
  readonly tasks: number;
  readonly frame: number;
  /** The caller's scratch, and how far it is to the next thread's. */
  readonly scratch: number;
  readonly stride: number;
  /** Does the tasks from begin on before end. */
  readonly run: (begin: number, end: number) => void;
}

/** What a kernel did wrong on a helper. */
export class KernelError extends Error {}

/** How long a helper may be silent after all others are done, in milliseconds, if that is not long for the kernel. */
const patience = 30_000;

export class Team {
  readonly #heap: Heap;
  readonly #threads: () => number;
  readonly #patience: number;
  #words: Int32Array = new Int32Array(0);
  #message: Uint8Array = new Uint8Array(0);
  #helpers: { stop: () => void }[] = [];
  #failed = false;

  /** `threads` share the work, the caller's among them; helpers start when they are first wanted. */
  constructor(heap: Heap, threads: () => number, silence = patience) {
    this.#heap = heap;
    this.#threads = threads;
    this.#patience = silence;
  }

  /** How many threads there are to be now, the caller's among them. */
  get size(): number {
    return this.#heap.shared ? this.#threads() : 1;
  }

  /** How many helpers have started by now. */
  get ready(): number {
    return this.#helpers.length > 0 ? Atomics.load(this.#words, at.ready) : 0;
  }

  /** How many tasks of the latest kernel helpers did. */
  get helped(): number {
    return this.#helpers.length > 0 ? Atomics.load(this.#words, at.helped) : 0;
  }

  /** Starts the helpers that `threads` threads lack. */
  #start(threads: number): void {
    if (this.#failed || this.#helpers.length >= threads - 1) return;
    if (this.#helpers.length === 0) {
      this.#words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(at).length));
      this.#message = new Uint8Array(new SharedArrayBuffer(200));
    }
    const { memory } = this.#heap;
    while (this.#helpers.length < threads - 1)
      try {
        const helper = this.#helpers.length + 1;
        this.#helpers.push(start({ memory, words: this.#words, message: this.#message, at, helper }));
      } catch {
        this.#failed = true; // then it is those that there are
        return;
      }
  }

  /** Ends the helpers; the next kernel starts others. */
  stop(): void {
    for (const helper of this.#helpers) helper.stop();
    this.#helpers = [];
  }

  /** Does all tasks of `job`. What it throws is what a kernel did wrong, here or on a helper. */
  run(job: Job): void {
    const threads = this.size;
    this.#start(threads);
    if (this.ready === 0) {
      job.run(0, job.tasks);
      return;
    }
    const words = this.#words;
    // small enough that nobody is left alone with much at the end
    const chunk = Math.ceil(job.tasks / (8 * threads));
    const { program, address, bytes, routine, frame, scratch, stride } = job;
    words.set([job.tasks, chunk, program, address, bytes, routine, frame, scratch, stride], at.tasks);
    words[at.threads] = threads;
    Atomics.store(words, at.next, 0);
    Atomics.store(words, at.failed, 0);
    Atomics.store(words, at.helped, 0);
    const posted = (words[at.posted] + 1) | 0 || 1;
    Atomics.store(words, at.open, posted);
    Atomics.store(words, at.posted, posted);
    Atomics.notify(words, at.posted);
    const begun = Date.now();
    try {
      for (;;) {
        const begin = Atomics.add(words, at.next, chunk);
        if (begin >= job.tasks) break;
        job.run(begin, Math.min(begin + chunk, job.tasks));
      }
    } finally {
      Atomics.store(words, at.next, 0x3fffffff);
      Atomics.store(words, at.open, 0);
      this.#await(begun);
    }
    const length = Atomics.load(words, at.failed);
    if (length > 0) throw new KernelError(new TextDecoder().decode(this.#message.slice(0, length)));
  }

  /** Waits until no helper is active any more, on a kernel that began at `begun`. */
  #await(begun: number): void {
    const words = this.#words;
    for (let i = 0; i < 10_000; i++) if (Atomics.load(words, at.active) === 0) return;
    const limit = Math.max(this.#patience, 4 * (Date.now() - begun));
    const deadline = Date.now() + limit;
    for (let left = words[at.active]; left > 0; left = Atomics.load(words, at.active)) {
      if (Date.now() > deadline) {
        this.stop();
        throw new Error(
          `wasm: a thread has been silent for ${limit} ms and was given up; run it again, or with UMBRA_THREADS=1`,
        );
      }
      wait(words, at.active, left);
    }
  }
}

/** Sleeps until the word at `index` is no longer `value`, for a second at most; a browser's page must not sleep. */
function wait(words: Int32Array, index: number, value: number): void {
  try {
    Atomics.wait(words, index, value, 1000);
  } catch {
    // then it looks again and again
  }
}
