// The reference engine: plain TypeScript over typed arrays, a kernel a primitive, and the oracle of every other engine. It is
// the interpreter of `host`, with products in plain loops.
import type { AnyPlain, Engine } from '../../graph/index.ts';
import { interpreted } from '../host/index.ts';
import { type Kernel, lower } from '../host/kernels.ts';
import { lowerPlainly } from './contraction.ts';

const lowerReference = (node: AnyPlain): Kernel =>
  node.op === 'dot' || node.op === 'conv' ? lowerPlainly(node) : lower(node);

export const reference: Engine = {
  name: 'reference',
  compile: (graph) => interpreted(graph, lowerReference),
};
