// How WebAssembly holds values: one as a number, several on the lanes of a vector.
import type { Type } from '../../compile/index.ts';
import type { ValueType } from './encode.ts';

/** How many of a kind there are on the lanes of a vector. */
export const lanesOf = { bool: 4, i32: 4, index: 4, f32: 4, f64: 2 } satisfies Record<Type['kind'], number>;

/** What a vector's lanes are, as instructions name them. */
export const laneType = (kind: Type['kind']): 'i32' | 'f32' | 'f64' =>
  kind === 'f32' || kind === 'f64' ? kind : 'i32';

const shapes = { i32: 'i32x4', f32: 'f32x4', f64: 'f64x2' } as const;
export const shapeOf = (kind: Type['kind']) => shapes[laneType(kind)];

/** The type that WebAssembly holds a value in. */
export function valueType({ kind, lanes }: Type): ValueType {
  if (lanes === lanesOf[kind]) return 'v128';
  if (lanes !== 1) throw new Error(`wasm: no vector of ${lanes} ${kind}`);
  return kind === 'f32' || kind === 'f64' ? kind : 'i32';
}
