// Sums of products as a matrix product: both factors packed into panels, a tile of sums held in registers, and
// whatever else the kernel computes done on blocks of finished sums while they are near.
import { isFloat, itemSize, roundUp } from '../tensor/index.ts';
import {
  apply,
  type Expression,
  index,
  least,
  number,
  type Place,
  plus,
  type Routine,
  read,
  times,
  variable,
} from './code.ts';
import type { Loops, Store } from './kernel.ts';
import { acrossOwnAxis, dependsOn, lanesFor, strideOf, vectorAxis } from './loops.ts';
import { type Tile, tileProduct } from './microkernel.ts';
import type { Reduction } from './nest.ts';
import {
  type Axis,
  plus as add,
  along,
  axesOver,
  fixed,
  type Position,
  quotient,
  remainder,
  times as scale,
  unflatten,
} from './position.ts';
import { rewriter, rewriteStores } from './rewrite.ts';
import { type Buffer, partsOf, type Scalar, type Scalars } from './scalar.ts';
import { settled } from './sums.ts';
import type { Target } from './target.ts';
import { Writer } from './writer.ts';
import type { Written } from './written.ts';

/** A kernel read as a product: sums over `inner` of `left`, which has the rows, times `right`. */
export interface Product {
  readonly sum: Reduction;
  readonly left: Scalar;
  readonly right: Scalar;
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly inner: readonly Axis[];
}

const count = (axes: readonly Axis[]): number => axes.reduce((n, { size }) => n * size, 1);

/** The only reduction in `stores`, unless a guard may shut it out. */
function onlyReduction(stores: readonly Store[]): Reduction | undefined {
  const found = new Set<Reduction>();
  let shut = false;
  const seen = new Set<Scalar>();
  const visit = (scalar: Scalar, guarded: boolean): void => {
    if (scalar.kind === 'reduce') {
      found.add(scalar);
      shut ||= guarded;
    }
    if (seen.has(scalar)) return;
    seen.add(scalar);
    for (const part of partsOf(scalar)) visit(part, guarded || scalar.kind === 'guard');
  };
  for (const { value } of stores) visit(value, false);
  const [only] = found;
  return found.size === 1 && !shut ? only : undefined;
}

/** Multiplications below which packing does not pay. */
const worthPacking = 2 ** 14;

/** `kernel` as a product, if it is one that is worth the trouble. */
export function productOf({ axes, stores }: Loops): Product | undefined {
  const sum = onlyReduction(stores);
  if (sum?.by !== 'sum' || !isFloat(sum.dtype) || sum.of.kind !== 'apply' || sum.of.op !== 'mul')
    return undefined;
  const [first, second] = sum.of.inputs;
  const has = (factor: Scalar) => (axis: Axis) => dependsOn(factor, axis);
  if (!axes.every((axis) => has(first)(axis) || has(second)(axis))) return undefined;
  if (!sum.axes.every((axis) => has(first)(axis) && has(second)(axis))) return undefined;
  const last = axes.at(-1);
  const swap = last !== undefined && !has(second)(last);
  const [left, right] = swap ? [second, first] : [first, second];
  const product: Product = {
    sum,
    left,
    right,
    batch: axes.filter((axis) => has(left)(axis) && has(right)(axis)),
    rows: axes.filter((axis) => !has(right)(axis)),
    columns: axes.filter((axis) => !has(left)(axis)),
    inner: sum.axes,
  };
  const [m, n, k] = [product.rows, product.columns, product.inner].map(count);
  return m >= 4 && n >= 4 && k >= 4 && m * n * k >= worthPacking ? product : undefined;
}

// Bytes that should stay in the nearest cache, in the next one, and beyond that.
const near = 64 * 1024;
const middle = 192 * 1024;
const far = 4 * 1024 * 1024;

/** How the product is cut: a block is `rows` × `columns` sums, their depth taken `depth` at a time. */
interface Cut {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Whether threads share the packed panels of a whole product; else each packs its own. */
  readonly shared: boolean;
}

