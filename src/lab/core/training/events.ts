// What a run tells while it goes on, and what it asks whoever drives it. It touches no file.
import type { Tree } from '../../../index.ts';
import type { Snapshot } from '../runs/checkpoints.ts';

/** By learner. */
export type Each<T> = Readonly<Record<string, T>>;

/** Where in its training a phase is. */
interface Position {
  readonly phase: string;
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this phase, from 1, and how many there will be. */
  readonly step: number;
  readonly steps: number;
}

/** A phase is about to begin; the answer is what an earlier run had reached of it, if anything. */
export interface BeginEvent {
  readonly kind: 'begin';
  readonly phase: string;
}

/** One step was done: every learner's loss and measures, one number a seed, and the very batch. */
export interface StepEvent<B extends Tree> extends Position {
  readonly kind: 'step';
  /** The loss before the step's update, and what else the learners measure. */
  readonly values: Each<{ readonly loss: readonly number[] } & Each<readonly number[]>>;
  readonly batch: B;
}

/** An epoch ended; `params` are those after its last step. */
export interface EpochEvent<P extends Tree> extends Position {
  readonly kind: 'epoch';
  /** Mean loss over the epoch's examples, and by metric what was measured then, one number a seed. */
  readonly values: Each<{ readonly loss: readonly number[] } & Each<readonly number[]>>;
  readonly params: Each<P>;
}

/** All events of a step were told. `snapshot` is to be called before the next one is asked for. */
export interface ReachedEvent extends Position {
  readonly kind: 'reached';
  snapshot(): Snapshot;
}

export type TrainingEvent<P extends Tree = Tree, B extends Tree = Tree> =
  | BeginEvent
  | StepEvent<B>
  | EpochEvent<P>
  | ReachedEvent;

/** Work that is no training goes on. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
}

export type LabEvent = TrainingEvent | ProgressEvent;

/** An experiment or a part of one, on the way to an `R`. */
export type Running<R> = AsyncGenerator<LabEvent, R, Snapshot | undefined>;
