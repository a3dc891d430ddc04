// Kernels one after the other that go through the same outer loops become the body of parallel rounds over these: what
// only they read then lies in a piece for each thread, near it, instead of whole in memory.
import { sizeOf, stridesOf } from '../tensor/index.ts';
import { buffersRead, buffersWritten, type Kernel, type Loops, rootOf, scalarsIn } from './kernel.ts';
import { bytesOf, type Life, layOut, touch } from './memory.ts';
import {
  type Axis,
  along,
  axesIn,
  axesOver,
  fixed,
  isInside,
  type Position,
  range,
  stride,
} from './position.ts';
import { type Product, productOf } from './product.ts';
import type { Program } from './program.ts';
import { rewriter } from './rewrite.ts';
import { type Buffer, positionsOf, type Scalar, type Scalars } from './scalar.ts';
import { allSteps, mapLists, type Slice, type Step, type Steps, slicesIn } from './steps.ts';
import type { Target } from './target.ts';

/** Bytes that stay near a thread: no more is to be its own, and what is less need not be taken apart. */
const near = 256 * 1024;

/** Bytes that a thread may have of its own where no less will do: what they hold then takes no more than that of memory. */
const far = 24 * 1024 * 1024;

/** Bytes that stay nearest, which is as much as a round takes that multiplies nothing. */
const nearest = 24 * 1024;

/** Rows from which it pays to pack the right factor of a product anew in each round. */
const worthPacking = 256;

/** The fewest rounds for each thread. */
const fewest = 4;

/** The most kernels in a round, and the most between them that wait until after it. */
const longest = 128;
const farthest = 8;

type Leaf = Extract<Step<Kernel>, { kind: 'leaf' }>;

/** What there is to know of a kernel, whatever rounds it may be in. */
interface Look {
  readonly reads: readonly Buffer[];
  readonly parts: readonly Scalar[];
  readonly product?: Product;
}

/** A kernel, and which of its axes the rounds count. */
interface Member {
  readonly step: Leaf;
  readonly loops: Loops;
  readonly outer: readonly Axis[];
}

/** What rounds keep for themselves. */
interface Pieces {
  /** The buffers that nobody else reads. */
  readonly own: ReadonlySet<Buffer>;
  /** Their bytes in all, which are not written to memory. */
  readonly saved: number;
  /** Bytes of a round's part of them. */
  readonly bytes: number;
  /** Rounds that are to be one, and whether with fewer bytes there could be more of them. */
  readonly together: number;
  readonly crowded: boolean;
  /** How far a round's bytes are from what it should have, as the logarithm of their ratio. */
  readonly misfit: number;
}

/** Members one after the other. */
interface Run extends Pieces {
  readonly sizes: readonly number[];
  /** Steps between the members: those that need nothing of them, and those that no member needs. */
  readonly before: Steps<Kernel>;
  readonly after: Steps<Kernel>;
  readonly members: readonly Member[];
}

/** What a position in `buffer` moves by where the rounds' axes go one on, if a round has a part of it for itself. */
const partSteps = (buffer: Buffer, sizes: readonly number[]): number[] =>
  stridesOf(sizes).map((stride) => (stride * buffer.size) / sizeOf(sizes));

/** `program`'s steps with parallel rounds where they save memory traffic. */
export function nested(program: Program, scalars: Scalars, target: Target): Steps<Kernel> {
  return new Nesting(program, scalars, target).steps(program.steps);
}

class Nesting {
  readonly #looks = new Map<Step<Kernel>, Look>();
  /** The kernels that read each buffer. */
  readonly #readers = new Map<Buffer, Set<Step<Kernel>>>();
  /** Buffers that share memory with others, and with which. */
  readonly #reused: ReadonlySet<Buffer>;
  readonly #reuses: Program['reuses'];
  /** Buffers that must lie in memory, whoever reads them. */
  readonly #kept: ReadonlySet<Buffer>;

