// What keeps tensors and results on disk.
export { makeFolders, writeAtomic } from './atomic.ts';
export * from './errors.ts';
export * from './safetensors.ts';
