// A program as a tree: what is done in order, with repeats and branches around more of it.
import { sizeOf } from '../tensor/index.ts';
import type { Buffer } from './scalar.ts';

/** In each round of a loop, `entry` is a part of `of`. */
export interface Slice {
  readonly entry: Buffer;
  readonly of: Buffer;
  /** Where it begins in the first round, and how much further where each of the loop's axes goes one on; in elements. */
  readonly first: number;
  readonly steps: readonly number[];
}

/** What a loop or a branch reads and writes of what lies outside. */
interface Outside {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
}

interface Leaf<L> {
  readonly kind: 'leaf';
  readonly leaf: L;
}

export type Step<L> =
  | Leaf<L>
  | (Outside & {
      readonly kind: 'repeat';
      readonly times: number;
      readonly slices: readonly Slice[];
      readonly body: Steps<L>;
    })
  /**
   * Rounds over every combination of `sizes` that need nothing of each other, so that threads share them; each thread has
   * memory of its own for the buffers in `own`.
   */
  | (Outside & {
      readonly kind: 'parallel';
      readonly sizes: readonly number[];
      readonly slices: readonly Slice[];
      readonly own: readonly Buffer[];
      readonly body: readonly Leaf<L>[];
    })
  /** `predicate` holds one bool. */
  | (Outside & {
      readonly kind: 'branch';
      readonly predicate: Buffer;
      readonly whenTrue: Steps<L>;
      readonly whenFalse: Steps<L>;
    })
  /** `test` fills `predicate`; as long as that holds, `body` and it follow. */
  | (Outside & {
      readonly kind: 'while';
      readonly predicate: Buffer;
      readonly test: Steps<L>;
      readonly body: Steps<L>;
    });

export type Steps<L> = readonly Step<L>[];

/** The same tree with other leaves, each in place of one, which may be one of parallel rounds. */
export function mapLeaves<L, M>(
  steps: Steps<L>,
  f: (leaf: L, inParallel: boolean) => readonly M[],
): Step<M>[] {
  const leaves = (leaf: L, inParallel: boolean): Leaf<M>[] =>
    f(leaf, inParallel).map((leaf) => ({ kind: 'leaf', leaf }));
  const mapped = (list: Steps<L>): Step<M>[] => mapLeaves(list, f);
  return steps.flatMap((step): Step<M>[] => {
    switch (step.kind) {
      case 'leaf':
        return leaves(step.leaf, false);
      case 'parallel':
        return [{ ...step, body: step.body.flatMap(({ leaf }) => leaves(leaf, true)) }];
      case 'repeat':
        return [{ ...step, body: mapped(step.body) }];
      case 'branch':
        return [{ ...step, whenTrue: mapped(step.whenTrue), whenFalse: mapped(step.whenFalse) }];
      case 'while':
        return [{ ...step, test: mapped(step.test), body: mapped(step.body) }];
      default:
        return step satisfies never;
    }
  });
}

/** `step` with other lists in it; parallel rounds have none, since their kernels are in no loop of their own. */
export function mapLists<L>(step: Step<L>, f: (steps: Steps<L>) => Steps<L>): Step<L> {
  switch (step.kind) {
    case 'leaf':
    case 'parallel':
      return step;
    case 'repeat':
      return { ...step, body: f(step.body) };
    case 'branch':
      return { ...step, whenTrue: f(step.whenTrue), whenFalse: f(step.whenFalse) };
    case 'while':
      return { ...step, test: f(step.test), body: f(step.body) };
  }
}

/** The lists that `step` has of its own. */
export function partsOfStep<L>(step: Step<L>): readonly Steps<L>[] {
  switch (step.kind) {
    case 'leaf':
      return [];
    case 'repeat':
    case 'parallel':
      return [step.body];
    case 'branch':
      return [step.whenTrue, step.whenFalse];
    case 'while':
      return [step.test, step.body];
  }
}

/** Every step of the tree, each before those inside it. */
export const allSteps = <L>(steps: Steps<L>): Step<L>[] =>
  steps.flatMap((step) => [step, ...partsOfStep(step).flatMap((list) => allSteps(list))]);

export const leavesOf = <L>(steps: Steps<L>): L[] =>
  allSteps(steps).flatMap((step) => (step.kind === 'leaf' ? [step.leaf] : []));

/** Tasks, and roughly how many additions all of them are. */
export interface Load {
  readonly tasks: number;
  readonly work: number;
}

/** What a kernel, or parallel rounds of some, are for threads that share them. */
export function loadOf<L extends Load>(step: Shareable<L>): Load {
  if (step.kind === 'leaf') return step.leaf;
  const tasks = sizeOf(step.sizes);
  return { tasks, work: tasks * step.body.reduce((sum, { leaf }) => sum + leaf.work, 0) };
}

/** What threads can share: leaves, and parallel rounds, each before those inside it. */
export type Shareable<L> = Extract<Step<L>, { kind: 'leaf' | 'parallel' }>;

export const shareablesOf = <L>(steps: Steps<L>): Shareable<L>[] =>
  allSteps(steps).filter((step): step is Shareable<L> => step.kind === 'leaf' || step.kind === 'parallel');

/** The parts of other buffers that the loops in `steps` read and write. */
export const slicesIn = (steps: Steps<unknown>): Slice[] =>
  allSteps(steps).flatMap((step) => (step.kind === 'repeat' || step.kind === 'parallel' ? step.slices : []));
