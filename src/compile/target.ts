// What the compiler must know of the machine that it writes kernels for.
import type { ComputeDType } from '../tensor/index.ts';

export interface Target {
  /** Bytes in a vector register, a power of two from 16. */
  readonly vectorBytes: number;
  /** How many vector registers there are. */
  readonly registers: number;
  /** What vectors hold; a kernel in which anything else is computed has no vectors at all. */
  readonly vectors: readonly ComputeDType[];
  /** Whether to spread a number in memory over a vector costs no more than to load it. */
  readonly spreads: boolean;
  /** Threads that share a kernel's tasks. No bit of a result depends on them. */
  readonly threads: number;
}
