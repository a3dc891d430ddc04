// Scalars: how they are made, so that equal ones are the same object, and what is in them.
import { elementwiseRows, wordWeight } from '../graph/index.ts';
import { type Aval, type DType, halfOf, isStorage, sizeOf } from '../tensor/index.ts';
import type { Axis, Buffer, Condition, Position, Scalar, ScalarOp } from './dag.ts';
import { axesIn, dataIn, range, showPosition } from './position.ts';

export type { Buffer, Condition, Scalar, ScalarOp } from './dag.ts';

/** An array for a value. */
export const bufferOf = ({ dtype, shape }: Aval): Buffer => ({ dtype, size: sizeOf(shape) });

/** The positions that `scalar` itself names. */
export function positionsOf(scalar: Scalar): readonly Position[] {
  switch (scalar.kind) {
    case 'position':
    case 'load':
    case 'bits':
      return [scalar.position];
    case 'guard':
      return scalar.conditions.map(({ position }) => position);
    default:
      return [];
  }
}

/** What `scalar` is computed from directly, the data in its positions first. */
export function partsOf(scalar: Scalar): readonly Scalar[] {
  const data = positionsOf(scalar).flatMap(dataIn);
  switch (scalar.kind) {
    case 'apply':
      return scalar.inputs;
    case 'bits':
      return [...data, ...scalar.key];
    case 'guard':
      return [...data, scalar.inside, scalar.outside];
    case 'reduce':
      return [scalar.of];
    default:
      return data;
  }
}

/** Calls `visit` with everything that `scalar` is computed from and with itself, each once. */
export function forEachScalar(scalar: Scalar, visit: (part: Scalar) => void, seen = new Set<Scalar>()): void {
  if (seen.has(scalar)) return;
  seen.add(scalar);
  for (const part of partsOf(scalar)) forEachScalar(part, visit, seen);
  visit(scalar);
}

/** The loop axes that `position` changes along, through its data too. */
export function axesThrough(position: Position): Set<Axis> {
  const found = axesIn(position);
  for (const value of dataIn(position))
    forEachScalar(value, (part) => {
      for (const own of positionsOf(part)) for (const axis of axesIn(own)) found.add(axis);
    });
  return found;
}

/** Additions, roughly, that a cast takes: to read what was stored is part of loading it. */
function castWork(from: DType, to: DType): number {
  if (halfOf(to)) return 10;
  return isStorage(from) ? 0 : elementwiseRows.cast.weight;
}

/** The same that `scalar` itself takes. */
export function workOf(scalar: Scalar): number {
  if (scalar.kind === 'bits') return 2 * wordWeight; // a block for one of its words
  if (scalar.kind !== 'apply') return 0;
  return scalar.op === 'cast'
    ? castWork(scalar.inputs[0].dtype, scalar.dtype)
    : elementwiseRows[scalar.op].weight;
}

/** Makes scalars, each once. */
export class Scalars {
  readonly #known = new Map<string, Scalar>();
  readonly #names = new Map<object, number>();

  constant = (value: number, dtype: DType): Scalar => this.#intern({ kind: 'constant', value, dtype });

  position = (position: Position, dtype: DType): Scalar =>
    position.terms.length === 0
      ? this.constant(position.constant, dtype)
      : this.#intern({ kind: 'position', position, dtype });

  /** An element; 0 where there are none, since what no loop reaches may be computed outside it. */
  load = (buffer: Buffer, position: Position): Scalar =>
    buffer.size === 0
      ? this.constant(0, buffer.dtype)
      : this.#intern({ kind: 'load', buffer, position, dtype: buffer.dtype });

  apply = (op: ScalarOp, inputs: readonly Scalar[], dtype: DType): Scalar =>
    this.#intern({ kind: 'apply', op, inputs, dtype });

  bits = (key: readonly [Scalar, Scalar], position: Position, width: number): Scalar =>
    this.#intern({ kind: 'bits', key, position, width, dtype: 'i32' });

  /** `inside()` where `conditions` hold, `outside()` elsewhere; one alone where it is known which. */
  guard = (conditions: readonly Condition[], inside: () => Scalar, outside: () => Scalar): Scalar => {
    const open: Condition[] = [];
    for (const condition of conditions) {
      const [least, greatest] = range(condition.position);
      if (greatest < condition.least || least > condition.greatest) return outside();
      if (least < condition.least || greatest > condition.greatest) open.push(condition);
    }
    return open.length === 0 ? inside() : this.choice(open, inside, outside);
  };

  protected choice(conditions: readonly Condition[], inside: () => Scalar, outside: () => Scalar): Scalar {
    const value = inside();
    return this.#intern({ kind: 'guard', conditions, inside: value, outside: outside(), dtype: value.dtype });
  }

  reduce = (by: 'sum' | 'reduceMax' | 'argMax', axes: readonly Axis[], of: Scalar): Scalar =>
    this.#intern({ kind: 'reduce', by, axes, of, dtype: by === 'argMax' ? 'i32' : of.dtype });

  #intern(scalar: Scalar): Scalar {
    const key = this.#show(scalar);
    const known = this.#known.get(key);
    if (known) return known;
    this.#known.set(key, scalar);
    return scalar;
  }

  /** A name for an axis, a buffer or a scalar; each has one, and no two the same. */
  name = (it: object): string => {
    const known = this.#names.get(it) ?? this.#names.size;
    this.#names.set(it, known);
    return `#${known}`;
  };

  #show(scalar: Scalar): string {
    const name = this.name;
    const at = (position: Position) => showPosition(position, name);
    const head = `${scalar.dtype} ${scalar.kind}`;
    switch (scalar.kind) {
      case 'constant':
        return `${head} ${Object.is(scalar.value, -0) ? '-0' : scalar.value}`;
      case 'position':
        return `${head} ${at(scalar.position)}`;
      case 'load':
        return `${head} ${name(scalar.buffer)} ${at(scalar.position)}`;
      case 'apply':
        return `${head} ${scalar.op} ${scalar.inputs.map(name)}`;
      case 'bits':
        return `${head} ${scalar.key.map(name)} ${scalar.width} ${at(scalar.position)}`;
      case 'guard': {
        const inRange = scalar.conditions.map((c) => `${at(c.position)} in ${c.least}..${c.greatest}`);
        return `${head} ${inRange.join(' and ')} ${name(scalar.inside)} ${name(scalar.outside)}`;
      }
      case 'reduce':
        return `${head} ${scalar.by} ${scalar.axes.map(name)} ${name(scalar.of)}`;
    }
  }
}
