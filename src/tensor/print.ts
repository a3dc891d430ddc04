// How a tensor reads when printed: NumPy's nesting, aligned, its middle left out when it is long.
import { type DType, isInteger, numberIn, type TypedArray } from './dtype.ts';
import { type Shape, showShape } from './shape.ts';

const longest = 1000; // elements printed in full
const edge = 3; // entries kept at either end of a longer axis

function formatter(dtype: DType, values: number[]): (value: number) => string {
  if (dtype === 'bool') return (v) => (v ? 'true' : 'false');
  if (isInteger(dtype)) return String;
  const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  const low = finite.reduce((a, b) => Math.min(a, b), 1);
  const high = finite.reduce((a, b) => Math.max(a, b), 1);
  if (high >= 1e8 || low < 1e-4) return (v) => (Number.isFinite(v) ? v.toExponential(4) : String(v));
  const decimals = values.every((v) => Number.isInteger(v) || !Number.isFinite(v)) ? 0 : 4;
  return (v) => (Number.isFinite(v) ? v.toFixed(decimals) : String(v));
}

/** Positions of an axis that are shown; `null` stands for the gap. */
function shown(n: number, summarize: boolean): (number | null)[] {
  const all = Array.from({ length: n }, (_, i) => i);
  return summarize && n > 2 * edge ? [...all.slice(0, edge), null, ...all.slice(-edge)] : all;
}

function layout(shape: Shape, cell: (offset: number) => string, summarize: boolean): string {
  const build = (axis: number, offset: number): string => {
    if (axis === shape.length) return cell(offset);
    const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const parts = shown(shape[axis], summarize).map((i) =>
      i === null ? '…' : build(axis + 1, offset + i * step),
    );
    const last = axis === shape.length - 1;
    const glue = last ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`;
    return `[${parts.join(glue)}]`;
  };
  return build(0, 0);
}

/** The elements `data` of a tensor; without them, what is known of a traced one. */
export function formatTensor(dtype: DType, shape: Shape, data: TypedArray | undefined): string {
  if (data === undefined) return `${dtype}${showShape(shape)} (traced)`;
  const summarize = data.length > longest;
  const at = (offset: number): number => numberIn(dtype, data[offset]);
  const visible: number[] = [];
  layout(shape, (offset) => String(visible.push(at(offset))), summarize);
  const format = formatter(dtype, visible);
  const width = shape.length ? visible.reduce((w, v) => Math.max(w, format(v).length), 0) : 0;
  const body = layout(shape, (offset) => format(at(offset)).padStart(width), summarize);
  return `${dtype}${showShape(shape)}${shape.length > 1 ? '\n' : ' '}${body}`;
}