function cutOf({ batch, rows, columns, inner }: Product, tile: Tile, { threads }: Target): Cut {
  const [b, m, n, k] = [batch, rows, columns, inner].map(count);
  const bytes = itemSize(tile.dtype);
  const wide = Math.max(
    tile.columns,
    Math.floor(Math.min(far / (k * bytes), 512) / tile.columns) * tile.columns,
  );
  const width = Math.min(wide, roundUp(n, tile.columns));
  const columnBlocks = Math.ceil(n / width);
  const pieces = b * columnBlocks;
  const shared = threads > 1 && pieces < 2 * threads;
  const deep = Math.max(1, Math.floor(near / (tile.columns * bytes)));
  const depth = Math.ceil(k / Math.ceil(k / deep));
  const fits = Math.floor(middle / ((depth + width) * bytes) / tile.rows);
  const tall = Math.max(tile.rows, fits * tile.rows);
  const fair = shared ? roundUp(Math.ceil((m * pieces) / (8 * threads)), tile.rows) : tall;
  const height = Math.min(tall, fair, roundUp(m, tile.rows));
  return {
    rows: height,
    columns: width,
    depth,
    rowBlocks: Math.ceil(m / height),
    columnBlocks,
    shared,
  };
}

/** The greatest register tile for `dtype`. */
function tileFor(dtype: Tile['dtype'], { vectorBytes, registers, spreads }: Target): Tile {
  const lanes = vectorBytes / itemSize(dtype);
  const rows = registers >= 32 ? 8 : vectorBytes >= 32 ? 6 : 4;
  return { dtype, lanes, rows, columns: 2 * lanes, spreads };
}

/** The routines of `product`, whose sums `kernel` stores something of. */
export function writeProduct(kernel: Loops, product: Product, scalars: Scalars, target: Target): Written {
  const tile = tileFor(product.sum.dtype, target);
  const cut = cutOf(product, tile, target);
  return new ProductWriter(kernel, product, scalars, target, tile, cut).write();
}

/** A left factor that is read where it lies. */
interface Direct {
  readonly buffer: Buffer;
  readonly position: Position;
  readonly layout: 'rows' | 'columns';
  /** Between its rows or columns. */
  readonly distance: number;
}

class ProductWriter {
  readonly #depth: number;
  readonly #height: number;
  readonly #width: number;
  // what counts: products of the batch and blocks of columns in them, blocks of rows, then what is in a block
  readonly #piece: Axis;
  readonly #rowBlock: Axis;
  readonly #strip: Axis;
  readonly #panel: Axis;
  readonly #row: Axis;
  readonly #column: Axis;
  readonly #k: Axis;
  readonly #packedLeft: Buffer;
  readonly #packedRight: Buffer;
  readonly #sums: Buffer;
  /** What rounding loses of them, where their depth is taken in parts. */
  readonly #lost: Buffer | undefined;
  readonly #direct: Direct | undefined;

  constructor(
    readonly kernel: Loops,
    readonly product: Product,
    readonly scalars: Scalars,
    readonly target: Target,
    readonly tile: Tile,
    readonly cut: Cut,
  ) {
    const { dtype } = tile;
    this.#depth = count(product.inner);
    this.#height = count(product.rows);
    this.#width = count(product.columns);
    const pieces = count(product.batch) * cut.columnBlocks;
    [this.#piece, this.#rowBlock, this.#strip, this.#panel, this.#k] = axesOver([
      pieces,
      cut.rowBlocks,
      cut.rows / tile.rows,
      cut.columns / tile.columns,
      this.#depth,
    ]);
    [this.#row, this.#column] = axesOver([cut.rows, cut.columns]);
    this.#packedLeft = { dtype, size: cut.rows * this.#depth + tile.lanes };
    this.#packedRight = { dtype, size: cut.columns * this.#depth * (cut.shared ? pieces : 1) };
    this.#sums = { dtype, size: cut.rows * cut.columns };
    this.#lost = cut.depth < this.#depth ? { ...this.#sums } : undefined;
    this.#direct = this.#readDirectly();
  }

