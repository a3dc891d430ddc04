// Contractions: packed panels and a 4 × 4 tile of accumulators, over offset tables that take any layout.
import type { Apply } from '../../graph/index.ts';
import { allocate, sizeOf, stridesOf, type TypedArray } from '../../tensor/index.ts';

const tile = 4; // 16 accumulators: what fits the registers
const rowsAtATime = 128;

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

/** Copies `width` rows (or columns) from `first` on into panels of `tile`, zero where there are none. */
function pack(
  panels: Float64Array,
  x: TypedArray,
  outer: Int32Array,
  inner: Int32Array,
  first: number,
  width: number,
): void {
  const depth = inner.length;
  for (let i = 0; i < width; i++) {
    const start = Math.floor(i / tile) * tile * depth + (i % tile);
    if (first + i >= outer.length) {
      for (let p = 0; p < depth; p++) panels[start + p * tile] = 0;
      continue;
    }
    const row = outer[first + i];
    for (let p = 0; p < depth; p++) panels[start + p * tile] = x[row + inner[p]];
  }
}

// biome-ignore format: the tile reads as a matrix
/** c = aᵀ b for panels a and b of equally many rows of four. */
function multiplyTile(a: Float64Array, b: Float64Array, c: Float64Array): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  for (let p = 0; p < a.length; p += 4) {
    const a0 = a[p], a1 = a[p + 1], a2 = a[p + 2], a3 = a[p + 3];
    const b0 = b[p];
    c00 += a0 * b0; c10 += a1 * b0; c20 += a2 * b0; c30 += a3 * b0;
    const b1 = b[p + 1];
    c01 += a0 * b1; c11 += a1 * b1; c21 += a2 * b1; c31 += a3 * b1;
    const b2 = b[p + 2];
    c02 += a0 * b2; c12 += a1 * b2; c22 += a2 * b2; c32 += a3 * b2;
    const b3 = b[p + 3];
    c03 += a0 * b3; c13 += a1 * b3; c23 += a2 * b3; c33 += a3 * b3;
  }
  c[0] = c00; c[1] = c01; c[2] = c02; c[3] = c03;
  c[4] = c10; c[5] = c11; c[6] = c12; c[7] = c13;
  c[8] = c20; c[9] = c21; c[10] = c22; c[11] = c23;
  c[12] = c30; c[13] = c31; c[14] = c32; c[15] = c33;
}

const roundUp = (n: number): number => Math.ceil(n / tile) * tile;

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
    const z = allocate(node.dtype, sizeOf(node.shape));
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
  const { xRows, zRows, yColumns, zColumns, xInner, yInner } = layout;
  const m = xRows.length;
  const n = yColumns.length;
  const panel = tile * xInner.length;
  const right = new Float64Array(roundUp(n) * yInner.length);
  pack(right, y, yColumns, yInner, 0, roundUp(n));
  const rightPanels = Array.from({ length: roundUp(n) / tile }, (_, j) =>
    right.subarray(j * panel, (j + 1) * panel),
  );
  const left = new Float64Array(Math.min(rowsAtATime, roundUp(m)) * xInner.length);
  const c = new Float64Array(tile * tile);
  for (let first = 0; first < m; first += rowsAtATime) {
    const width = Math.min(rowsAtATime, roundUp(m - first));
    pack(left, x, xRows, xInner, first, width);
    for (let i = 0; i < width; i += tile) {
      const leftPanel = left.subarray(i * xInner.length, i * xInner.length + panel);
      const height = Math.min(tile, m - first - i);
      for (let j = 0; j < n; j += tile) {
        multiplyTile(leftPanel, rightPanels[j / tile], c);
        const breadth = Math.min(tile, n - j);
        for (let r = 0; r < height; r++)
          for (let s = 0; s < breadth; s++) z[zRows[first + i + r] + zColumns[j + s]] = c[r * tile + s];
      }
    }
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
