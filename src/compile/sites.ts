// Where a kernel's code computes elements of a node: at which positions, behind which guards, and how often.
import type { Result, Value } from '../graph/index.ts';
import { type Shape, sameShape, sizeOf } from '../tensor/index.ts';
import { isUpdate, storedAt, storedShape } from './elements.ts';
import {
  type Axis,
  along,
  axesOver,
  dataIn,
  divisions,
  flatten,
  type Position,
  range,
  samePosition,
  showPosition,
} from './position.ts';
import {
  axesThrough,
  type Buffer,
  bufferOf,
  type Condition,
  forEachScalar,
  type Scalar,
  Scalars,
  workOf,
} from './scalar.ts';

type Bounds = readonly [least: number, greatest: number];

/** What holds in a branch of a guard: its text, the bounds of positions, and in which share of all rounds. */
interface Behind {
  readonly behind: string;
  readonly within: ReadonlyMap<string, Bounds>;
  readonly share: number;
}

/** One place in the code that computes an element. */
export interface Site extends Behind {
  /** The element's indices. */
  readonly at: readonly Position[];
  /** The loops around it, outermost first. */
  readonly loops: readonly Axis[];
  /** Whether it is a factor that is packed, and so computed along the axes that it has alone. */
  readonly packed: boolean;
}

/** Sites by what tells them apart. */
export type Sites = Map<string, Site>;

/** What the code for one element of a node is like, wherever it stands. */
export interface Form {
  /** Whether there is a rule. */
  readonly dissolves: boolean;
  readonly reduces: boolean;
  /** Roughly, in additions. */
  readonly work: number;
  /** How many scalars it is. */
  readonly size: number;
}

const count = ([least, greatest]: Bounds): number => Math.max(0, greatest - least + 1);

/** What is left of `whole` without `part`, which lies at one of its ends; or else `whole`. */
function rest([low, high]: Bounds, [least, greatest]: Bounds): Bounds {
  if (least <= low) return [greatest + 1, high];
  return greatest >= high ? [low, least - 1] : [low, high];
}

/** Scalars that tell, while a branch of a guard is made, what holds there. */
class Watched extends Scalars {
  here: Behind = { behind: '', within: new Map(), share: 1 };

  protected override choice(
    conditions: readonly Condition[],
    inside: () => Scalar,
    outside: () => Scalar,
  ): Scalar {
    const before = this.here;
    const [yes, no] = [new Map(before.within), new Map(before.within)];
    let held = 1;
    const texts = conditions.map(({ position, least, greatest }) => {
      const name = showPosition(position, this.name);
      const whole = before.within.get(name) ?? range(position);
      const part: Bounds = [Math.max(least, whole[0]), Math.min(greatest, whole[1])];
      if (dataIn(position).length === 0) held *= count(part) / Math.max(1, count(whole));
      yes.set(name, part);
      if (conditions.length === 1) no.set(name, rest(whole, part));
      return `${name} in ${least}..${greatest}`;
    });
    const data = conditions.some(({ position }) => dataIn(position).length > 0);
    const branch = (make: () => Scalar, name: string, within: Behind['within'], share: number) => () => {
      const behind = `${before.behind} ${name} (${texts.join(' and ')})`;
      this.here = { behind, within, share: before.share * share };
      const made = make();
      this.here = before;
      return made;
    };
    return super.choice(
      conditions,
      branch(inside, 'in', yes, held),
      branch(outside, 'out', no, data ? 1 : 1 - held),
    );
  }
}

export class Survey {
  readonly #scalars = new Watched();
  readonly #buffers = new Map<Value, Buffer>();
  readonly #kernels = new Map<string, Site>();
  readonly #reduced = new Map<object, readonly Axis[]>();

  /** Where a kernel computes the elements of `shape` that it stores; the same for the same shape. */
  root(shape: Shape): Site {
    const known = this.#kernels.get(String(shape));
    if (known) return known;
    const loops = axesOver(shape);
    const site = { at: loops.map(along), loops, packed: false, behind: '', within: new Map(), share: 1 };
    this.#kernels.set(String(shape), site);
    return site;
  }

