// The engines that a browser has: those that need no module of Node's.
import type { Engine } from '../graph/index.ts';
import { reference } from './reference/index.ts';
import { wasm } from './wasm/index.ts';

export const engines: readonly Engine[] = [wasm, reference];
export const preference: readonly Engine[] = [wasm];
