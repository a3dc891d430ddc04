// The engines that Node has. In a browser all.browser.ts takes this module's place; package.json says so.
import type { Engine } from '../graph/index.ts';
import { native } from './native/index.ts';
import { reference } from './reference/index.ts';
import { tfjs } from './tfjs/index.ts';
import { wasm } from './wasm/index.ts';

/** Every engine that can be asked for. */
export const engines: readonly Engine[] = [native, wasm, tfjs, reference];

/** What runs where nobody asks: the first of these that can, or else the reference engine. */
export const preference: readonly Engine[] = [native, wasm];
