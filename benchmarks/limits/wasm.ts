// The limit of WebAssembly on this runtime: GFLOP/s of multiply-adds in registers, once a line of input.
// Its one argument is the number of threads.
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { flopsPerTurn, multiplyAdds } from './wasm-module.ts';

// A thread, in plain JavaScript so that it needs no loader.
const source = `
const { parentPort, workerData } = require('node:worker_threads');
const { fused, plain } = workerData;
const module = new WebAssembly.Module(WebAssembly.validate(fused) ? fused : plain);
const { run } = new WebAssembly.Instance(module).exports;
parentPort.on('message', (until) => {
  const begin = performance.timeOrigin + performance.now();
  let turns = 0, end = begin;
  do {
    run(100000);
    turns += 100000;
    end = performance.timeOrigin + performance.now();
  } while (end < until);
  parentPort.postMessage({ turns, begin, end });
});
`;

interface Work {
  readonly turns: number;
  readonly begin: number;
  readonly end: number;
}

const threads = Array.from(
  { length: Number(process.argv[2] ?? 1) },
  () => new Worker(source, { eval: true, workerData: multiplyAdds }),
);

async function measure(): Promise<number> {
  const until = performance.timeOrigin + performance.now() + 80;
  const all = await Promise.all(
    threads.map(
      (thread) =>
        new Promise<Work>((resolve, reject) => {
          thread.once('message', resolve).once('error', reject);
          thread.postMessage(until);
        }),
    ),
  );
  // Threads that start a little apart are each counted over their own time.
  return all.reduce((sum, { turns, begin, end }) => sum + (turns * flopsPerTurn) / (end - begin), 0) * 1e-6;
}

await measure(); // starts the threads and lets the runtime optimise
for await (const _ of createInterface({ input: process.stdin })) process.stdout.write(`${await measure()}\n`);
process.exit(0);
