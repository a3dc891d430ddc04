// From scalars to statements: each value is computed in the outermost loop that it depends on, once, and on
// as many lanes as its loop takes at a time.
import { isFloat, isStorage, leastOf } from '../tensor/index.ts';
import { isBefore, isBetter } from './best.ts';
import { converted } from './casts.ts';
import {
  apply,
  call,
  type Expression,
  eachLane,
  heldIn,
  index,
  lane,
  lanesOf,
  least,
  let_,
  load,
  loop,
  number,
  over,
  plus,
  read,
  type Statement,
  set,
  splat,
  store,
  type Type,
  times,
  type as typeOf,
  type Variable,
  variable,
} from './code.ts';
import type { Store } from './kernel.ts';
import { functionFor } from './math.ts';
import { type Across, type Cut, cutOf, drawsAlong, type Loop, type Reduction } from './nest.ts';
import {
  type Atom,
  type Axis,
  plus as add,
  along,
  axesIn,
  axesOver,
  dataIn,
  fixed,
  type Position,
  quotient,
  range,
  remainder,
  times as scale,
  showPosition,
  stride,
} from './position.ts';
import { rewriteStores } from './rewrite.ts';
import { type Condition, partsOf, positionsOf, type Scalar, type Scalars } from './scalar.ts';
import { threefry, threefryBlock, topBits } from './subroutines.ts';
import { addTo } from './sums.ts';

/** A place for statements: a loop's body, or what a guard admits. */
class Block {
  readonly statements: Statement[] = [];
  readonly values = new Map<string, Expression>();
  /** The axes that stand still here and nowhere further out. */
  readonly axes = new Set<Axis>();
  constructor(
    readonly parent: Block | null,
    /** Whether values that need not be here may be computed further out. */
    readonly open = true,
  ) {}

  find(key: string): Expression | undefined {
    return this.values.get(key) ?? this.parent?.find(key);
  }
}

/** What a reduction goes into, by the number of lanes. */
type Accumulators = ReadonlyMap<number, Variable>;

type Bits = Extract<Scalar, { kind: 'bits' }>;

export class Writer {
  #block = new Block(null);
  readonly #axes = new Map<Axis, Variable>();
  readonly #depends = new Map<Scalar, ReadonlySet<Axis>>();
  readonly #scalars: Scalars;
  /** Lanes of each axis whose loop takes several values at a time. */
  readonly #lanes = new Map<Axis, number>();
  readonly #across: (reduction: Reduction) => Across | undefined;

  /** `across` says which reductions take several values at a time along an axis of their own. */
  constructor(scalars: Scalars, across: (reduction: Reduction) => Across | undefined) {
    this.#scalars = scalars;
    this.#across = across;
  }

  /** What was written outside all loops. */
  get statements(): Statement[] {
    return this.#block.statements;
  }

  /** Lets `axis` stand at `position` from here on. */
  fix(axis: Axis, position: Position): void {
    const it = variable(index);
    this.push(let_(it, this.position(position)));
    this.#axes.set(axis, it);
    this.#block.axes.add(axis);
  }

  push(...statements: Statement[]): void {
    this.#block.statements.push(...statements);
  }

  /** Statements that `fill` writes: in the body of a loop over `axis`, or else where a guard holds. */
  inside(fill: () => void, axis?: Axis): Statement[] {
    const outer = this.#block;
    const body = new Block(outer, axis !== undefined);
    if (axis) body.axes.add(axis);
    this.#block = body;
    fill();
    this.#block = outer;
    return body.statements;
  }

  /** `fill` once for every value of the axis; several at a time as far as they go, then one by one. */
  loop({ axis, from = number(0), to = number(axis.size), lanes = 1, whole }: Loop, fill: () => void): void {
    if (lanes === 1 || whole) {
      this.#loop(axis, from, to, lanes, fill);
      return;
    }
    const bounds = [from, to].map((it) => (it.kind === 'constant' ? it.value : undefined));
    const [first, last] = bounds;
    if (first !== undefined && last !== undefined) {
      const vectors = Math.floor((last - first) / lanes) * lanes;
      if (vectors > 0) this.#loop(axis, from, number(first + vectors), lanes, fill);
      if (first + vectors < last) this.#loop(axis, number(first + vectors), to, 1, fill);
      return;
    }
    // from + ⌊(to − from) / lanes⌋ · lanes
    const length = apply('sub', [to, from]);
    const middle = this.name(plus(from, times(over(length, lanes), lanes)));
    this.#loop(axis, from, middle, lanes, fill);
    this.#loop(axis, middle, to, 1, fill);
  }

