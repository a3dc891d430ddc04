// Run in a process of its own, which starts many threads: each keeps outputs that others keep too, and reads back each.
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Artefacts } from '../../../../src/lab/core/stages/artefacts.ts';

const starter = fileURLToPath(new URL('../../../../scripts/start.js', import.meta.url));

interface Work {
  readonly folder: string;
  readonly outputs: number;
  readonly first: number;
}

/** What is kept as the `i`-th output: of a length and a content of its own. */
const bytesOf = (i: number): Uint8Array => new Uint8Array(1000 + 7919 * i).fill(i + 1);

/** How many outputs were whole right after they were kept, and what was told of the others. */
function keepAll({ folder, outputs, first }: Work): { whole: number; warnings: string[] } {
  const warnings: string[] = [];
  const artefacts = new Artefacts(folder, 'here', (line) => warnings.push(line));
  let whole = 0;
  for (let n = 0; n < outputs; n++) {
    const i = (first + n) % outputs;
    const name = { stage: 'base', key: String(i), extension: 'bin' };
    artefacts.save(name, bytesOf(i));
    const found = artefacts.load(name);
    if (found && Buffer.compare(found, bytesOf(i)) === 0) whole++;
  }
  return { whole, warnings };
}

if (isMainThread) {
  const [folder, threads, outputs] = process.argv.slice(2);
  const all = await Promise.all(
    Array.from(
      { length: Number(threads) },
      (_, i) =>
        new Promise<ReturnType<typeof keepAll>>((resolve, reject) => {
          const data: Work = { folder, outputs: Number(outputs), first: i % 2 }; // half of them a step ahead
          const worker = new Worker(starter, { argv: [process.argv[1]], workerData: data });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  process.stdout.write(JSON.stringify(all));
} else parentPort?.postMessage(keepAll(workerData));
