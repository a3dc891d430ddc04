// Contractions of any layout: offset tables say where to find what is packed into panels and multiplied.
import type { Apply } from '../../graph/index.ts';
import { allocate, stridesOf, type TypedArray } from '../../tensor/index.ts';
import { addProduct, left, most, product, right, tile } from './panels.ts';

/** Offsets of every combination of `labels`, row-major, in an operand labelled `operand`. */
function offsets(labels: string, operand: string, sizes: Map<string, number>): Int32Array {
  const strides = stridesOf([...operand].map((label) => sizes.get(label) as number));
  let table = [0];
  for (const label of labels) {
    const stride = strides[operand.indexOf(label)];
    const n = sizes.get(label) as number;
    table = table.flatMap((offset) => Array.from({ length: n }, (_, i) => offset + i * stride));
  }
  return Int32Array.from(table);
}

/** Fills panels of `width` rows (or columns) of `x`: what `outer` names, along `inner`; the last may be short. */
function pack(
  panels: Float64Array,
  width: number,
  x: TypedArray,
  outer: Int32Array,
  inner: Int32Array,
): void {
  const depth = inner.length;
  for (let i = 0; i < roundUp(outer.length, width); i++) {
    const first = Math.floor(i / width) * width * depth + (i % width);
    if (i >= outer.length) for (let p = 0; p < depth; p++) panels[first + p * width] = 0;
    else for (let p = 0; p < depth; p++) panels[first + p * width] = x[outer[i] + inner[p]];
  }
}

const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;

export function lowerDot(node: Apply<'dot'>): (x: TypedArray, y: TypedArray) => TypedArray {
  const { lhs, rhs, out } = node.params;
  const [a, b] = node.inputs;
  const sizes = new Map<string, number>();
  [...lhs].forEach((label, i) => {
    sizes.set(label, a.shape[i]);
  });
  [...rhs].forEach((label, i) => {
    sizes.set(label, b.shape[i]);
  });
  const only = (from: string, keep: (label: string) => boolean) => [...from].filter(keep).join('');
  const batch = only(out, (l) => lhs.includes(l) && rhs.includes(l));
  const rows = only(out, (l) => !rhs.includes(l));
  const columns = only(out, (l) => !lhs.includes(l));
  const inner = only(lhs, (l) => !out.includes(l));
  const layout: Layout = {
    xRows: offsets(rows, lhs, sizes),
    zRows: offsets(rows, out, sizes),
    yColumns: offsets(columns, rhs, sizes),
    zColumns: offsets(columns, out, sizes),
    xInner: offsets(inner, lhs, sizes),
    yInner: offsets(inner, rhs, sizes),
  };
  const [xs, ys, zs] = [lhs, rhs, out].map((operand) => offsets(batch, operand, sizes));
  const multiply = node.dtype === 'i32' ? multiplyIntegers : multiplyFloats;
  return (x, y) => {
    const z = allocate(node.dtype, node.shape, node.op);
    zs.forEach((offset, i) => {
      multiply(x.subarray(xs[i]), y.subarray(ys[i]), z.subarray(offset), layout);
    });
    return z;
  };
}

/** Where the rows, columns and summed entries of one product lie in its operands. */
interface Layout {
  readonly xRows: Int32Array;
  readonly zRows: Int32Array;
  readonly yColumns: Int32Array;
  readonly zColumns: Int32Array;
  readonly xInner: Int32Array;
  readonly yInner: Int32Array;
}

function multiplyFloats(x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout): void {
  const { xRows, yColumns, xInner } = layout;
  for (let row = 0; row < xRows.length; row += most.rows)
    for (let column = 0; column < yColumns.length; column += most.columns) {
      const rows = xRows.subarray(row, row + most.rows);
      const columns = yColumns.subarray(column, column + most.columns);
      const height = roundUp(rows.length, tile.rows);
      const width = roundUp(columns.length, tile.columns);
      product.fill(0, 0, height * width);
      for (let p = 0; p < xInner.length; p += most.depth) {
        const inner = xInner.subarray(p, p + most.depth);
        pack(left, tile.rows, x, rows, inner);
        pack(right, tile.columns, y, columns, layout.yInner.subarray(p, p + most.depth));
        addProduct(height, inner.length, width);
      }
      for (let i = 0; i < rows.length; i++)
        for (let j = 0; j < columns.length; j++)
          z[layout.zRows[row + i] + layout.zColumns[column + j]] = product[i * width + j];
    }
}

function multiplyIntegers(x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout): void {
  const { xRows, zRows, yColumns, zColumns, xInner, yInner } = layout;
  for (let i = 0; i < xRows.length; i++)
    for (let j = 0; j < yColumns.length; j++) {
      let sum = 0;
      for (let p = 0; p < xInner.length; p++)
        sum = (sum + Math.imul(x[xRows[i] + xInner[p]], y[yColumns[j] + yInner[p]])) | 0;
      z[zRows[i] + zColumns[j]] = sum;
    }
}
