export * from './code.ts';
export { type Compiled, compileGraph } from './compile.ts';
export { explainGraph } from './explain.ts';
export { alignment, type Layout } from './memory.ts';
export type { Buffer, ScalarOp } from './scalar.ts';
export {
  allSteps,
  type Load,
  loadOf,
  type Shareable,
  type Slice,
  type Step,
  type Steps,
  shareablesOf,
} from './steps.ts';
export type { Target } from './target.ts';
