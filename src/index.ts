// The library's front door: import everything from here. It chooses the reference engine.
import { useEngine } from './engines/index.ts';

export { engineNames, useEngine } from './engines/index.ts';
export { type Engine, type Executable, type Graph, getEngine, showGraph } from './graph/index.ts';
export * as nn from './nn/index.ts';
export * from './ops/index.ts';
export * as random from './random/index.ts';
export {
  type DType,
  DTypeError,
  fromTypedArray,
  type NestedArray,
  type Shape,
  ShapeError,
  Tensor,
  TraceError,
  type Tree,
  type TypedArray,
  treeLeaves,
  treeMap,
} from './tensor/index.ts';
export * from './transforms/index.ts';

useEngine('reference');
