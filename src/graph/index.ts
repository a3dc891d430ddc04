// Primitives, graphs, tracing, and the way to the engine.
export * from './check.ts';
export { type Cost, summedOver, type Work, wordWeight, workOf, workOfGraph } from './cost.ts';
export * from './eager.ts';
export { elementwiseRows } from './elementwise.ts';
export * from './engine.ts';
export { compile, explanation } from './executables.ts';
export * from './graph.ts';
export { keyOf } from './key.ts';
export { planOf, type Step } from './plan.ts';
export * from './primitives.ts';
export * as prims from './prims.ts';
export { settle } from './settle.ts';
export * from './shapes.ts';
export * from './show.ts';
export { simplified } from './simplify.ts';
export * from './trace.ts';