  formOf(node: Result): Form {
    const { scalar, inner } = this.#code(node, this.root(storedShape(node)), () => {});
    let [work, size] = [0, 0];
    if (scalar)
      forEachScalar(scalar, (part) => {
        work += workOf(part);
        size += part.kind === 'bits' ? 50 : 1; // a block of the stream is written out
      });
    return { dissolves: scalar !== null && !isUpdate(node.from), reduces: inner.length > 0, work, size };
  }

  /** Calls `need` with everywhere that the code of `node` at `site` computes elements of its inputs. */
  inputsOf(node: Result, site: Site, need: (input: Value, site: Site) => void): void {
    const needs: [Value, Site][] = [];
    const { scalar } = this.#code(node, site, (input, at) => needs.push([input, at]));
    const packed = site.packed || (scalar?.kind === 'reduce' && scalar.of.kind === 'apply');
    for (const [input, at] of needs) need(input, { ...at, packed });
  }

  /** What tells a site from the others in a kernel. */
  keyOf = (site: Site): string => `${this.#placeOf(site)}${site.behind}`;

  #placeOf = ({ at }: Site): string => at.map((index) => showPosition(index, this.#scalars.name)).join();

  /** Whether a kernel that stores elements of `shape` reads `node` nowhere but at those same elements. */
  isSame(node: Value, sites: Sites, shape: Shape): boolean {
    const root = this.root(shape);
    const own = ({ at, packed }: Site): boolean =>
      !packed && at.every((index, axis) => samePosition(index, root.at[axis]));
    return sites.size > 0 && sameShape(node.shape, shape) && [...sites.values()].every(own);
  }

  /** How often, on average, each element of `node` is computed at `sites`. */
  timesAt(node: Value, sites: Sites): number {
    const places = new Map<string, { share: number; rounds: number }>();
    for (const site of sites.values()) {
      const place = this.#placeOf(site);
      const known = places.get(place) ?? { share: 0, rounds: 0 };
      places.set(place, {
        share: Math.min(1, known.share + site.share),
        rounds: Math.max(known.rounds, sizeOf(loopsAround(site).map(({ size }) => size))),
      });
    }
    const times = [...places.values()].reduce((sum, { share, rounds }) => sum + share * rounds, 0);
    return times / Math.max(1, sizeOf(node.shape));
  }

  #code(node: Result, site: Site, need: (input: Value, site: Site) => void) {
    const scalars = this.#scalars;
    const inner: Axis[] = [];
    scalars.here = site;
    const { value: scalar } = storedAt(node.from, site.at, {
      scalars,
      element: (input, at) => {
        const { behind, within, share } = scalars.here;
        const loops = inner.length > 0 ? [...loopsAround(site), ...inner] : site.loops;
        need(input, { ...site, at, loops, behind, within, share });
        return scalars.load(this.#bufferOf(input), flatten(at, input.shape));
      },
      axesOf: (by, sizes) => {
        const axes = this.#reduced.get(by) ?? axesOver(sizes);
        this.#reduced.set(by, axes);
        inner.push(...axes);
        return axes;
      },
    });
    return { scalar, inner };
  }

  #bufferOf(node: Value): Buffer {
    const buffer = this.#buffers.get(node) ?? bufferOf(node);
    this.#buffers.set(node, buffer);
    return buffer;
  }
}

/** The loops that `site` is computed in: what outer ones alone change is kept in inner ones. */
function loopsAround({ at, loops, packed }: Site): readonly Axis[] {
  const used = new Set(at.flatMap((index) => [...axesThrough(index)]));
  return packed
    ? loops.filter((axis) => used.has(axis))
    : loops.slice(0, loops.findLastIndex((axis) => used.has(axis)) + 1);
}

/** Whole divisions in the positions of `site`, which code computes one by one. */
export const divisionsAt = ({ at }: Site): number => at.reduce((sum, index) => sum + divisions(index), 0);
