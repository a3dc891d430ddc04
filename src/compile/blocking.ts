// How a product is cut: into tiles that registers hold, and blocks that caches do.
import { itemSize, roundUp } from '../tensor/index.ts';
import { longestRun, type Tile } from './microkernel.ts';
import { count, few, type Product, runsAlong } from './product.ts';
import type { Target } from './target.ts';

// Bytes that should stay in the nearest cache, in the next one, and beyond that.
const near = 16 * 1024;
const middle = 192 * 1024;
const far = 4 * 1024 * 1024;

/** What is added in a row before it matters what rounding loses. */
const longestSum = 8 * longestRun;

/** So many rows at most make one block, for which it does not pay to pack more than what is multiplied next. */
const low = 96;

/** Columns and depth of a block of which no more than one is packed at a time: read from memory as they lie there. */
const strip = { columns: 256, depth: longestRun };

/** The most columns that are read side by side, so that their sums stay near, and the fewest that are worth a task. */
const wide = { most: 4096, least: 256 };

/**
 * How the right factor is read: packed whole, for all threads; each piece of it packed whole, by the thread that has it; or,
 * as it serves a single block of rows, part by part as it is needed; or, as it serves few rows, not packed at all, and read
 * as its rows are neighbours or its columns.
 */
export type Right = 'shared' | 'pieces' | 'parts' | 'rows' | 'columns';

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
  readonly right: Right;
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

/** Whether the right factor's rows are neighbours, or its columns, that are worth whole vectors. */
function neighbours({ right, columns, inner }: Product, lanes: number): 'rows' | 'columns' | undefined {
  const [column, k] = [columns, inner].map((axes) => axes[axes.length - 1]);
  if (count(columns) >= lanes && runsAlong(right, column)) return 'rows';
  return count(inner) >= 4 * lanes && runsAlong(right, k) ? 'columns' : undefined;
}

export function blockingOf(product: Product, target: Target): Blocking {
  const { sum, batch, rows, columns, inner } = product;
  const { threads } = target;
  const [b, m, n, k] = [batch, rows, columns, inner].map(count);
  const tile = tileFor(sum.dtype, m, n, target);
  const asItLies = m <= few ? neighbours(product, tile.lanes) : undefined;
  if (asItLies) {
    const share = Math.max(asItLies === 'rows' ? wide.least : tile.lanes, Math.ceil((n * b) / (2 * threads)));
    const own = Math.min(n, roundUp(Math.min(share, wide.most / m), tile.columns));
    return {
      tile: { ...tile, rows: m },
      rows: m,
      columns: own,
      depth: k,
      rowBlocks: 1,
      columnBlocks: Math.ceil(n / own),
      lossless: asItLies === 'rows' && k > longestSum,
      right: asItLies,
    };
  }
  const bytes = itemSize(tile.dtype);
  const broad = Math.max(
    tile.columns,
    Math.floor(Math.min(far / (k * bytes), 512) / tile.columns) * tile.columns,
  );
  const width = Math.min(broad, roundUp(n, tile.columns));
  const deep = Math.max(1, Math.floor(near / (tile.columns * bytes * longestRun))) * longestRun;
  const depth = Math.min(k, roundUp(evenly(k, deep), longestRun));
  const fits = Math.floor(middle / ((depth + width) * bytes) / tile.rows);
  const tall = Math.max(tile.rows, fits * tile.rows);
  const block = { tile, lossless: k > longestSum };
  if (m <= Math.min(tall, low)) {
    const share = roundUp(threads === 1 ? n : Math.ceil((n * b) / (4 * threads)), tile.columns);
    const own = Math.min(strip.columns, Math.max(share, 4 * tile.columns), roundUp(n, tile.columns));
    return {
      ...block,
      rows: roundUp(m, tile.rows),
      columns: own,
      depth: Math.min(k, strip.depth),
      rowBlocks: 1,
      columnBlocks: Math.ceil(n / own),
      right: 'parts',
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
    right: shared ? 'shared' : 'pieces',
  };
}
