// Products of packed blocks, by a 3 × 2 tile of accumulators, on this thread and on a helper beside it.
// Which of the two computes a tile changes none of its bits.
import type { Worker } from 'node:worker_threads';
import { atOnce } from '../threads.ts';

/** Rows of a panel of the left operand, columns of a panel of the right one. */
export const tile = { rows: 3, columns: 2 } as const;

/** The largest block: what fits the fixed arrays below. */
export const most = { rows: 510, depth: 512, columns: 512 } as const;

const entries = 2 ** 18; // at least rows · depth, depth · columns and rows · columns

/** Zeros that both threads see; a browser's page may have to do with memory of its own. */
const zeros = (bytes: number): ArrayBuffer | SharedArrayBuffer =>
  typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
const floats = (length: number): Float64Array => new Float64Array(zeros(8 * length));

// The operands' panels one after the other: for each inner index the entries of a panel's rows (columns).
// V8 leaves out the bounds checks where the array is a constant that is longer than any masked index: a third
// of the time.
export const left = floats(entries + tile.rows * 0x400);
export const right = floats(entries + tile.columns * 0x400);
/** The product, row-major, and what rounding has lost of it. */
export const product = floats(entries);
export const lost = floats(entries);

/** What the threads tell each other: where each entry is. */
const at = { asked: 0, answered: 1, ready: 2, taken: 3, rows: 4, depth: 5, columns: 6 } as const;
const shared = new Int32Array(zeros(4 * Object.keys(at).length));

/** Multiply-adds below which waking the helper costs more than it saves. */
const worthSharing = 200_000;

/** Adds `left` (rows × depth) times `right` (depth × columns) to `product`; rows and columns are whole panels. */
export function addProduct(rows: number, depth: number, columns: number): void {
  shared.set([0, rows, depth, columns], at.taken);
  const helped = rows * depth * columns >= worthSharing && wakeHelper();
  takePanels();
  if (!helped) return;
  const asked = shared[at.asked];
  for (let now = asked - 1; now !== asked; now = Atomics.load(shared, at.answered))
    Atomics.wait(shared, at.answered, now);
}

/** Multiplies panels of rows by all columns until every one is taken. */
function takePanels(): void {
  const [rows, depth, columns] = shared.subarray(at.rows);
  for (;;) {
    const row = tile.rows * Atomics.add(shared, at.taken, 1);
    if (row >= rows) return;
    for (let column = 0; column < columns; column += tile.columns)
      for (let from = 0; from < depth; from += 64) {
        const [i, j] = [row * depth + from * tile.rows, column * depth + from * tile.columns];
        addTile(i, j, Math.min(64, depth - from), row * columns + column, columns);
      }
  }
}

// biome-ignore format: the tile reads as a matrix
/**
 * Adds the product of the panels at `i` and `j` to the tile at `k`, whose rows are `width` entries apart: without
 * loss but for that of `depth` additions in a row.
 */
function addTile(i: number, j: number, depth: number, k: number, width: number): void {
  let c00 = 0, c01 = 0;
  let c10 = 0, c11 = 0;
  let c20 = 0, c21 = 0;
  for (let p = 0; p < (depth & 0x3ff); p++) {
    const l = (i & 0x3ffff) + 3 * p;
    const r = (j & 0x3ffff) + 2 * p;
    const a0 = left[l], a1 = left[l + 1], a2 = left[l + 2];
    const b0 = right[r], b1 = right[r + 1];
    c00 += a0 * b0; c01 += a0 * b1;
    c10 += a1 * b0; c11 += a1 * b1;
    c20 += a2 * b0; c21 += a2 * b1;
  }
  addTo(k, c00); addTo(k + 1, c01);
  addTo(k + width, c10); addTo(k + width + 1, c11);
  addTo(k + 2 * width, c20); addTo(k + 2 * width + 1, c21);
}

function addTo(k: number, x: number): void {
  lost[k] += lostIn(product[k], x);
  product[k] += x;
}

/** What the rounding of x + y loses, exactly (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B). */
export function lostIn(x: number, y: number): number {
  const sum = x + y;
  const own = sum - x; // what has become of y
  return x - (sum - own) + (y - own);
}

/** The sum that `total` and all that was `lost` of it are; where it is not finite nothing can be lost. */
export const settled = (total: number, lost: number): number =>
  Number.isFinite(lost) ? total + lost : total;

/** The helper starts from source, and so alike from TypeScript, a bundle and the package. */
const helperSource = `
  const { left, right, product, lost, shared, tile, at } = require('node:worker_threads').workerData;
  ${lostIn}
  ${addTo}
  ${addTile}
  ${takePanels}
  Atomics.store(shared, at.ready, 1);
  for (;;) {
    Atomics.wait(shared, at.asked, shared[at.answered]);
    takePanels();
    Atomics.add(shared, at.answered, 1);
    Atomics.notify(shared, at.answered);
  }`;

/** Node's threads, if there is a second core; in a browser this thread is alone. */
const threads = atOnce() > 1 ? globalThis.process?.getBuiltinModule?.('node:worker_threads') : undefined;
let helper: Worker | undefined;

/** Asks the helper to take panels too, if there can be one and it has started by now. */
function wakeHelper(): boolean {
  if (!threads) return false;
  if (!helper) {
    helper = new threads.Worker(helperSource, {
      eval: true,
      workerData: { left, right, product, lost, shared, tile, at },
    });
    helper.unref();
  }
  if (Atomics.load(shared, at.ready) === 0) return false;
  Atomics.add(shared, at.asked, 1);
  Atomics.notify(shared, at.asked);
  return true;
}
