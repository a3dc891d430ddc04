// Primitives, graphs, tracing, and the way to the engine.
export * from './check.ts';
export * from './engine.ts';
export * from './graph.ts';
export * from './primitives.ts';
export * as prims from './prims.ts';
export * from './trace.ts';
