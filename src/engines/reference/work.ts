// What a primitive costs, by its shapes alone: for engines that choose who computes it.
import type { AnyApply, Apply, Op } from '../../graph/index.ts';
import { sizeOf } from '../../tensor/index.ts';

/** Additions in the time of one element of what takes longer than most. */
const dear: Partial<Record<Op, number>> = {
  exp: 8,
  expm1: 8,
  log: 8,
  log1p: 8,
  sin: 8,
  cos: 8,
  tanh: 8,
  erf: 16,
  pow: 16,
  randomBits: 50,
};

const jump = 4; // additions in the time that it takes to read or write where an index says
const comparison = 16; // and in that of a comparison as a sort makes it

/** How many products each entry of a contraction's result is the sum of. */
export const summedOver = ({ params: { rhs, out }, inputs: [, y] }: Apply<'dot'> | Apply<'conv'>): number =>
  sizeOf(y.shape.filter((_, axis) => !out.includes(rhs[axis])));

/** The multiply-adds of a contraction. */
export const multiplyAdds = (node: Apply<'dot'> | Apply<'conv'>): number =>
  sizeOf(node.shape) * summedOver(node);

/** Roughly how many additions take as long as `node`. */
export function workOf(node: AnyApply): number {
  const size = sizeOf(node.shape);
  const [first] = node.inputs;
  switch (node.op) {
    case 'dot':
    case 'conv':
      return multiplyAdds(node) + jump * node.inputs.reduce((n, { shape }) => n + sizeOf(shape), 0);
    case 'argSort':
      return comparison * size * Math.ceil(Math.log2(node.shape[node.params.axis] + 1));
    case 'gather':
      return jump * size;
    case 'scatterAdd':
      return size + jump * sizeOf(first.shape);
    default:
      return (dear[node.op] ?? 1) * Math.max(size, ...node.inputs.map(({ shape }) => sizeOf(shape)));
  }
}
