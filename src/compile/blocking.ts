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

/** The most columns of a block, and how many panels of all their depth fit into a cache at the least where they are packed whole. */
const widest = 512;
const wholePanels = 8;

/** The most columns that are read side by side, so that their sums stay near, and the fewest that are worth a task. */
const wide = { most: 4096, least: 256 };

/**
 * How the right factor is read: packed whole, for all threads; each piece of it packed whole, by the thread that has it; or
 * part by part for each block of rows, as it is needed; or, as it serves few rows, not packed at all, and read as its rows are
 * neighbours or its columns.
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

/** How many of each there are: products, rows, columns, and numbers that a sum adds. */
interface Counts {
  readonly b: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export function blockingOf(product: Product, target: Target): Blocking {
  const [b, m, n, k] = [product.batch, product.rows, product.columns, product.inner].map(count);
  const counts = { b, m, n, k };
  const tile = tileFor(product.sum.dtype, m, n, target);
  const right = m <= few ? neighbours(product, tile.lanes) : undefined;
  if (right) return asItLies(right, counts, tile, target);
  const packed = inBlocks(counts, tile, target);
  return m <= Math.min(packed.tallest, low) ? inParts(counts, tile, target) : packed;
}

/** Few rows, for which the right factor is read once, as its rows or columns are neighbours. */
function asItLies(
  right: 'rows' | 'columns',
  { b, m, n, k }: Counts,
  tile: Tile,
  { threads }: Target,
): Blocking {
  const share = Math.max(right === 'rows' ? wide.least : tile.lanes, Math.ceil((n * b) / threads));
  const columns = Math.min(n, roundUp(Math.min(share, wide.most / m), tile.columns));
  return {
    tile: { ...tile, rows: m },
    rows: m,
    columns,
    depth: k,
    rowBlocks: 1,
    columnBlocks: Math.ceil(n / columns),
    lossless: right === 'rows' && k > longestSum,
    right,
  };
}

/** One block of rows, for which the right factor is packed part by part. */
function inParts({ b, m, n, k }: Counts, tile: Tile, { threads }: Target): Blocking {
  const share = roundUp(threads === 1 ? n : Math.ceil((n * b) / (4 * threads)), tile.columns);
  const columns = Math.min(strip.columns, Math.max(share, 4 * tile.columns), roundUp(n, tile.columns));
  return {
    tile,
    rows: roundUp(m, tile.rows),
    columns,
    depth: Math.min(k, strip.depth),
    rowBlocks: 1,
    columnBlocks: Math.ceil(n / columns),
    lossless: k > longestSum,
    right: 'parts',
  };
}

/**
 * Blocks of as many rows as caches hold, `tallest` at most, for all of which the right factor is packed once; or, where sums are
 * so deep that few columns of it would fit, for each of them part by part.
 */
function inBlocks(
  { b, m, n, k }: Counts,
  tile: Tile,
  { threads }: Target,
): Blocking & { readonly tallest: number } {
  const bytes = itemSize(tile.dtype);
  const whole = wholePanels * tile.columns * k * bytes <= far;
  const most =
    Math.floor((whole ? Math.min(far / (k * bytes), widest) : widest) / tile.columns) * tile.columns;
  const columns = whole ? Math.min(most, roundUp(n, tile.columns)) : roundUp(evenly(n, most), tile.columns);
  const deep = Math.max(1, Math.floor(near / (tile.columns * bytes * longestRun))) * longestRun;
  const depth = Math.min(k, roundUp(evenly(k, deep), longestRun));
  const fits = Math.floor(middle / ((depth + columns) * bytes) / tile.rows);
  const tallest = Math.max(tile.rows, fits * tile.rows);
  const columnBlocks = Math.ceil(n / columns);
  const pieces = b * columnBlocks;
  const scarce = threads > 1 && pieces < 2 * threads;
  const fair = scarce ? roundUp(Math.ceil((m * pieces) / (8 * threads)), tile.rows) : tallest;
  const rows = Math.min(tallest, fair);
  return {
    tile,
    rows,
    columns,
    depth,
    rowBlocks: Math.ceil(m / rows),
    columnBlocks,
    lossless: k > longestSum,
    right: !whole ? 'parts' : scarce ? 'shared' : 'pieces',
    tallest,
  };
}
