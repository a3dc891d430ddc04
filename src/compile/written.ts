// What a kernel is once it is written in the code language.
import type { Routine } from './code.ts';
import type { Buffer } from './scalar.ts';

/** A kernel as routines, and the memory that they need beside what the kernel reads and stores. */
export interface Written {
  readonly routines: readonly Routine[];
  /** What threads share from one routine to the next. */
  readonly shared: readonly Buffer[];
  /** What each thread needs for itself. */
  readonly scratch: readonly Buffer[];
}
