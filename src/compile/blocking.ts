// How a product is cut: into tiles that registers hold, and blocks that caches do.
import { itemSize, roundUp } from '../tensor/index.ts';
import { longestRun, type Tile } from './microkernel.ts';
import { count, type Product } from './product.ts';
import type { Target } from './target.ts';

// Bytes that should stay in the nearest cache, in the next one, and beyond that.
const near = 16 * 1024;
const middle = 192 * 1024;
const far = 4 * 1024 * 1024;

/** What is added in a row before it matters what rounding loses. */
const longestSum = 8 * longestRun;

/** Columns and depth of a block of which no more than one is packed at a time: read from memory as they lie there. */
const strip = { columns: 256, depth: longestRun };

/** A block is `rows` × `columns` sums, their depth taken `depth` at a time. */
export interface Blocking {
  readonly tile: Tile;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Whether what rounding loses of the sums is kept; which follows from their depth alone. */
  readonly lossless: boolean;
  /**
   * Where the right factor is packed: whole, for all threads; each piece of it whole, by the thread that has it; or, as
   * it serves a single block of rows, part by part as it is needed.
   */
  readonly packs: 'shared' | 'pieces' | 'parts';
}

/** `n` in equal shares of no more than `most`. */
const evenly = (n: number, most: number): number => Math.ceil(n / Math.ceil(n / most));

/** The register tile for sums of `dtype`: as large as there are registers for, and no larger than a product with few rows or columns. */
function tileFor(
  dtype: Tile['dtype'],
  m: number,
  n: number,
  { vectorBytes, registers, spreads }: Target,
): Tile {
  const lanes = vectorBytes / itemSize(dtype);
  const most = registers >= 32 ? 8 : vectorBytes >= 32 ? 6 : 4;
  if (n <= lanes && spreads) return { dtype, lanes, rows: evenly(m, 2 * most), columns: lanes, spreads };
  const rows = m < 2 * most ? evenly(m, most) : most;
  return { dtype, lanes, rows, columns: (2 * rows <= most ? 4 : 2) * lanes, spreads };
}

export function blockingOf({ sum, batch, rows, columns, inner }: Product, target: Target): Blocking {
  const { threads } = target;
  const [b, m, n, k] = [batch, rows, columns, inner].map(count);
  const tile = tileFor(sum.dtype, m, n, target);
  const bytes = itemSize(tile.dtype);
  const wide = Math.max(
    tile.columns,
    Math.floor(Math.min(far / (k * bytes), 512) / tile.columns) * tile.columns,
  );
  const width = Math.min(wide, roundUp(n, tile.columns));
  const deep = Math.max(1, Math.floor(near / (tile.columns * bytes * longestRun))) * longestRun;
  const depth = Math.min(k, roundUp(evenly(k, deep), longestRun));
  const fits = Math.floor(middle / ((depth + width) * bytes) / tile.rows);
  const tall = Math.max(tile.rows, fits * tile.rows);
  const block = { tile, lossless: k > longestSum };
  if (m <= tall) {
    const share = roundUp(Math.ceil((n * b) / (4 * threads)), tile.columns);
    const own = Math.min(strip.columns, Math.max(share, 4 * tile.columns), roundUp(n, tile.columns));
    return {
      ...block,
      rows: roundUp(m, tile.rows),
      columns: own,
      depth: Math.min(k, strip.depth),
      rowBlocks: 1,
      columnBlocks: Math.ceil(n / own),
      packs: 'parts',
    };
  }
  const columnBlocks = Math.ceil(n / width);
  const pieces = b * columnBlocks;
  const shared = threads > 1 && pieces < 2 * threads;
  const fair = shared ? roundUp(Math.ceil((m * pieces) / (8 * threads)), tile.rows) : tall;
  const height = Math.min(tall, fair);
  return {
    ...block,
    rows: height,
    columns: width,
    depth,
    rowBlocks: Math.ceil(m / height),
    columnBlocks,
    packs: shared ? 'shared' : 'pieces',
  };
}
