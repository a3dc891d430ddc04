// Contractions in plain loops: each entry of the result is summed up by itself, in f64 with what rounding loses.
import type { TypedArray } from '../../tensor/index.ts';
import { type Layout, lowerContraction } from '../host/contraction.ts';
import { settled } from '../host/panels.ts';

/** The entries of `x` at each of `outer` along `inner`, one row after the other. */
function rowsOf(x: TypedArray, outer: Int32Array, inner: Int32Array): Float64Array {
  const rows = new Float64Array(outer.length * inner.length);
  let at = 0;
  for (const from of outer) for (const step of inner) rows[at++] = x[from + step];
  return rows;
}

/** The sum of the products of `depth` entries of `x` from `i` on and of `y` from `j` on. */
function sumOfProducts(x: Float64Array, i: number, y: Float64Array, j: number, depth: number): number {
  let sum = 0;
  let lost = 0;
  for (let p = 0; p < depth; p++) {
    const product = x[i + p] * y[j + p];
    const next = sum + product;
    const own = next - sum; // what has become of the product; as lostIn has it, but that a call each time takes thrice as long
    lost += sum - (next - own) + (product - own);
    sum = next;
  }
  return settled(sum, lost);
}

function multiply(x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout): void {
  const { xRows, zRows, yColumns, zColumns, xInner, yInner } = layout;
  const [rows, columns, depth] = [rowsOf(x, xRows, xInner), rowsOf(y, yColumns, yInner), xInner.length];
  for (let i = 0; i < xRows.length; i++)
    for (let j = 0; j < yColumns.length; j++)
      z[zRows[i] + zColumns[j]] = sumOfProducts(rows, i * depth, columns, j * depth, depth);
}

/** The kernel of a contraction, by plain loops. */
export const lowerPlainly = lowerContraction(multiply);
