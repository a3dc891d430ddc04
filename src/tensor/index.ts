// The tensor value and what describes it.
export * as arg from './arguments.ts';
export * from './dtype.ts';
export * from './errors.ts';
export * from './front.ts';
export * from './letters.ts';
export * from './nested.ts';
export * from './partition.ts';
export * from './shape.ts';
export * from './tensor.ts';
export * from './tree.ts';
