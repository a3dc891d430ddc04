// Loops as they are nested: whole or in part, several values at a time, cut into blocks where they sum.
import type { Expression } from './code.ts';
import { type Store, scalarsIn } from './kernel.ts';
import { type Axis, stride } from './position.ts';
import type { Scalar } from './scalar.ts';

/** A loop over an axis, whole or in part, `lanes` values at a time. */
export interface Loop {
  readonly axis: Axis;
  /** Where the stores draw along the axis, a multiple of 2 · `lanes`. */
  readonly from?: Expression;
  readonly to?: Expression;
  readonly lanes?: number;
  /** Whether the bounds are whole vectors apart. */
  readonly whole?: boolean;
}

/** How many numbers a sum adds in a row, which its error grows with; such blocks are added up without loss. */
const longestRun = 16;

/** Which of nested loops is cut into blocks, and of how many of its rounds. */
export interface Cut {
  readonly at: number;
  readonly rounds: number;
}

/** How `loops` are cut, so that no block adds more than `longestRun` numbers in a row; not at all if they are few. */
export function cutOf(loops: readonly Loop[]): Cut | undefined {
  const roundsOf = ({ axis: { size }, lanes = 1 }: Loop) => Math.max(Math.floor(size / lanes), size % lanes);
  if (loops.reduce((n, it) => n * roundsOf(it), 1) <= 2 * longestRun) return undefined;
  let at = loops.length - 1;
  let inRow = 1; // what a round of the loop at `at` adds
  while (inRow * roundsOf(loops[at]) <= longestRun) inRow *= roundsOf(loops[at--]);
  return { at, rounds: Math.floor(longestRun / inRow) };
}

/** Whether `stores` take words of a random stream one after the other along `axis`, two vectors of them or more. */
export const drawsAlong = (axis: Axis, stores: readonly Store[], lanes: number): boolean =>
  lanes > 1 &&
  axis.size >= 2 * lanes &&
  [...scalarsIn(stores)].some((it) => it.kind === 'bits' && stride(it.position, axis) === 1);

export type Reduction = Extract<Scalar, { kind: 'reduce' }>;

/** An axis that a reduction takes several values along at a time. */
export interface Across {
  readonly axis: Axis;
  readonly lanes: number;
}
