// The library's front door: import everything from here. The engine is chosen when something first runs.
import { defaultEngine } from './engines/index.ts';
import { setDefaultEngine } from './graph/index.ts';

export {
  describeEngine,
  engineNames,
  identifyEngine,
  threadCount,
  useEngine,
  useThreads,
} from './engines/index.ts';
export {
  type Cost,
  type Engine,
  EngineError,
  type Executable,
  type Graph,
  getEngine,
} from './graph/index.ts';
export * as nn from './nn/index.ts';
export * from './ops/index.ts';
export * as random from './random/index.ts';
export {
  type AnyTypedArray,
  combine,
  type DType,
  DTypeError,
  fromTypedArray,
  MemoryError,
  type Nested,
  type NestedArray,
  type Part,
  partition,
  type Shape,
  ShapeError,
  Tensor,
  TraceError,
  type Tree,
  type TypedArray,
  treeLeaves,
  treeMap,
  treePaths,
} from './tensor/index.ts';
export * from './transforms/index.ts';

setDefaultEngine(defaultEngine);
