// What a run tells while it goes on, and what it asks whoever drives it. It touches no file.
import type { Tree } from '../../../index.ts';
import type { Snapshot } from '../runs/checkpoints.ts';

/** By learner. */
export type Each<T> = Readonly<Record<string, T>>;

/** How far a phase is: steps done in it, from 1, and how many there will be. */
interface Position {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
}

/** The same of training, which counts epochs from 1 too. */
interface TrainingPosition extends Position {
  readonly epoch: number;
  readonly epochs: number;
}

/** A phase is about to begin; the answer is what an earlier run had reached of it, if anything. */
export interface BeginEvent {
  readonly kind: 'begin';
  readonly phase: string;
  /** What tells it from others of that name in its run, if there are any. */
  readonly of?: string;
}

/** One step was done: every learner's loss and measures, one number a seed, and the very batch. */
export interface StepEvent<B extends Tree> extends TrainingPosition {
  readonly kind: 'step';
  /** The loss before the step's update, and what else the learners measure. */
  readonly values: Each<{ readonly loss: readonly number[] } & Each<readonly number[]>>;
  readonly batch: B;
}

/** An epoch ended; `params` are those after its last step. */
export interface EpochEvent<P extends Tree> extends TrainingPosition {
  readonly kind: 'epoch';
  /** Mean loss over the epoch's examples, and by metric what was measured then, one number a seed. */
  readonly values: Each<{ readonly loss: readonly number[] } & Each<readonly number[]>>;
  readonly params: Each<P>;
}

/** All events of a step were told. `snapshot` is to be called before the next one is asked for. */
export interface ReachedEvent extends Position {
  readonly kind: 'reached';
  /** As that of the phase's beginning. */
  readonly of?: string;
  /** Whether each such step is worth a checkpoint. */
  readonly costly?: boolean;
  snapshot(): Snapshot;
}

export type TrainingEvent<P extends Tree = Tree, B extends Tree = Tree> =
  | BeginEvent
  | StepEvent<B>
  | EpochEvent<P>
  | ReachedEvent;

/** Work that is no training goes on. */
export interface ProgressEvent extends Position {
  readonly kind: 'progress';
}

/** What a stage's output is kept under. */
export interface ArtefactName {
  readonly stage: string;
  /** The hash of all that it depends on, in hex. */
  readonly key: string;
  readonly extension: string;
}

/** Outputs of a stage are asked for; the answer is those of them that are kept. */
export interface StageEvent {
  readonly kind: 'stage';
  readonly names: readonly ArtefactName[];
}

/** Those of them that were not kept were made, side by side. */
export interface MadeEvent {
  readonly kind: 'made';
  /** All that were asked for. */
  readonly names: readonly ArtefactName[];
  readonly outputs: readonly (ArtefactName & { encode(): Uint8Array })[];
}

/** Every seed's model called `name` is there as after `epoch` epochs, trained by this run or taken as a stage's outputs. */
export interface ModelEvent<P extends Tree> {
  readonly kind: 'model';
  readonly name: string;
  readonly epoch: number;
  readonly params: P;
}

/** Some of the data that a stage made, in words. */
export interface ExamplesEvent {
  readonly kind: 'examples';
  readonly of: string;
  readonly lines: readonly string[];
}

export type LabEvent =
  | TrainingEvent
  | ProgressEvent
  | StageEvent
  | MadeEvent
  | ModelEvent<Tree>
  | ExamplesEvent;

/** What is there already: of a phase what an earlier run had reached, of a stage its outputs by their place. */
export interface Reply {
  readonly snapshot?: Snapshot;
  readonly artefacts?: readonly (Uint8Array | undefined)[];
}

/** An experiment or a part of one, on the way to an `R`. */
export type Running<R> = AsyncGenerator<LabEvent, R, Reply | undefined>;