  /** `axes` of the kernel as they count along blocks, with `row`, `column` and `k` in a block. */
  #places(row: Position, column: Position, k: Position): ReadonlyMap<Axis, Position> {
    const { batch, rows, columns, inner } = this.product;
    const { cut } = this;
    const piece = along(this.#piece);
    const places = (axes: readonly Axis[], flat: Position): [Axis, Position][] =>
      unflatten(
        flat,
        axes.map(({ size }) => size),
      ).map((position, i) => [axes[i], position]);
    return new Map([
      ...places(batch, quotient(piece, cut.columnBlocks)),
      ...places(rows, add(scale(along(this.#rowBlock), cut.rows), row)),
      ...places(columns, add(scale(remainder(piece, cut.columnBlocks), cut.columns), column)),
      ...places(inner, k),
    ]);
  }

  /** Where rows of the left factor are neighbours, or columns that are read only once, there is nothing to pack. */
  #readDirectly(): Direct | undefined {
    const { left } = this.product;
    if (left.kind !== 'load' || !this.target.spreads) return undefined;
    const { at } = rewriter({
      scalars: this.scalars,
      axes: this.#places(along(this.#row), fixed(0), along(this.#k)),
    });
    const position = at(left.position);
    const { buffer } = left;
    const [byRow, byColumn] = [strideOf(position, this.#row), strideOf(position, this.#k)];
    if (byRow === undefined || byColumn === undefined) return undefined;
    if (byColumn === 1) return { buffer, position, layout: 'rows', distance: byRow };
    return byRow === 1 && this.#panel.size === 1
      ? { buffer, position, layout: 'columns', distance: byColumn }
      : undefined;
  }

  write(): Written {
    const { cut } = this;
    const panels = count(this.product.batch) * this.#width * this.#depth;
    const work = panels * this.#height;
    const routines: Routine[] = [];
    if (cut.shared) {
      const [begin, end] = [variable(index), variable(index)];
      const [task] = axesOver([this.#piece.size * this.#panel.size]);
      const writer = this.#writer();
      writer.loop({ axis: task, from: read(begin), to: read(end) }, () => {
        writer.fix(this.#piece, quotient(along(task), this.#panel.size));
        writer.fix(this.#panel, remainder(along(task), this.#panel.size));
        this.#packPanel(writer);
      });
      routines.push({
        tasks: task.size,
        work: panels,
        begin,
        end,
        body: writer.statements,
      });
    }
    const [begin, end] = [variable(index), variable(index)];
    const writer = this.#writer();
    const [task] = axesOver([this.#piece.size * (cut.shared ? cut.rowBlocks : 1)]);
    writer.loop({ axis: task, from: read(begin), to: read(end) }, () => {
      if (cut.shared) {
        writer.fix(this.#piece, quotient(along(task), cut.rowBlocks));
        writer.fix(this.#rowBlock, remainder(along(task), cut.rowBlocks));
        this.#block(writer);
      } else {
        writer.fix(this.#piece, along(task));
        writer.loop({ axis: this.#panel, to: this.#panels(writer) }, () => this.#packPanel(writer));
        writer.loop({ axis: this.#rowBlock }, () => this.#block(writer));
      }
    });
    routines.push({ tasks: task.size, work, begin, end, body: writer.statements });
    const own = [
      this.#sums,
      ...(this.#lost ? [this.#lost] : []),
      ...(this.#direct ? [] : [this.#packedLeft]),
    ];
    return {
      routines,
      shared: cut.shared ? [this.#packedRight] : [],
      scratch: cut.shared ? own : [...own, this.#packedRight],
    };
  }

  #writer(): Writer {
    return new Writer(this.scalars, acrossOwnAxis(1));
  }

  /** How much of `whole`, cut into blocks of `size`, the block at `block` has. */
  #left(writer: Writer, whole: number, size: number, block: Position): Expression {
    return whole % size === 0
      ? number(size)
      : writer.name(least(number(size), writer.position(add(fixed(whole), scale(block, -size)))));
  }

  #columns(writer: Writer): Expression {
    const { columnBlocks, columns } = this.cut;
    return this.#left(writer, this.#width, columns, remainder(along(this.#piece), columnBlocks));
  }

  #panels(writer: Writer): Expression {
    return this.#ceiling(writer, this.#columns(writer), this.tile.columns);
  }

  #ceiling(writer: Writer, n: Expression, by: number): Expression {
    return n.kind === 'constant'
      ? number(Math.ceil(n.value / by))
      : writer.name(apply('div', [plus(n, number(by - 1)), number(by)]));
  }

  /** Where the packed panels of the piece begin. */
  #panelsAt(): Position {
    const { columns, shared } = this.cut;
    return shared ? scale(along(this.#piece), columns * this.#depth) : fixed(0);
  }

  /** Packs one panel of the right factor: the entries of its columns side by side, for each k. */
  #packPanel(writer: Writer): void {
    const { columns, lanes } = this.tile;
    const [column] = axesOver([columns]);
    const inBlock = add(scale(along(this.#panel), columns), along(column));
    const { rewrite } = rewriter({
      scalars: this.scalars,
      axes: this.#places(fixed(0), inBlock, along(this.#k)),
    });
    const at = add(
      this.#panelsAt(),
      add(
        scale(along(this.#panel), columns * this.#depth),
        add(scale(along(this.#k), columns), along(column)),
      ),
    );
    const stores = [{ buffer: this.#packedRight, position: at, value: rewrite(this.product.right) }];
    const here = this.#columns(writer);
    const left =
      here.kind === 'constant' && here.value % columns === 0
        ? number(columns)
        : writer.name(
            apply('max', [
              least(number(columns), plus(here, times(writer.position(along(this.#panel)), -columns))),
              number(0), // the last block may have fewer panels than the others
            ]),
          );
    const wide =
      lanesFor(stores, this.target) === lanes && vectorAxis([column], stores, lanes, 1) ? lanes : 1;
    writer.nest([{ axis: this.#k }, { axis: column, to: left, lanes: wide }], stores);
  }

  #packStrips(writer: Writer, rowsHere: Expression, strips: Expression): void {
    const { rows, lanes } = this.tile;
    const [row] = axesOver([rows]);
    const inBlock = add(scale(along(this.#strip), rows), along(row));
    const { rewrite } = rewriter({
      scalars: this.scalars,
      axes: this.#places(inBlock, fixed(0), along(this.#k)),
    });
    const at = add(
      scale(along(this.#strip), rows * this.#depth),
      add(scale(along(this.#k), rows), along(row)),
    );
    const stores = [{ buffer: this.#packedLeft, position: at, value: rewrite(this.product.left) }];
    const one = lanesFor(stores, this.target);
    const limit = (): Expression =>
      writer.name(least(number(rows), plus(rowsHere, times(writer.position(along(this.#strip)), -rows))));
    const { value } = stores[0];
    if (one === lanes && value.kind === 'load' && strideOf(value.position, row) === 1) {
      // Whole vectors, whose surplus the next k overwrites: as far as there are rows to read.
      const reach = roundUp(rows, lanes);
      const beyond = writer.position(
        add(fixed(this.#height - reach + rows), scale(along(this.#rowBlock), -this.cut.rows)),
      );
      const safe = writer.name(
        least(strips, apply('div', [apply('max', [beyond, number(0)]), number(rows)])),
      );
      writer.loop({ axis: this.#strip, to: safe }, () =>
        writer.nest([{ axis: this.#k }, { axis: row, to: number(reach), lanes }], stores),
      );
      writer.loop({ axis: this.#strip, from: safe, to: strips }, () =>
        writer.nest([{ axis: this.#k }, { axis: row, to: limit() }], stores),
      );
      return;
    }
    const wide = one === lanes && vectorAxis([this.#k], stores, lanes, lanes) ? lanes : 1;
    writer.loop({ axis: this.#strip, to: strips }, () =>
      writer.nest(
        [
          { axis: row, to: limit() },
          { axis: this.#k, lanes: wide },
        ],
        stores,
      ),
    );
  }

  /** A block of sums, and what the kernel stores of them. */
  #block(writer: Writer): void {
    const { cut, tile } = this;
    const rowsHere = this.#left(writer, this.#height, cut.rows, along(this.#rowBlock));
    const strips = this.#ceiling(writer, rowsHere, tile.rows);
    const panels = this.#panels(writer);
    if (!this.#direct) this.#packStrips(writer, rowsHere, strips);
    const parts = Math.ceil(this.#depth / cut.depth);
    const [part] = axesOver([parts]);
    writer.loop({ axis: part }, () => {
      const from = scale(along(part), cut.depth);
      const depth = this.#left(writer, this.#depth, cut.depth, along(part));
      writer.loop({ axis: this.#panel, to: panels }, () =>
        writer.loop({ axis: this.#strip, to: strips }, () => this.#tile(writer, from, depth, rowsHere)),
      );
    });
    this.#finish(writer, rowsHere);
  }

  #tile(writer: Writer, from: Position, depth: Expression, rowsHere: Expression): void {
    const { tile, cut } = this;
    const place = (buffer: Buffer, position: Position): Place => ({
      kind: 'place',
      buffer,
      at: writer.position(position),
    });
    const right = add(
      this.#panelsAt(),
      add(scale(along(this.#panel), tile.columns * this.#depth), scale(from, tile.columns)),
    );
    const sums = add(
      scale(along(this.#strip), tile.rows * cut.columns),
      scale(along(this.#panel), tile.columns),
    );
    const inParts = this.#lost ? [place(this.#lost, sums), writer.position(from)] : [];
    const after = [place(this.#packedRight, right), place(this.#sums, sums), number(cut.columns), ...inParts];
    if (this.#direct) {
      const { buffer, position, layout, distance } = this.#direct;
      const { at } = rewriter({
        scalars: this.scalars,
        axes: new Map([
          [this.#row, scale(along(this.#strip), tile.rows)],
          [this.#k, from],
        ]),
      });
      const rows = plus(rowsHere, times(writer.position(along(this.#strip)), -tile.rows));
      writer.push({
        kind: 'run',
        callee: tileProduct(tile, layout, inParts.length > 0),
        arguments: [depth, place(buffer, at(position)), number(distance), rows, ...after],
      });
    } else {
      const left = add(scale(along(this.#strip), tile.rows * this.#depth), scale(from, tile.rows));
      writer.push({
        kind: 'run',
        callee: tileProduct(tile, 'packed', inParts.length > 0),
        arguments: [depth, place(this.#packedLeft, left), ...after],
      });
    }
  }

  #finish(writer: Writer, rowsHere: Expression): void {
    const { scalars, cut, target, product } = this;
    const at = add(scale(along(this.#row), cut.columns), along(this.#column));
    const total = scalars.load(this.#sums, at);
    const { dtype } = total;
    const sum = this.#lost
      ? settled(total, scalars.load(this.#lost, at), dtype, scalars.constant(0, dtype), scalars.apply)
      : total;
    const stores = rewriteStores(this.kernel.stores, {
      scalars,
      axes: this.#places(along(this.#row), along(this.#column), fixed(0)),
      instead: (scalar) => (scalar === product.sum ? sum : undefined),
    });
    const lanes = lanesFor(stores, target);
    const wide = vectorAxis([this.#column], stores, lanes, 1) ? lanes : 1;
    writer.nest(
      [
        { axis: this.#row, to: rowsHere },
        { axis: this.#column, to: this.#columns(writer), lanes: wide },
      ],
      stores,
    );
  }
}
