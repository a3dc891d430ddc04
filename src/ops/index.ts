// Everything users call that is a composition of primitives.
export { type At, at, type Index, type Range, slice } from './at.ts';
export * from './convolution.ts';
export * from './creation.ts';
export { dynamicSlice, dynamicUpdate } from './dynamic.ts';
export * from './elementwise.ts';
export * from './indexing.ts';
export * from './linalg.ts';
export * from './movement.ts';
export { asTensor, broadcastTo } from './operands.ts';
export * from './reductions.ts';
export * from './softmax.ts';
export * from './sorting.ts';
export type { TensorLike } from './values.ts';
export type { Padding, WindowOptions } from './windows.ts';
