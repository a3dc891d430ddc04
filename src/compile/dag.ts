// One element's computation as a DAG of scalars: loads, arithmetic, conditions on positions, and reductions, which
// bind loop axes of their own. A scalar is at a position, and a position may depend on a scalar again.
import type { ElementwiseOp } from '../graph/index.ts';
import type { DType } from '../tensor/index.ts';

/** A loop's counter, from 0 to `size` − 1. Two axes are the same only if they are the same object. */
export interface Axis {
  readonly kind: 'axis';
  readonly size: number;
}

/** ⌊of / by⌋ and of − by · ⌊of / by⌋, for by ≥ 1. */
interface Part {
  readonly kind: 'quotient' | 'remainder';
  readonly of: Position;
  readonly by: number;
}

/** A whole number that the data says, such as an index that a gather reads. */
export interface Datum {
  readonly kind: 'datum';
  readonly value: Scalar;
  readonly least: number;
  readonly greatest: number;
}

export type Atom = Axis | Part | Datum;

/** constant + Σ factor · atom; no factor is 0 and no atom stands twice. */
export interface Position {
  readonly constant: number;
  readonly terms: readonly Term[];
}

export interface Term {
  readonly factor: number;
  readonly atom: Atom;
}

/** The primitives that compute an element from elements. */
export type ScalarOp = Exclude<ElementwiseOp, 'stopGradient'>;

/** An array that a kernel reads or writes. */
export interface Buffer {
  readonly dtype: DType;
  readonly size: number;
}

/** Whether a position lies in [least, greatest]. */
export interface Condition {
  readonly position: Position;
  readonly least: number;
  readonly greatest: number;
}

export type Scalar = (
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly position: Position }
  | { readonly kind: 'apply'; readonly op: ScalarOp; readonly inputs: readonly Scalar[] }
  /** The top `width` bits of word `position` of the Threefry stream under a key of two words. */
  | {
      readonly kind: 'bits';
      readonly key: readonly [Scalar, Scalar];
      readonly position: Position;
      readonly width: number;
    }
  /** `inside` where every condition holds, which alone may then be computed; `outside` elsewhere. */
  | {
      readonly kind: 'guard';
      readonly conditions: readonly Condition[];
      readonly inside: Scalar;
      readonly outside: Scalar;
    }
  /** `of` over every combination of `axes`; argMax gives the first greatest's position along its one axis. */
  | {
      readonly kind: 'reduce';
      readonly by: 'sum' | 'reduceMax' | 'argMax';
      readonly axes: readonly Axis[];
      readonly of: Scalar;
    }
) & { readonly dtype: DType };