  constructor(
    { steps, inputs, outputs, reuses }: Program,
    readonly scalars: Scalars,
    readonly target: Target,
  ) {
    this.#reuses = reuses;
    this.#reused = new Set([...reuses].flat());
    const kept = new Set([...inputs, ...outputs, ...this.#reused]);
    for (const { entry, of } of slicesIn(steps)) kept.add(entry).add(of);
    for (const step of allSteps(steps)) {
      if (step.kind !== 'leaf') for (const buffer of [...step.reads, ...step.writes]) kept.add(buffer);
      if (step.kind === 'branch' || step.kind === 'while') kept.add(step.predicate);
      if (step.kind === 'leaf')
        for (const buffer of this.#look(step).reads) {
          const readers = this.#readers.get(buffer) ?? new Set();
          this.#readers.set(buffer, readers.add(step));
        }
    }
    this.#kept = kept;
  }

  #look(step: Leaf): Look {
    const known = this.#looks.get(step);
    if (known) return known;
    const { leaf } = step;
    const reads = [...buffersRead(step)];
    const found: Look =
      leaf.kind === 'loops'
        ? { reads, parts: [...scalarsIn(leaf.stores)], product: productOf(leaf) }
        : { reads, parts: [] };
    this.#looks.set(step, found);
    return found;
  }

  steps(list: Steps<Kernel>): Steps<Kernel> {
    const found: Step<Kernel>[] = [];
    let left = list;
    while (left.length > 0) {
      const run = this.#best(left);
      if (run) {
        const { before, members, after } = run;
        found.push(...this.steps(before), this.#round(run));
        left = [...after, ...left.slice(before.length + members.length + after.length)];
      } else {
        found.push(mapLists(left[0], (inner) => this.steps(inner)));
        left = left.slice(1);
      }
    }
    return found;
  }

  /** The run that begins `list` and saves most, over as many outer loops of the first kernel as it takes. */
  #best(list: Steps<Kernel>): Run | undefined {
    const [first] = list;
    if (first.kind !== 'leaf' || first.leaf.kind !== 'loops') return undefined;
    const sizes = first.leaf.axes.map(({ size }) => size).filter((size) => size !== 1);
    for (const most of [near, far]) {
      let best: Run | undefined;
      for (let n = 1; n <= sizes.length; n++) {
        const run = this.#run(list, sizes.slice(0, n), most);
        if (
          run &&
          (!best || run.saved > best.saved || (run.saved === best.saved && run.misfit < best.misfit))
        )
          best = run;
      }
      if (best) return best;
    }
    return undefined;
  }

  /** The run over `sizes` of which a round has no more than `most` bytes. */
  #run(list: Steps<Kernel>, sizes: readonly number[], most: number): Run | undefined {
    if (sizeOf(sizes) < fewest * this.target.threads) return undefined;
    const found: (Pick<Run, 'before' | 'after'> & { readonly member: Member })[] = [];
    const [before, after]: [Step<Kernel>[], Step<Kernel>[]] = [[], []];
    const written = new Set<Buffer>();
    const later = new Set<Buffer>(); // where `after` writes, by whatever name
    const place = (buffer: Buffer): Buffer => rootOf(buffer, this.#reuses);
    for (const step of list) {
      if (step.kind !== 'leaf' || found.length === longest || after.length > farthest) break;
      const { reads } = this.#look(step);
      const waits = reads.some((buffer) => later.has(place(buffer)));
      const member = waits ? undefined : this.#member(step, sizes, written);
      if (member) {
        found.push({ member, before: [...before], after: [...after] });
        for (const { buffer } of member.loops.stores) written.add(buffer);
        continue;
      }
      const needs = waits || reads.some((buffer) => written.has(buffer));
      // what lies where other things do must not be written sooner than these are read
      if (!needs && buffersWritten(step).every((buffer) => !this.#reused.has(buffer))) before.push(step);
      else {
        after.push(step);
        for (const buffer of buffersWritten(step)) later.add(place(buffer));
      }
    }
    for (let end = found.length; end > 1; ) {
      const members = found.slice(0, end).map(({ member }) => member);
      const pieces = this.#pieces(members, sizes);
      if (pieces.saved <= near) return undefined;
      const { before, after } = found[end - 1];
      const limit = this.#limit(members, pieces, most);
      if (limit === undefined) return { sizes, members, before, after, ...pieces };
      end = limit;
    }
    return undefined;
  }

  /** What rounds over `sizes` that are all of `members` keep for themselves. */
  #pieces(members: readonly Member[], sizes: readonly number[]): Pieces {
    const inside = new Set<Step<Kernel>>(members.map(({ step }) => step));
    const own = new Set<Buffer>();
    for (const { loops } of members)
      for (const { buffer } of loops.stores) {
        const readers = [...(this.#readers.get(buffer) ?? [])];
        if (!this.#kept.has(buffer) && readers.every((reader) => inside.has(reader))) own.add(buffer);
      }
    const lives = new Map<Buffer, Life>();
    members.forEach(({ step, loops }, i) => {
      for (const buffer of [...this.#look(step).reads, ...loops.stores.map(({ buffer }) => buffer)])
        if (own.has(buffer)) touch(lives, buffer, i);
    });
    const rounds = sizeOf(sizes);
    const parts = [...lives].map(
      ([buffer, life]) => [{ ...buffer, size: buffer.size / rounds }, life] as const,
    );
    const { bytes } = layOut(new Map(parts));
    const fill = members.some(({ step }) => this.#look(step).product) ? near : nearest;
    const room = Math.max(1, Math.floor(fill / bytes));
    const last = sizes[sizes.length - 1];
    const share = Math.min(last, Math.floor(rounds / (fewest * this.target.threads)));
    const together = divisorUpTo(last, Math.min(room, share));
    const saved = [...own].reduce((sum, buffer) => sum + bytesOf(buffer), 0);
    return {
      own,
      saved,
      bytes,
      together,
      crowded: room < share,
      misfit: Math.abs(Math.log((bytes * together) / fill)),
    };
  }

  /** How many of `members` there can be at most, if they are too many for `most` bytes. */
  #limit(members: readonly Member[], { bytes, together, crowded }: Pieces, most: number): number | undefined {
    if (bytes > most) return Math.floor(0.8 * members.length);
    const tooSmall = members.findIndex((member) => {
      const { product } = this.#look(member.step);
      return product && servedAnew(member, product, together) < worthPacking;
    });
    if (tooSmall < 0) return undefined;
    return crowded ? Math.floor(0.8 * members.length) : tooSmall;
  }

  /** The kernel of `step` as a member of rounds over `sizes`, in which `written` are written before it. */
  #member(step: Leaf, sizes: readonly number[], written: ReadonlySet<Buffer>): Member | undefined {
    const { leaf: loops } = step;
    if (loops.kind !== 'loops' || loops.over) return undefined;
    const outer = loops.axes.filter(({ size }) => size !== 1).slice(0, sizes.length);
    if (outer.length < sizes.length || outer.some(({ size }, i) => size !== sizes[i])) return undefined;
    const own = new Set([...written, ...loops.stores.map(({ buffer }) => buffer)]);
    const isPart = (buffer: Buffer, position: Position): boolean => {
      const steps = partSteps(buffer, sizes);
      return (
        outer.every((axis, i) => stride(position, axis) === steps[i]) &&
        isInside(inRound(position, outer), buffer.size / sizeOf(sizes))
      );
    };
    for (const { buffer, position } of loops.stores)
      if (this.#reused.has(buffer) || !isPart(buffer, position)) return undefined;
    for (const part of this.#look(step).parts) {
      if (part.kind !== 'load') {
        if (positionsOf(part).some((position) => outer.some((axis) => axesIn(position).has(axis))))
          return undefined;
      } else if (own.has(part.buffer)) {
        if (!isPart(part.buffer, part.position)) return undefined;
      } else if (outer.some((axis) => stride(part.position, axis) === undefined)) return undefined;
      else if (!isInside(part.position, part.buffer.size)) return undefined;
    }
    return { step, loops, outer };
  }

  /** `run` as one step. */
  #round({ sizes, members, own, together }: Run): Step<Kernel> {
    const { scalars } = this;
    const slices = new Map<string, Slice & { readonly entry: { size: number } }>();
    const [reads, writes] = [new Set<Buffer>(), new Set<Buffer>()];
    const pieces = new Map<Buffer, Buffer>();
    const lastIndex = sizes.length - 1;
    const piece = (buffer: Buffer): Buffer => {
      const known = pieces.get(buffer) ?? { ...buffer, size: (buffer.size / sizeOf(sizes)) * together };
      pieces.set(buffer, known);
      return known;
    };
    /** What stands for `buffer` in a round, where positions in it move by `steps` from round to round, and reach `size`. */
    const entry = (buffer: Buffer, steps: readonly number[], size: number): Buffer => {
      if (own.has(buffer)) return piece(buffer);
      if (steps.every((by) => by === 0)) return buffer;
      const key = `${scalars.name(buffer)} ${steps}`;
      const slice = slices.get(key) ?? {
        entry: { dtype: buffer.dtype, size },
        of: buffer,
        first: 0,
        steps: steps.map((by, i) => (i === lastIndex ? by * together : by)),
      };
      slice.entry.size = Math.max(slice.entry.size, size);
      slices.set(key, slice);
      return slice.entry;
    };
    const body = members.map(({ loops, outer }): Leaf => {
      const [row] = axesOver([together]);
      const axes = new Map<Axis, Position>(outer.map((axis) => [axis, fixed(0)]));
      axes.set(outer[lastIndex], together > 1 ? along(row) : fixed(0));
      const place = (buffer: Buffer, position: Position): { buffer: Buffer; position: Position } => {
        const inner = at(position);
        const steps = outer.map((axis) => stride(position, axis) ?? 0);
        return { buffer: entry(buffer, steps, range(inner)[1] + 1), position: inner };
      };
      const { rewrite, at } = rewriter({
        scalars,
        axes,
        instead: (scalar) => {
          if (scalar.kind !== 'load') return undefined;
          if (!own.has(scalar.buffer)) reads.add(scalar.buffer);
          const { buffer, position } = place(scalar.buffer, scalar.position);
          return scalars.load(buffer, position);
        },
      });
      const stores = loops.stores.map(({ buffer, position, value }) => {
        if (!own.has(buffer)) writes.add(buffer);
        return { ...place(buffer, position), value: rewrite(value) };
      });
      const inner = loops.axes.filter((axis) => !outer.includes(axis));
      return {
        kind: 'leaf',
        leaf: { ...loops, axes: together > 1 ? [row, ...inner] : inner, stores },
      };
    });
    for (const buffer of writes) reads.delete(buffer);
    return {
      kind: 'parallel',
      sizes: sizes.with(lastIndex, sizes[lastIndex] / together),
      slices: [...slices.values()],
      own: [...pieces.values()],
      body,
      reads: [...reads],
      writes: [...writes],
    };
  }
}

/** `position` with the rounds' axes left out. */
const inRound = (position: Position, outer: readonly Axis[]): Position => ({
  ...position,
  terms: position.terms.filter(({ atom }) => atom.kind !== 'axis' || !outer.includes(atom)),
});

/** How many rows or columns a factor serves in rounds of `together` that packs it anew though it was packed before. */
function servedAnew({ outer }: Member, { rows, columns }: Product, together: number): number {
  const last = outer[outer.length - 1];
  const inside = (axes: readonly Axis[]): number =>
    axes.reduce((n, axis) => n * (axis === last ? together : outer.includes(axis) ? 1 : axis.size), 1);
  const served = [rows, columns].filter((axes) => axes.some((axis) => outer.includes(axis))).map(inside);
  return Math.min(...served);
}

/** The greatest divisor of `n` that is no more than `most`, which may be less than 1. */
function divisorUpTo(n: number, most: number): number {
  for (let by = Math.max(1, Math.min(n, most)); by > 1; by--) if (n % by === 0) return by;
  return 1;
}
