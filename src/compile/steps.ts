// A program as a tree: what is done in order, with repeats and branches around more of it.
import type { Buffer } from './scalar.ts';

/** In each round of a repeat, `entry` is a part of `of`. */
export interface Slice {
  readonly entry: Buffer;
  readonly of: Buffer;
  /** Where it begins in the first round, and how much further in each next one; in elements. */
  readonly first: number;
  readonly step: number;
}

/** What a repeat or a branch reads and writes of what lies outside. */
interface Outside {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
}

export type Step<L> =
  | { readonly kind: 'leaf'; readonly leaf: L }
  | (Outside & {
      readonly kind: 'repeat';
      readonly times: number;
      readonly slices: readonly Slice[];
      readonly body: Steps<L>;
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

/** The same tree with other leaves, each in place of one. */
export function mapLeaves<L, M>(steps: Steps<L>, f: (leaf: L) => readonly M[]): Step<M>[] {
  const mapped = (list: Steps<L>): Step<M>[] => mapLeaves(list, f);
  return steps.flatMap((step): Step<M>[] => {
    switch (step.kind) {
      case 'leaf':
        return f(step.leaf).map((leaf) => ({ kind: 'leaf', leaf }));
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

/** The lists that `step` has of its own. */
export function partsOfStep<L>(step: Step<L>): readonly Steps<L>[] {
  switch (step.kind) {
    case 'leaf':
      return [];
    case 'repeat':
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

/** The parts of other buffers that the repeats in `steps` read and write. */
export const slicesIn = (steps: Steps<unknown>): Slice[] =>
  allSteps(steps).flatMap((step) => (step.kind === 'repeat' ? step.slices : []));
