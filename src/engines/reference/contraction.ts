// Contractions in plain loops: each entry of the result is summed up by itself, in f64 with what rounding loses.
import type { TypedArray } from '../../tensor/index.ts';
import { type Layout, lowerContraction } from '../host/contraction.ts';
import { lostIn, settled } from '../host/panels.ts';

function multiply(x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout): void {
  const { xRows, zRows, yColumns, zColumns, xInner, yInner } = layout;
  for (let i = 0; i < xRows.length; i++)
    for (let j = 0; j < yColumns.length; j++) {
      let [sum, lost] = [0, 0];
      for (let p = 0; p < xInner.length; p++) {
        const product = x[xRows[i] + xInner[p]] * y[yColumns[j] + yInner[p]];
        lost += lostIn(sum, product);
        sum += product;
      }
      z[zRows[i] + zColumns[j]] = settled(sum, lost);
    }
}

/** The kernel of a contraction, by plain loops. */
export const lowerPlainly = lowerContraction(multiply);
