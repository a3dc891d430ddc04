// What bench and a runner say to each other: JSON objects, one a line. A runner does one task and then rests.
import type { Task } from './workloads.ts';

export type Request =
  /** Take the task, make its state, and do its first two steps. `data` is the folder of the shared arrays. */
  | { readonly prepare: Task; readonly data: string }
  /** Do `steps` more and time each. With `epoch`, do one whole distillation epoch as one step. */
  | { readonly run: { readonly steps: number; readonly epoch?: boolean } };

/** The first line, unasked: what runs, or what is missing and how to install it. */
export interface Hello {
  readonly name: string;
  readonly version: string;
  readonly note?: string;
}

export interface Ready {
  /** For each of the first two steps what it gave: a loss a model, or the checked elements. */
  readonly values: readonly (readonly number[])[];
  /** How long each of the two took; the first traced and compiled. */
  readonly ms: readonly number[];
}

export interface Ran {
  readonly ms: readonly number[];
  /** Bytes resident after the steps, and the most that there ever were. */
  readonly rss: number;
  readonly peakRss: number;
}

export type Reply =
  | { readonly hello: Hello; readonly rss: number }
  | { readonly missing: string }
  | { readonly ready: Ready }
  | { readonly ran: Ran }
  | { readonly error: string };
