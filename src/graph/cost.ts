// What applications cost, by their shapes alone: a row a primitive.
import { type Aval, itemSize, sizeOf } from '../tensor/index.ts';
import { elementwiseRows } from './elementwise.ts';
import type { AnyApply, Apply, ElementwiseOp, Graph, Op, Value } from './primitives.ts';

/** What a computation costs, whoever does it. */
export interface Cost {
  /**
   * Arithmetic on elements: a multiply-add of a product is two, any other function of an element one, n numbers are summed
   * with n and sorted with n log2 n; casts and movements are none. i32 counts as floats do. A scan costs its body as often as
   * it has rounds, a cond the dearer of its branches, and a whileLoop, whose rounds only the data know, one round.
   */
  readonly flops: number;
  /**
   * What is read and written if each primitive runs by itself: the elements of its operands that it needs, and its results.
   * An engine that fuses primitives moves less.
   */
  readonly bytes: number;
}

/** A cost, and how long that takes on one core: as long as so many additions, roughly. */
export interface Work extends Cost {
  readonly additions: number;
}

/** Additions that take as long, roughly, as a word of a Threefry stream, of which a block has two. */
export const wordWeight = 50;

const jump = 4; // additions in the time that it takes to read or write where an index says
const comparison = 16; // and in that of a comparison as a sort makes it

const sizesOf = (values: readonly Aval[]): number =>
  values.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const bytesOf = (values: Iterable<Aval>): number =>
  [...values].reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * itemSize(dtype), 0);

/** Bytes of all that `node` reads and gives. */
const bytesAround = ({ inputs, results }: Apply): number => bytesOf([...new Set<Value>(inputs), ...results]);

type Row<K extends Op> = (node: Apply<K>) => Work;

function elementwise(node: Apply<ElementwiseOp>): Work {
  const { computes, weight } = elementwiseRows[node.op];
  const n = sizeOf(node.shape);
  return { flops: computes ? n : 0, bytes: bytesAround(node), additions: weight * n };
}

/** Of what only puts elements elsewhere. */
const moved = (node: Apply): Work => ({
  flops: 0,
  bytes: bytesAround(node),
  additions: Math.max(sizeOf(node.shape), ...node.inputs.map(({ shape }) => sizeOf(shape))),
});

/** Of what gives the same elements in the same order. */
const same = (): Work => ({ flops: 0, bytes: 0, additions: 0 });

/** Of what takes in each element once. */
const reduced = (node: Apply): Work => {
  const n = sizesOf(node.inputs);
  return { flops: n, bytes: bytesAround(node), additions: n };
};

/** How many products each entry of a contraction's result is the sum of. */
export const summedOver = ({ params: { rhs, out }, inputs: [, y] }: Apply<'dot'> | Apply<'conv'>): number =>
  sizeOf(y.shape.filter((_, axis) => !out.includes(rhs[axis])));

const contracted = (node: Apply<'dot'> | Apply<'conv'>): Work => {
  const products = sizeOf(node.shape) * summedOver(node);
  return {
    flops: 2 * products,
    bytes: bytesAround(node),
    additions: products + jump * sizesOf(node.inputs),
  };
};

/** A row for every primitive that is not elementwise, and for the one that is and does nothing. */
const rows: { readonly [K in Exclude<Op, ElementwiseOp> | 'stopGradient']: Row<K> } = {
  stopGradient: same,
  full: moved,
  iota: moved,
  randomBits: (node) => {
    const work = wordWeight * sizeOf(node.shape);
    return { flops: work, bytes: bytesAround(node), additions: work };
  },
  sum: reduced,
  reduceMax: reduced,
  argMax: reduced,
  cumSum: reduced,
  argSort: (node) => {
    const [n, line] = [sizeOf(node.shape), node.shape[node.params.axis]];
    return {
      flops: n * Math.log2(Math.max(1, line)),
      bytes: bytesAround(node),
      additions: comparison * n * Math.ceil(Math.log2(line + 1)),
    };
  },
  reshape: same,
  transpose: moved,
  broadcast: moved,
  slice: (node) => ({ flops: 0, bytes: 2 * bytesOf([node]), additions: sizeOf(node.shape) }),
  pad: moved,
  flip: moved,
  concat: moved,
  gather: (node) => ({
    flops: 0,
    bytes: bytesOf([node.inputs[1], node, node]),
    additions: jump * sizeOf(node.shape),
  }),
  scatterAdd: (node) => {
    const updates = sizeOf(node.inputs[0].shape);
    return {
      flops: updates,
      bytes: bytesAround(node),
      additions: sizeOf(node.shape) + jump * updates,
    };
  },
  scatter: (node) => {
    const updates = sizeOf(node.inputs[2].shape);
    return {
      flops: node.params.by === 'set' ? 0 : updates,
      bytes: bytesAround(node),
      additions: sizeOf(node.shape) + jump * updates,
    };
  },
  dynamicSlice: (node) => ({
    flops: 0,
    bytes: bytesOf([node.inputs[1], node, node]),
    additions: sizeOf(node.shape),
  }),
  dynamicUpdate: ({ inputs: [, update, starts] }) => ({
    flops: 0,
    bytes: bytesOf([update, update, starts]),
    additions: sizeOf(update.shape),
  }),
  dot: contracted,
  conv: contracted,
  call: ({ params }) => workOfGraph(params.graph),
  scan: ({ params: { body, length } }) => {
    const { flops, bytes, additions } = workOfGraph(body);
    return { flops: length * flops, bytes: length * bytes, additions: length * additions };
  },
  cond: ({ params: { whenTrue, whenFalse } }) => {
    const [yes, no] = [workOfGraph(whenTrue), workOfGraph(whenFalse)];
    return {
      flops: Math.max(yes.flops, no.flops),
      bytes: Math.max(yes.bytes, no.bytes),
      additions: Math.max(yes.additions, no.additions),
    };
  },
  whileLoop: ({ params: { test, body } }) => total([workOfGraph(test), workOfGraph(body)]),
};

function workOfApply<K extends Op>(node: Apply<K>): Work {
  const all: { readonly [K in Op]?: Row<K> } = rows;
  const row: Row<K> | undefined = all[node.op];
  return row ? row(node) : elementwise(node as unknown as Apply<ElementwiseOp>);
}

/** What `node` costs. */
export const workOf = (node: AnyApply): Work => workOfApply<Op>(node);

/** What all of `graph` costs. */
export function workOfGraph({ nodes }: Graph): Work {
  return total(nodes.map(workOf));
}

function total(parts: readonly Work[]): Work {
  let [flops, bytes, additions] = [0, 0, 0];
  for (const part of parts) {
    flops += part.flops;
    bytes += part.bytes;
    additions += part.additions;
  }
  return { flops, bytes, additions };
}
