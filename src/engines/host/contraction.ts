// Contractions of any layout: offset tables say where to find what is packed into panels and multiplied.
import type { Apply, Window } from '../../graph/index.ts';
import { allocate, roundUp, type Shape, sizeOf, stridesOf, type TypedArray } from '../../tensor/index.ts';
import { addProduct, left, lost, most, product, right, settled, tile } from './panels.ts';

/** What an operand's place moves by when each letter goes one on. */
type Steps = ReadonlyMap<string, number>;

function stepsOf(labels: string, shape: Shape, windows: readonly Window[] = []): Steps {
  const strides = stridesOf(shape);
  return new Map(
    [...labels].flatMap((label, i): [string, number][] => {
      const window = windows.find((it) => it.lhs === label);
      if (!window) return [[label, strides[i]]];
      return [
        [window.out, strides[i] * window.stride],
        [window.rhs, strides[i] * window.dilation],
      ];
    }),
  );
}

/** Offsets of every combination of `labels`, row-major, in an operand. */
function offsets(labels: string, steps: Steps, sizes: ReadonlyMap<string, number>): Int32Array {
  const shape = [...labels].map((label) => sizes.get(label) as number);
  const table = new Int32Array(sizeOf(shape));
  let filled = 1;
  [...labels].forEach((label, axis) => {
    const step = steps.get(label) as number;
    const n = shape[axis];
    for (let j = filled - 1; j >= 0; j--) {
      const offset = table[j];
      for (let i = n - 1; i >= 0; i--) table[j * n + i] = offset + i * step;
    }
    filled *= n;
  });
  return table;
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

type Contraction = Apply<'dot'> | Apply<'conv'>;

/** The letters of a contraction by what they are: windows count along the result and the right operand. */
function rolesOf({ params: { lhs, rhs, out }, inputs, shape }: Contraction, x: Steps) {
  const sizes = new Map<string, number>();
  for (const [labels, of] of [
    [lhs, inputs[0].shape],
    [rhs, inputs[1].shape],
    [out, shape],
  ] as const)
    [...labels].forEach((label, i) => {
      sizes.set(label, of[i]);
    });
  const only = (from: string, keep: (label: string) => boolean) => [...from].filter(keep).join('');
  return {
    sizes,
    batch: only(out, (label) => x.has(label) && rhs.includes(label)),
    rows: only(out, (label) => !rhs.includes(label)),
    columns: only(out, (label) => !x.has(label)),
    inner: only(rhs, (label) => !out.includes(label)),
  };
}

/** One product of floats: z = Σ x · y, each seen through the layout. */
type Multiply = (x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout) => void;

/** The kernels of contractions whose products of floats are `multiplyFloats`. */
export const lowerContraction =
  (multiplyFloats: Multiply) =>
  (node: Contraction): ((x: TypedArray, y: TypedArray) => TypedArray) => {
    const { lhs, rhs, out } = node.params;
    const [a, b] = node.inputs;
    const x = stepsOf(lhs, a.shape, node.op === 'conv' ? node.params.windows : []);
    const [y, z] = [stepsOf(rhs, b.shape), stepsOf(out, node.shape)];
    const { sizes, batch, rows, columns, inner } = rolesOf(node, x);
    const layout: Layout = {
      xRows: offsets(rows, x, sizes),
      zRows: offsets(rows, z, sizes),
      yColumns: offsets(columns, y, sizes),
      zColumns: offsets(columns, z, sizes),
      xInner: offsets(inner, x, sizes),
      yInner: offsets(inner, y, sizes),
    };
    const [xs, ys, zs] = [x, y, z].map((steps) => offsets(batch, steps, sizes));
    const multiply = node.dtype === 'i32' ? multiplyIntegers : multiplyFloats;
    return (first, second) => {
      const result = allocate(node.dtype, node.shape, node.op);
      zs.forEach((offset, i) => {
        multiply(first.subarray(xs[i]), second.subarray(ys[i]), result.subarray(offset), layout);
      });
      return result;
    };
  };

/** Where the rows, columns and summed entries of one product lie in its operands. */
export interface Layout {
  readonly xRows: Int32Array;
  readonly zRows: Int32Array;
  readonly yColumns: Int32Array;
  readonly zColumns: Int32Array;
  readonly xInner: Int32Array;
  readonly yInner: Int32Array;
}

/** The same by packed panels. */
export function multiplyPanels(x: TypedArray, y: TypedArray, z: TypedArray, layout: Layout): void {
  const { xRows, yColumns, xInner } = layout;
  for (let row = 0; row < xRows.length; row += most.rows)
    for (let column = 0; column < yColumns.length; column += most.columns) {
      const rows = xRows.subarray(row, row + most.rows);
      const columns = yColumns.subarray(column, column + most.columns);
      const height = roundUp(rows.length, tile.rows);
      const width = roundUp(columns.length, tile.columns);
      product.fill(0, 0, height * width);
      lost.fill(0, 0, height * width);
      for (let p = 0; p < xInner.length; p += most.depth) {
        const inner = xInner.subarray(p, p + most.depth);
        pack(left, tile.rows, x, rows, inner);
        pack(right, tile.columns, y, columns, layout.yInner.subarray(p, p + most.depth));
        addProduct(height, inner.length, width);
      }
      for (let i = 0; i < rows.length; i++)
        for (let j = 0; j < columns.length; j++)
          z[layout.zRows[row + i] + layout.zColumns[column + j]] = settled(
            product[i * width + j],
            lost[i * width + j],
          );
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
