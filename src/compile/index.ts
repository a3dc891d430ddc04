export type { Axis, Position } from './position.ts';
export { axesIn, showPosition } from './position.ts';
export { type Kernel, type Lines, type Loops, lower, type Program, type Store } from './program.ts';
export { type Buffer, partsOf, positionsOf, type Scalar, type ScalarOp } from './scalar.ts';
