// Sums of products as a matrix product: both factors packed into panels, a tile of sums held in registers, and
// whatever else the kernel computes done on blocks of finished sums while they are near.
import { roundUp } from '../tensor/index.ts';
import { type Blocking, blockingOf } from './blocking.ts';
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
import { writeDots } from './dots.ts';
import type { Loops, Store } from './kernel.ts';
import { acrossOwnAxis, lanesFor, strideOf, vectorAxis } from './loops.ts';
import { tileProduct } from './microkernel.ts';
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
import { count, type FewRows, type Product, runsAlong } from './product.ts';
import { rewriter, rewriteStores } from './rewrite.ts';
import type { Buffer, Scalar, Scalars } from './scalar.ts';
import { writeStream } from './streaming.ts';
import { settled } from './sums.ts';
import type { Target } from './target.ts';
import { Writer } from './writer.ts';
import type { Written } from './written.ts';

/** The routines of `product`, whose sums `kernel` stores something of. */
export function writeProduct(kernel: Loops, product: Product, scalars: Scalars, target: Target): Written {
  return new ProductWriter(kernel, product, scalars, target, blockingOf(product, target)).write();
}

/** A left factor that is read as rows or columns of neighbours: where it lies, or where a block of it is computed. */
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
  // what counts: products of the batch and blocks of columns in them, blocks of rows, parts of the depth, then what is in a block
  readonly #piece: Axis;
  readonly #rowBlock: Axis;
  readonly #part: Axis;
  readonly #strip: Axis;
  readonly #panel: Axis;
  readonly #row: Axis;
  readonly #column: Axis;
  /** In a part of the left factor's depth, and in as much of the right factor's as is packed at a time. */
  readonly #k: Axis;
  readonly #packedK: Axis;
  readonly #packedLeft: Buffer;
  readonly #packedRight: Buffer;
  readonly #sums: Buffer;
  /** The sums of one run, where they are not in registers. */
  readonly #run: Buffer | undefined;
  /** What rounding loses of them. */
  readonly #lost: Buffer | undefined;
  readonly #direct: Direct | undefined;

  constructor(
    readonly kernel: Loops,
    readonly product: Product,
    readonly scalars: Scalars,
    readonly target: Target,
    readonly blocking: Blocking,
  ) {
    const { tile, rows, columns, depth, rowBlocks, columnBlocks, right, lossless } = blocking;
    const { dtype } = tile;
    this.#depth = count(product.inner);
    this.#height = count(product.rows);
    this.#width = count(product.columns);
    const pieces = count(product.batch) * columnBlocks;
    [this.#piece, this.#rowBlock, this.#part] = axesOver([pieces, rowBlocks, Math.ceil(this.#depth / depth)]);
    [this.#strip, this.#panel] = axesOver([rows / tile.rows, columns / tile.columns]);
    [this.#row, this.#column] = axesOver([rows, columns]);
    [this.#k, this.#packedK] = axesOver([depth, right === 'parts' ? depth : this.#depth]);
    this.#packedLeft = { dtype, size: rows * depth + tile.lanes };
    this.#packedRight = { dtype, size: columns * this.#packedK.size * (right === 'shared' ? pieces : 1) };
    this.#sums = { dtype, size: rows * columns };
    this.#run = right === 'rows' ? { ...this.#sums } : undefined;
    this.#lost = lossless ? { ...this.#sums } : undefined;
    this.#direct = this.#inPlace() ?? this.#asRows();
  }

  /** `axes` of the kernel as they count along blocks, with `row` and `column` in a block, and `k` of all. */
  #places(row: Position, column: Position, k: Position): ReadonlyMap<Axis, Position> {
    const { batch, rows, columns, inner } = this.product;
    const { blocking } = this;
    const piece = along(this.#piece);
    const places = (axes: readonly Axis[], flat: Position): [Axis, Position][] =>
      unflatten(
        flat,
        axes.map(({ size }) => size),
      ).map((position, i) => [axes[i], position]);
    return new Map([
      ...places(batch, quotient(piece, blocking.columnBlocks)),
      ...places(rows, add(scale(along(this.#rowBlock), blocking.rows), row)),
      ...places(columns, add(scale(remainder(piece, blocking.columnBlocks), blocking.columns), column)),
      ...places(inner, k),
    ]);
  }

  /** Where the part of the depth begins. */
  #start(): Position {
    return scale(along(this.#part), this.blocking.depth);
  }

  /** Whether the left factor must lie as rows, since it is read along them several numbers at a time. */
  get #takesRows(): boolean {
    return this.blocking.right === 'columns';
  }

  /** Where rows of the left factor are neighbours, or columns that are read only once, there is nothing to pack. */
  #inPlace(): Direct | undefined {
    const { left } = this.product;
    if (left.kind !== 'load' || left.dtype !== this.blocking.tile.dtype) return undefined;
    if (!this.target.spreads && !this.#takesRows) return undefined;
    const { at } = rewriter({
      scalars: this.scalars,
      axes: this.#places(along(this.#row), fixed(0), add(this.#start(), along(this.#k))),
    });
    const position = at(left.position);
    const { buffer } = left;
    const [byRow, byColumn] = [strideOf(position, this.#row), strideOf(position, this.#k)];
    if (byRow === undefined || byColumn === undefined) return undefined;
    if (byColumn === 1) return { buffer, position, layout: 'rows', distance: byRow };
    return byRow === 1 && this.#panel.size === 1 && !this.#takesRows
      ? { buffer, position, layout: 'columns', distance: byColumn }
      : undefined;
  }

  /** Where vectors of the left factor are computed along its rows, they stay as they are. */
  #asRows(): Direct | undefined {
    const { depth } = this.blocking;
    const store = this.#leftAt(along(this.#row), 1);
    const vectors = runsAlong(store.value, this.#k) && this.#wideAlong(this.#k, store);
    if (!this.#takesRows && !(this.target.spreads && vectors)) return undefined;
    const position = add(scale(along(this.#row), depth), along(this.#k));
    return { buffer: this.#packedLeft, position, layout: 'rows', distance: depth };
  }

  /** The store that packs the left factor's entry at `row` and k, where it lies k · `distance` on. */
  #leftAt(row: Position, distance: number): Store {
    const { rewrite } = rewriter({
      scalars: this.scalars,
      axes: this.#places(row, fixed(0), add(this.#start(), along(this.#k))),
    });
    return {
      buffer: this.#packedLeft,
      position: scale(along(this.#k), distance),
      value: rewrite(this.product.left),
    };
  }

  /** Whether `store` can take whole vectors along `axis`. */
  #wideAlong(axis: Axis, store: Store): boolean {
    const { lanes } = this.blocking.tile;
    return lanesFor([store], this.target) === lanes && vectorAxis([axis], [store], lanes, 1) !== undefined;
  }

  write(): Written {
    const { blocking } = this;
    const { right } = blocking;
    const panels = count(this.product.batch) * this.#width * this.#depth;
    const work = panels * this.#height;
    const routines: Routine[] = [];
    if (right === 'shared') {
      const [begin, end] = [variable(index), variable(index)];
      const writer = this.#writer();
      const [task] = axesOver([this.#piece.size * this.#panel.size]);
      writer.loop({ axis: task, from: read(begin), to: read(end) }, () => {
        writer.fix(this.#piece, quotient(along(task), this.#panel.size));
        writer.fix(this.#panel, remainder(along(task), this.#panel.size));
        this.#packPanel(writer);
      });
      routines.push({ tasks: task.size, work: panels, begin, end, body: writer.statements });
    }
    const [begin, end] = [variable(index), variable(index)];
    const writer = this.#writer();
    const byBlocks = right === 'shared' || right === 'parts';
    const [task] = axesOver([this.#piece.size * (byBlocks ? blocking.rowBlocks : 1)]);
    writer.loop({ axis: task, from: read(begin), to: read(end) }, () => {
      if (byBlocks) {
        writer.fix(this.#piece, quotient(along(task), blocking.rowBlocks));
        writer.fix(this.#rowBlock, remainder(along(task), blocking.rowBlocks));
        this.#block(writer);
      } else {
        writer.fix(this.#piece, along(task));
        if (right === 'pieces') this.#packPanels(writer, number(this.#depth));
        writer.loop({ axis: this.#rowBlock }, () =>
          right === 'pieces' ? this.#block(writer) : this.#few(writer),
        );
      }
    });
    routines.push({ tasks: task.size, work, begin, end, body: writer.statements });
    const needed = [this.#run, this.#lost, this.#packsLeft ? this.#packedLeft : undefined];
    const own = [this.#sums, ...needed.filter((buffer) => buffer !== undefined)];
    const packsOwn = right === 'pieces' || right === 'parts';
    return {
      routines,
      shared: right === 'shared' ? [this.#packedRight] : [],
      scratch: packsOwn ? [...own, this.#packedRight] : own,
    };
  }

  get #packsLeft(): boolean {
    return !this.#direct || this.#direct.buffer === this.#packedLeft;
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
    const { columnBlocks, columns } = this.blocking;
    return this.#left(writer, this.#width, columns, remainder(along(this.#piece), columnBlocks));
  }

  #panels(writer: Writer): Expression {
    return this.#ceiling(writer, this.#columns(writer), this.blocking.tile.columns);
  }

  #ceiling(writer: Writer, n: Expression, by: number): Expression {
    return n.kind === 'constant'
      ? number(Math.ceil(n.value / by))
      : writer.name(apply('div', [plus(n, number(by - 1)), number(by)]));
  }

  /** Where the packed panels of the piece begin. */
  #panelsAt(): Position {
    const { columns, right } = this.blocking;
    return right === 'shared' ? scale(along(this.#piece), columns * this.#depth) : fixed(0);
  }

  /** How the right factor is packed, in panels that have the entries of their columns side by side, for each k. */
  #packing(): { column: Axis; store: Store; lanes: number } {
    const { columns } = this.blocking.tile;
    const [column] = axesOver([columns]);
    const k = along(this.#packedK);
    const { rewrite } = rewriter({
      scalars: this.scalars,
      axes: this.#places(
        fixed(0),
        add(scale(along(this.#panel), columns), along(column)),
        this.blocking.right === 'parts' ? add(this.#start(), k) : k,
      ),
    });
    const position = add(
      this.#panelsAt(),
      add(scale(along(this.#panel), columns * this.#packedK.size), add(scale(k, columns), along(column))),
    );
    const store = { buffer: this.#packedRight, position, value: rewrite(this.product.right) };
    return { column, store, lanes: this.#wideAlong(column, store) ? this.blocking.tile.lanes : 1 };
  }

  /** The columns that the panel has, which are none if the last block has fewer panels than the others. */
  #columnsIn(writer: Writer): Expression {
    const { columns } = this.blocking.tile;
    const here = this.#columns(writer);
    return here.kind === 'constant' && here.value % columns === 0
      ? number(columns)
      : writer.name(
          apply('max', [
            least(number(columns), plus(here, times(writer.position(along(this.#panel)), -columns))),
            number(0),
          ]),
        );
  }

  #packPanel(writer: Writer): void {
    const { column, store, lanes } = this.#packing();
    const to = this.#columnsIn(writer);
    writer.nest([{ axis: this.#packedK }, { axis: column, to, lanes }], [store]);
  }

  /** Packs `depth` of all panels of the piece, all columns of a row together if they are neighbours. */
  #packPanels(writer: Writer, depth: Expression): void {
    const { column, store, lanes } = this.#packing();
    const ks = { axis: this.#packedK, to: depth };
    const panels = { axis: this.#panel, to: this.#panels(writer) };
    const columns = () => ({ axis: column, to: this.#columnsIn(writer), lanes });
    if (runsAlong(store.value, column))
      writer.loop(ks, () => writer.loop(panels, () => writer.nest([columns()], [store])));
    else writer.loop(panels, () => writer.nest([ks, columns()], [store]));
  }

  /** Packs `depth` of the block's rows: as rows, or in strips that have the entries of their rows side by side, for each k. */
  #packLeft(writer: Writer, depth: Expression, rowsHere: Expression, strips: Expression): void {
    const { tile, rows: height, depth: deep } = this.blocking;
    const { rows, lanes } = tile;
    const ks = { axis: this.#k, to: depth };
    if (this.#direct) {
      const { position } = this.#direct;
      const store = { ...this.#leftAt(along(this.#row), 1), position };
      writer.nest(
        [
          { axis: this.#row, to: rowsHere },
          { ...ks, lanes },
        ],
        [store],
      );
      return;
    }
    const [row] = axesOver([rows]);
    const entry = this.#leftAt(add(scale(along(this.#strip), rows), along(row)), rows);
    const position = add(scale(along(this.#strip), rows * deep), add(entry.position, along(row)));
    const stores = [{ ...entry, position }];
    const limit = (): Expression =>
      writer.name(least(number(rows), plus(rowsHere, times(writer.position(along(this.#strip)), -rows))));
    const { value } = entry;
    if (
      lanesFor(stores, this.target) === lanes &&
      value.kind === 'load' &&
      strideOf(value.position, row) === 1
    ) {
      // Whole vectors, whose surplus the next k overwrites: as far as there are rows to read.
      const reach = roundUp(rows, lanes);
      const beyond = writer.position(
        add(fixed(this.#height - reach + rows), scale(along(this.#rowBlock), -height)),
      );
      const safe = writer.name(
        least(strips, apply('div', [apply('max', [beyond, number(0)]), number(rows)])),
      );
      writer.loop({ axis: this.#strip, to: safe }, () =>
        writer.nest([ks, { axis: row, to: number(reach), lanes }], stores),
      );
      writer.loop({ axis: this.#strip, from: safe, to: strips }, () =>
        writer.nest([ks, { axis: row, to: limit() }], stores),
      );
      return;
    }
    const wide = this.#wideAlong(this.#k, entry) ? lanes : 1;
    writer.loop({ axis: this.#strip, to: strips }, () =>
      writer.nest(
        [
          { axis: row, to: limit() },
          { ...ks, lanes: wide },
        ],
        stores,
      ),
    );
  }

  /** A block of sums, and what the kernel stores of them. */
  #block(writer: Writer): void {
    const { rows, depth: deep, tile, right } = this.blocking;
    const rowsHere = this.#left(writer, this.#height, rows, along(this.#rowBlock));
    const strips = this.#ceiling(writer, rowsHere, tile.rows);
    const panels = this.#panels(writer);
    writer.loop({ axis: this.#part }, () => {
      const depth = this.#left(writer, this.#depth, deep, along(this.#part));
      if (right === 'parts') this.#packPanels(writer, depth);
      if (this.#packsLeft) this.#packLeft(writer, depth, rowsHere, strips);
      writer.loop({ axis: this.#panel, to: panels }, () =>
        writer.loop({ axis: this.#strip, to: strips }, () => this.#tile(writer, depth, rowsHere)),
      );
    });
    this.#finish(writer, rowsHere);
  }

  /** As `#block`, of few rows, for which the right factor is read as it lies. */
  #few(writer: Writer): void {
    const { scalars, product } = this;
    const { rows, columns, tile, right: neighbours } = this.blocking;
    const rowsHere = number(rows);
    if (this.#packsLeft) this.#packLeft(writer, number(this.#depth), rowsHere, number(1));
    const direct = this.#direct;
    const left = (row: number, k: Position): Scalar => {
      if (!direct) return scalars.load(this.#packedLeft, add(scale(k, rows), fixed(row)));
      const axes = new Map([
        [this.#row, fixed(row)],
        [this.#k, k],
      ]);
      return scalars.load(direct.buffer, rewriter({ scalars, axes }).at(direct.position));
    };
    const right = (column: Position, k: Position): Scalar =>
      rewriter({ scalars, axes: this.#places(fixed(0), column, k) }).rewrite(product.right);
    const few: FewRows = { rows, left, right, depth: this.#depth, sums: this.#sums, width: columns };
    if (neighbours === 'columns') {
      const store = { buffer: this.#sums, position: along(this.#k), value: right(fixed(0), along(this.#k)) };
      const lanes = this.#wideAlong(this.#k, store) ? tile.lanes : 1;
      writeDots(writer, { ...few, columns: this.#columns(writer), most: columns, lanes });
    } else if (this.#run) {
      const store = {
        buffer: this.#run,
        position: along(this.#column),
        value: right(along(this.#column), fixed(0)),
      };
      const lanes = this.#wideAlong(this.#column, store) ? tile.lanes : 1;
      const column = { axis: this.#column, to: this.#columns(writer), lanes };
      writeStream(writer, { ...few, column, run: this.#run, lost: this.#lost });
    }
    this.#finish(writer, rowsHere);
  }

  #tile(writer: Writer, depth: Expression, rowsHere: Expression): void {
    const { tile, columns, depth: deep } = this.blocking;
    const place = (buffer: Buffer, position: Position): Place => ({
      kind: 'place',
      buffer,
      at: writer.position(position),
    });
    const panel = add(this.#panelsAt(), scale(along(this.#panel), tile.columns * this.#packedK.size));
    const right = this.blocking.right === 'parts' ? panel : add(panel, scale(this.#start(), tile.columns));
    const sums = add(scale(along(this.#strip), tile.rows * columns), scale(along(this.#panel), tile.columns));
    const after = [
      place(this.#packedRight, right),
      place(this.#sums, sums),
      number(columns),
      writer.position(this.#start()),
      ...(this.#lost ? [place(this.#lost, sums)] : []),
    ];
    const lossless = this.#lost !== undefined;
    if (this.#direct) {
      const { buffer, position, layout, distance } = this.#direct;
      const { at } = rewriter({
        scalars: this.scalars,
        axes: new Map([
          [this.#row, scale(along(this.#strip), tile.rows)],
          [this.#k, fixed(0)],
        ]),
      });
      const rows = plus(rowsHere, times(writer.position(along(this.#strip)), -tile.rows));
      writer.push({
        kind: 'run',
        callee: tileProduct(tile, layout, lossless),
        arguments: [depth, place(buffer, at(position)), number(distance), rows, ...after],
      });
    } else {
      writer.push({
        kind: 'run',
        callee: tileProduct(tile, 'packed', lossless),
        arguments: [depth, place(this.#packedLeft, scale(along(this.#strip), tile.rows * deep)), ...after],
      });
    }
  }

  #finish(writer: Writer, rowsHere: Expression): void {
    const { scalars, target, product } = this;
    const at = add(scale(along(this.#row), this.blocking.columns), along(this.#column));
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
    const loops = [
      { axis: this.#row, to: rowsHere },
      { axis: this.#column, to: this.#columns(writer) },
    ];
    const axis = vectorAxis([this.#row, this.#column], stores, lanes, 1);
    const order = axis === this.#row ? loops.toReversed() : loops;
    writer.nest(
      order.map((it) => (it.axis === axis ? { ...it, lanes } : it)),
      stores,
    );
  }
}