  #loop(axis: Axis, from: Expression, to: Expression, lanes: number, fill: () => void): void {
    const counter = variable(index);
    const outer = this.#axes.get(axis);
    this.#axes.set(axis, counter);
    if (lanes > 1) this.#lanes.set(axis, lanes);
    const body = this.inside(fill, axis);
    this.#lanes.delete(axis);
    if (outer) this.#axes.set(axis, outer);
    this.push(loop(counter, from, to, lanes, body));
  }

  /** Loops over `loops`, the last innermost, around `stores`. */
  nest(loops: readonly Loop[], stores: readonly Store[]): void {
    const [first, ...rest] = loops;
    if (!first) this.#store(stores);
    else if (first.lanes && drawsAlong(first.axis, stores, first.lanes)) this.#twoByTwo(first, rest, stores);
    else this.loop(first, () => this.nest(rest, stores));
  }

  /** As `nest`, two vectors a round: they hold both words of each block of a random stream. */
  #twoByTwo(
    { axis, from = number(0), to = number(axis.size), lanes = 1 }: Loop,
    rest: readonly Loop[],
    stores: readonly Store[],
  ): void {
    const both = 2 * lanes;
    const [round, at] = axesOver([Math.floor(axis.size / both), lanes]);
    const vectors = [0, lanes].flatMap((start) =>
      rewriteStores(stores, {
        scalars: this.#scalars,
        axes: new Map([[axis, add(scale(along(round), both), add(fixed(start), along(at)))]]),
      }),
    );
    const [first, last] = [from, to].map((bound) => this.name(over(bound, both)));
    this.#loop(round, first, last, 1, () => this.nest([{ axis: at, lanes }, ...rest], vectors));
    this.loop({ axis, from: this.name(times(last, both)), to, lanes }, () => this.nest(rest, stores));
  }

  #store(stores: readonly Store[]): void {
    const values = stores.map(({ value }) => this.value(value));
    stores.forEach(({ buffer, position }, i) => {
      const value = values[i];
      const lanes = this.#lanesAmong(axesIn(position));
      const step = this.#stride(position);
      if (step === 1 || lanes === 1) this.push(store(buffer, this.position(position), splat(value, lanes)));
      else
        for (let k = 0; k < lanes; k++)
          this.push(store(buffer, this.position(position, k), value.type.lanes > 1 ? lane(value, k) : value));
    });
  }

  /** How many values its loop takes along `axis` here. */
  lanesOf(axis: Axis): number {
    return this.#lanes.get(axis) ?? 1;
  }

  #lanesAmong(axes: Iterable<Axis>): number {
    for (const axis of axes) {
      const lanes = this.#lanes.get(axis);
      if (lanes) return lanes;
    }
    return 1;
  }

  /** What `position` changes by from lane to lane, where that is the same for all. */
  #stride(position: Position): number | undefined {
    for (const axis of this.#lanes.keys()) {
      if (dataIn(position).some((value) => this.#dependsOn(value).has(axis))) return undefined;
      if (axesIn(position).has(axis)) return stride(position, axis);
    }
    return 0;
  }

  /** The axes that `scalar` changes along. */
  #dependsOn(scalar: Scalar): ReadonlySet<Axis> {
    const known = this.#depends.get(scalar);
    if (known) return known;
    const found = new Set<Axis>();
    for (const position of positionsOf(scalar)) for (const axis of axesIn(position)) found.add(axis);
    for (const part of partsOf(scalar)) for (const axis of this.#dependsOn(part)) found.add(axis);
    if (scalar.kind === 'reduce') for (const axis of scalar.axes) found.delete(axis);
    this.#depends.set(scalar, found);
    return found;
  }

  /** The outermost block from here in which all of `axes` count already. */
  #home(axes: ReadonlySet<Axis>): Block {
    let block = this.#block;
    while (block.parent && block.open && ![...block.axes].some((axis) => axes.has(axis)))
      block = block.parent;
    return block;
  }

  /** `make`'s value, made once in the block where all of `axes` count already. */
  #at(key: string, axes: ReadonlySet<Axis>, make: () => Expression): Expression {
    const known = this.#block.find(key);
    if (known) return known;
    const home = this.#home(axes);
    const current = this.#block;
    this.#block = home;
    const value = this.name(make());
    home.values.set(key, value);
    this.#block = current;
    return value;
  }

  /** `value` in a variable, unless it is as short as one. */
  name(value: Expression): Expression {
    if (value.kind === 'constant' || value.kind === 'variable') return value;
    const it = variable(value.type);
    this.push(let_(it, value));
    return read(it);
  }

  /** The number that `x` is, on lane `at` of its loop. */
  position(x: Position, at = 0): Expression {
    if (x.terms.length === 0) return number(x.constant);
    const axes = this.#axesOf(x);
    const home = this.#home(axes);
    // what is known further out is summed up there
    const own = x.terms.filter((term) => this.#home(this.#axesOf({ constant: 0, terms: [term] })) === home);
    const outer = x.terms.filter((term) => !own.includes(term));
    const key = `${showPosition(x, this.#scalars.name)} @${at}`;
    if (
      at === 0 &&
      x.terms.length === 1 &&
      x.constant === 0 &&
      own[0]?.factor === 1 &&
      own[0].atom.kind === 'axis'
    )
      return this.#atom(own[0].atom, at);
    return this.#at(key, axes, () =>
      own.reduce(
        (sum, { factor, atom }) => plus(times(this.#atom(atom, at), factor), sum),
        outer.length ? this.position({ constant: x.constant, terms: outer }, at) : number(x.constant),
      ),
    );
  }

  #axesOf(x: Position): ReadonlySet<Axis> {
    const found = axesIn(x);
    for (const value of dataIn(x)) for (const axis of this.#dependsOn(value)) found.add(axis);
    return found;
  }

  #atom(atom: Atom, at: number): Expression {
    switch (atom.kind) {
      case 'axis': {
        const counter = this.#axes.get(atom);
        if (!counter) throw new Error('a position counts along an axis that no loop has');
        return plus(read(counter), number(this.#lanes.has(atom) ? at : 0));
      }
      case 'quotient':
      case 'remainder': {
        const { of, by } = atom;
        const below = Math.max(0, Math.ceil(-range(of)[0] / by)); // so many times `by` more, it is never negative
        const x = this.position(add(of, fixed(below * by)), at);
        return atom.kind === 'remainder'
          ? apply('mod', [x, number(by)])
          : plus(apply('div', [x, number(by)]), number(-below));
      }
      case 'datum': {
        const all = this.value(atom.value);
        const one = all.type.lanes > 1 ? lane(all, at) : all;
        // lanes for which a guard does not hold are computed too, and must read something
        const [low, high] = [atom.least, atom.greatest];
        const kept =
          all.type.lanes > 1 && low > -(2 ** 31)
            ? apply('max', [apply('min', [one, number(high, 'i32')]), number(low, 'i32')])
            : one;
        return apply('cast', [kept], 'index');
      }
    }
  }

  /** The value of `scalar`: a vector where it changes along a loop that takes several values at a time. */
  value(scalar: Scalar): Expression {
    if (scalar.kind === 'constant') return number(scalar.value, scalar.dtype);
    const axes = this.#dependsOn(scalar);
    return this.#at(this.#scalars.name(scalar), axes, () => this.#compute(scalar));
  }

  #compute(scalar: Scalar): Expression {
    const lanes = this.#lanesAmong(this.#dependsOn(scalar));
    switch (scalar.kind) {
      case 'constant':
        return number(scalar.value, scalar.dtype);
      case 'position':
        return this.#vector(scalar.position, lanes, heldIn(scalar.dtype));
      case 'load': {
        const step = this.#stride(scalar.position);
        if (lanes === 1 || step === 1) return load(scalar.buffer, this.position(scalar.position), lanes);
        return lanesOf(this.#each(lanes, (k) => load(scalar.buffer, this.position(scalar.position, k))));
      }
      case 'apply': {
        const inputs = this.#spread(scalar.inputs, lanes);
        const [{ dtype: from }] = scalar.inputs;
        if (scalar.op === 'cast' && (isStorage(from) || isStorage(scalar.dtype)))
          return converted(inputs[0], from, scalar.dtype, (it) => this.push(it));
        const own = scalar.dtype === 'f32' ? functionFor(scalar.op, lanes) : undefined;
        return own ? call(own, inputs) : apply(scalar.op, inputs, scalar.dtype);
      }
      case 'bits':
        return this.#bits(scalar, lanes);
      case 'guard':
        return this.#guard(scalar, lanes);
      case 'reduce':
        return this.#reduce(scalar, lanes);
    }
  }

  #bits({ key, position, width }: Bits, lanes: number): Expression {
    const words = this.#spread(key, lanes);
    const pair = lanes > 1 ? this.#pairAt(position, lanes) : undefined;
    if (!pair) return call(threefry(width, lanes), [...words, this.#vector(position, lanes, 'i32')]);
    const name = `${key.map(this.#scalars.name)} ${showPosition(pair.blocks, this.#scalars.name)}`;
    const axes = new Set([...this.#axesOf(pair.blocks), ...key.flatMap((it) => [...this.#dependsOn(it)])]);
    const even = this.#at(`even ${name}`, axes, () => {
      const both = threefryBlock(words, this.#vector(pair.blocks, lanes, 'i32'), (it) => this.push(it));
      this.#block.values.set(`odd ${name}`, both[1]);
      return both[0];
    });
    const odd = this.#block.find(`odd ${name}`) ?? even;
    const word = (k: number): Expression => lane(k % 2 ? odd : even, (pair.half * lanes + k) >> 1);
    return topBits(lanesOf(this.#each(lanes, word)), width);
  }

  /** The blocks that give the words at `position` and as many before or after them, if whole vectors do. */
  #pairAt(position: Position, lanes: number): { blocks: Position; half: 0 | 1 } | undefined {
    const axis = [...this.#lanes.keys()].find((it) => axesIn(position).has(it));
    if (axis?.size !== lanes || stride(position, axis) !== 1 || dataIn(position).length > 0) return undefined;
    const start = add(position, scale(along(axis), -1));
    const { constant, terms } = remainder(start, 2 * lanes);
    if (terms.length > 0 || constant % lanes !== 0) return undefined;
    const blocks = add(quotient(add(start, fixed(-constant)), 2), along(axis));
    return { blocks, half: constant === 0 ? 0 : 1 };
  }

  #each<T>(n: number, of: (k: number) => T): T[] {
    return Array.from({ length: n }, (_, k) => of(k));
  }

  /** The value of `scalar` on `lanes` lanes; what is the same on all is spread once, where it is known. */
  spread(scalar: Scalar, lanes: number): Expression {
    const value = this.value(scalar);
    if (value.type.lanes === lanes || value.kind === 'constant') return splat(value, lanes);
    return this.#at(`${this.#scalars.name(scalar)} x${lanes}`, this.#dependsOn(scalar), () =>
      splat(value, lanes),
    );
  }

  #spread(scalars: readonly Scalar[], lanes: number): Expression[] {
    return scalars.map((scalar) => this.spread(scalar, lanes));
  }

  /** The numbers that `x` is, as a value of `kind`. */
  #vector(x: Position, lanes: number, kind: Type['kind']): Expression {
    const one = (at: number): Expression => apply('cast', [this.position(x, at)], kind);
    if (lanes === 1) return one(0);
    const step = this.#stride(x);
    if (step === undefined) return lanesOf(this.#each(lanes, one));
    if (step === 0) return splat(one(0), lanes);
    const steps = lanesOf(this.#each(lanes, (k) => number(k * step, kind)));
    return apply('add', [splat(one(0), lanes), steps]);
  }

  #condition({ position, least, greatest }: Condition, lanes: number): Expression {
    const kind = lanes === 1 ? 'index' : 'i32';
    const x = lanes === 1 ? this.position(position) : this.name(this.#vector(position, lanes, 'i32'));
    const bound = (value: number): Expression => splat(number(value, kind), lanes);
    const [low, high] = range(position);
    if (least === greatest) return apply('eq', [x, bound(least)], 'bool');
    const above = apply('lt', [bound(least - 1), x], 'bool');
    const below = apply('lt', [x, bound(greatest + 1)], 'bool');
    if (low >= least) return below;
    return high <= greatest ? above : apply('and', [above, below], 'bool');
  }

  #guard(scalar: Extract<Scalar, { kind: 'guard' }>, lanes: number): Expression {
    const varies = scalar.conditions.some(({ position }) => this.#lanesAmong(this.#axesOf(position)) > 1);
    const width = varies ? lanes : 1;
    const condition = scalar.conditions
      .map((each) => {
        const own = varies ? this.#lanesAmong(this.#axesOf(each.position)) : 1;
        return splat(this.name(this.#condition(each, own)), width);
      })
      .reduce((all, each) => apply('and', [all, each], 'bool'));
    if (varies) {
      const [yes, no] = this.#spread([scalar.inside, scalar.outside], lanes);
      return apply('select', [condition, yes, no], scalar.dtype);
    }
    const type = typeOf(scalar.dtype, lanes);
    const result = variable(type);
    this.push(let_(result, splat(number(0, scalar.dtype), lanes)));
    const [whenTrue, whenFalse] = [scalar.inside, scalar.outside].map((branch) =>
      this.inside(() => this.push(set(result, splat(this.value(branch), lanes)))),
    );
    this.push({ kind: 'if', condition, whenTrue, whenFalse });
    return read(result);
  }

  /**
   * The loops of `scalar`, which is wanted on `lanes` lanes; the axis that several values are taken along at a time, if
   * there is one; and how many are taken: values that fill no vector go into an accumulator of their own.
   */
  #plan(scalar: Reduction, lanes: number): { loops: Loop[]; across?: Across; widths: readonly number[] } {
    const across = lanes === 1 ? this.#across(scalar) : undefined;
    const loops = scalar.axes.map(
      (axis): Loop => ({ axis, lanes: axis === across?.axis ? across.lanes : 1 }),
    );
    if (!across) return { loops, widths: [lanes] };
    return { loops, across, widths: across.axis.size % across.lanes ? [across.lanes, 1] : [across.lanes] };
  }

  #reduce(scalar: Reduction, lanes: number): Expression {
    const { by, of } = scalar;
    if (by === 'argMax') return this.#position(scalar, lanes);
    const { loops, across, widths } = this.#plan(scalar, lanes);
    const join = (x: Expression, y: Expression): Expression => apply(by === 'sum' ? 'add' : 'max', [x, y]);
    const accumulators = (filled: readonly number[]): Accumulators =>
      new Map(
        filled.map((n) => [n, this.variable(by === 'sum' ? 0 : leastOf(of.dtype), heldIn(of.dtype), n)]),
      );
    const sweep = (into: Accumulators, [first, ...rest]: readonly Loop[]): void => {
      if (first) {
        this.loop(first, () => sweep(into, rest));
        return;
      }
      const width = across ? (this.#lanes.get(across.axis) ?? 1) : lanes;
      const it = into.get(width) as Variable;
      this.push(set(it, join(read(it), splat(this.value(of), width))));
    };
    const totals = accumulators(widths);
    const cut = by === 'sum' && isFloat(of.dtype) ? cutOf(loops) : undefined;
    const rest = cut && accumulators(widths);
    if (!cut || !rest) sweep(totals, loops);
    else
      this.#blocks(loops, cut, (block, filled = widths) => {
        const part = accumulators(filled);
        sweep(part, block);
        for (const [width, own] of part) {
          const [total, lacks] = [totals, rest].map((it) => it.get(width) as Variable);
          const sum = addTo({ total: read(total), lacks: read(lacks) }, read(own), (it) => this.name(it));
          this.push(set(lacks, sum.lacks), set(total, sum.total));
        }
      });
    const results = [...totals].map(([width, total]) => {
      const lacks = rest?.get(width);
      return lacks ? this.name(apply('add', [read(total), read(lacks)])) : read(total);
    });
    if (!across) return results[0];
    // where a remainder is summed up too, it stands among the lanes
    return by === 'sum' && results.length > 1
      ? this.inPairs(results.flatMap(eachLane), join)
      : results.map((it) => this.overLanes(it, join)).reduce(join);
  }

  /** `fill` for one block of rounds of `loops` after the other, and for the values of each width that it has. */
  #blocks(
    loops: readonly Loop[],
    { at, rounds }: Cut,
    fill: (block: readonly Loop[], widths?: readonly number[]) => void,
  ): void {
    const { axis, lanes = 1 } = loops[at];
    const size = axis.size - (axis.size % lanes);
    const piece = rounds * lanes;
    const [part] = axesOver([Math.ceil(size / piece)]);
    const own = lanes > 1 ? [[lanes], [1]] : [];
    this.#around(loops.slice(0, at), () => {
      this.loop({ axis: part }, () => {
        const from = this.position(scale(along(part), piece));
        const to = least(plus(from, number(piece)), number(size));
        fill([{ axis, from, to: this.name(to), lanes, whole: true }, ...loops.slice(at + 1)], own[0]);
      });
      if (size < axis.size) fill([{ axis, from: number(size) }], own[1]);
    });
  }

  #around([first, ...rest]: readonly Loop[], fill: () => void): void {
    if (first) this.loop(first, () => this.#around(rest, fill));
    else fill();
  }

  /** `values` joined two by two, then what came of it, down to one. */
  inPairs(values: readonly Expression[], join: (x: Expression, y: Expression) => Expression): Expression {
    if (values.length === 1) return values[0];
    const half = Math.ceil(values.length / 2);
    const parts = [values.slice(0, half), values.slice(half)].map((it) => this.inPairs(it, join));
    return this.name(join(parts[0], parts[1]));
  }

  /** The lanes of `value` joined two by two, then what came of it, down to one. */
  overLanes(value: Expression, join: (x: Expression, y: Expression) => Expression): Expression {
    const { lanes } = value.type;
    let all = this.name(value);
    for (let step = 1; step < lanes; step *= 2) {
      const now = all;
      all = this.name(join(now, lanesOf(this.#each(lanes, (k) => lane(now, k ^ step)))));
    }
    return lanes === 1 ? all : lane(all, 0);
  }

  /** A variable that begins as `value` on `lanes` lanes. */
  variable(value: number, kind: Type['kind'], lanes: number): Variable {
    const it = variable(typeOf(kind, lanes));
    this.push(let_(it, splat(number(value, kind), lanes)));
    return it;
  }

  /** Where along its axis the first greatest value, or the first NaN, stands. */
  #position(scalar: Reduction, lanes: number): Expression {
    const { of, axes } = scalar;
    const { loops, across, widths } = this.#plan(scalar, lanes);
    const best = new Map(
      widths.map((n) => [n, this.variable(leastOf(of.dtype), heldIn(of.dtype), n)] as const),
    );
    const found = new Map(widths.map((n) => [n, this.variable(0, 'i32', n)] as const));
    this.loop(loops[0], () => {
      const own = this.#lanes.get(axes[0]) ?? 1;
      const width = across ? own : lanes;
      const [value, position] = [best, found].map((it) => it.get(width) as Variable);
      const x = splat(this.value(of), width);
      const here = splat(this.#vector(along(axes[0]), own, 'i32'), width);
      const better = this.name(isBetter(x, read(value)));
      this.push(
        set(value, apply('select', [better, x, read(value)], of.dtype)),
        set(position, apply('select', [better, here, read(position)], 'i32')),
      );
    });
    const [values, positions] = [best, found].map((them) => [...them.values()].map(read));
    if (!across) return positions[0];
    const places = positions.flatMap(eachLane);
    return values
      .flatMap(eachLane)
      .map((value, i) => ({ value, at: places[i] }))
      .reduce((one, other) => {
        const before = this.name(isBefore(other, one));
        return {
          value: this.name(apply('select', [before, other.value, one.value], of.dtype)),
          at: this.name(apply('select', [before, other.at, one.at], 'i32')),
        };
      }).at;
  }
}
