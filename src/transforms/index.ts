// Transformations of functions over trees: they compose in any order and to any depth.
export { type InAxes, vmap } from './batch.ts';
export { checkpoint, customJvp, customVjp } from './custom.ts';
export { jvp } from './forward.ts';
export type { TreeFunction } from './function.ts';
export { hessian, hvp, type Jacobian, jacfwd, jacrev, perExampleGrad } from './jacobian.ts';
export { cost, explain, type JitOptions, jit } from './jit.ts';
export { cond, type ScanOptions, scan, whileLoop } from './loops.ts';
export { grad, linearize, valueAndGrad, vjp } from './reverse.ts';
