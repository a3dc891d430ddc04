export * from './code.ts';
export { type Compiled, compileGraph } from './compile.ts';
export { explainGraph } from './explain.ts';
export { alignment, type Layout } from './memory.ts';
export type { Buffer, ScalarOp } from './scalar.ts';
export { leavesOf, type Slice, type Step, type Steps } from './steps.ts';
export type { Target } from './target.ts';
