// The Node side of the protocol: what every runner written in TypeScript shares.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Hello, Reply, Request } from '../protocol.ts';
import type { Task } from '../workloads.ts';

/** A task under way. */
export interface Job {
  /** One step, done to the end; what it gave, for the check. */
  step(): number[] | Promise<number[]>;
  /** Called in place of step() where only time counts. */
  fast?(): void | Promise<void>;
  /** How many calls a timed step stands for, where one is too short to time. */
  readonly calls?: number;
  /** A whole epoch. */
  epoch?(): void | Promise<void>;
}

export type Start = (task: Task, data: Arrays) => Job | Promise<Job>;

const say = (reply: Reply): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);

/** The start of a file of the shared data. */
function readStart(path: string, bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  const file = openSync(path, 'r');
  const read = readSync(file, new Uint8Array(buffer), 0, bytes, 0);
  closeSync(file);
  if (read !== bytes) throw new Error(`${path}: ${read} bytes, where the task needs ${bytes}`);
  return buffer;
}

/** Reads the shared arrays; those of the first models come first. */
export class Arrays {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
  }
  f32(name: string, size: number): Float32Array<ArrayBuffer> {
    return new Float32Array(readStart(join(this.#folder, `${name}.f32`), 4 * size));
  }
  i32(name: string, size: number): Int32Array<ArrayBuffer> {
    return new Int32Array(readStart(join(this.#folder, `${name}.i32`), 4 * size));
  }
}

/** Milliseconds that each of `n` calls took. */
async function timed(n: number, call: () => unknown): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < n; i++) {
    const before = performance.now();
    const result = call();
    if (result instanceof Promise) await result;
    ms.push(performance.now() - before);
  }
  return ms;
}

/** The most that was ever resident, in bytes: Linux counts it exactly, others in getrusage. */
function peakRss(): number {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found) return 1024 * Number(found[1]);
  } catch {
    // not Linux
  }
  return 1024 * process.resourceUsage().maxRSS;
}

/** Runs `load`, says hello, and answers until the input ends. What `load` throws is what is missing. */
export async function serve(load: () => Promise<{ hello: Hello; start: Start }>): Promise<void> {
  const messageOf = (error: unknown): string =>
    (error instanceof Error ? error.message : String(error)).split('\n')[0];
  let start: Start;
  try {
    const loaded = await load();
    start = loaded.start;
    say({ hello: loaded.hello, rss: process.memoryUsage.rss() });
  } catch (error) {
    say({ missing: messageOf(error) });
    return;
  }
  let job: Job | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request: Request = JSON.parse(line);
      if ('prepare' in request) {
        const ready = await start(request.prepare, new Arrays(request.data));
        const values: number[][] = [];
        const ms = await timed(2, async () => values.push(await ready.step()));
        job = ready;
        say({ ready: { values, ms } });
      } else {
        if (!job) throw new Error('run before prepare');
        const { step, fast = step, calls = 1, epoch } = job;
        const { steps } = request.run;
        if (request.run.epoch && !epoch) throw new Error('this runner has no whole epoch');
        const ms = await timed(steps, request.run.epoch && epoch ? epoch : fast);
        say({
          ran: { ms: ms.map((time) => time / calls), rss: process.memoryUsage.rss(), peakRss: peakRss() },
        });
      }
    } catch (error) {
      say({ error: messageOf(error) });
    }
  }
  process.exit(0);
}
