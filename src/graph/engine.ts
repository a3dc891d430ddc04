// What an engine is, and which one is chosen.
import { type Tensor, TraceError } from '../tensor/index.ts';
import type { Graph } from './primitives.ts';

/** A compiled graph: concrete tensors in, concrete tensors out, in the graph's order. */
export type Executable = (inputs: readonly Tensor[]) => Tensor[];

export interface Engine {
  readonly name: string;
  /** Compiles a legal graph (see check.ts). All engines agree within the precision of the dtype. */
  compile(graph: Graph): Executable;
  /** The same for a graph that is run now and perhaps never again, where compile is too slow for that. */
  compileOnce?(graph: Graph): Executable;
  /** What `graph` becomes here, for people to read; the graph itself where there is no more to say. */
  explain?(graph: Graph): string;
  /** Bytes that one run of a graph may take, where that is less than the machine has. */
  readonly memory?: number;
  /** Why it cannot run on this machine, if it cannot. */
  unavailable?(): string | undefined;
  /** What its bits depend on besides the graph, such as the compiler and the processor; absent where on nothing. */
  bits?(): string;
  /** What it runs on, as in "gcc 12.2.0, AVX2, 2 threads". */
  describe?(): string;
}

/** An engine lacks what it needs outside the library. The message, one line, says what, and the way out. */
export class EngineError extends Error {
  override name = 'EngineError';
}

let chosen: Engine | undefined;
let choose: (() => Engine) | undefined;
/** Makes `engine` run everything from now on. */
export function setEngine(engine: Engine): void {
  chosen = engine;
}

/** Makes `choice` name the engine, once something runs before one was set. */
export function setDefaultEngine(choice: () => Engine): void {
  choose = choice;
}

/** The engine that runs everything now. Throws what the default choice throws. */
export function getEngine(): Engine {
  chosen ??= choose?.();
  if (!chosen) throw new TraceError("no engine is chosen; import from the library's front door");
  return chosen;
}
