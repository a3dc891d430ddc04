// Rotary positions: pairs of a vector's numbers are turned by angles that grow with its position.
import {
  add,
  astype,
  concat,
  cos,
  expandDims,
  mul,
  reshape,
  sin,
  slice,
  stack,
  sub,
  tensor,
} from '../ops/index.ts';
import {
  broadcastShapes,
  checked,
  type Param,
  range,
  refused,
  ShapeError,
  sameShape,
  show,
  showShape,
  type Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** Which numbers are a pair: one of each half, as in Llama and GPT-NeoX, or neighbours, as in GPT-J and the paper. */
export type Pairing = 'halves' | 'neighbours';

export interface RotaryOptions {
  /** 'halves' by default. */
  readonly pairing?: Pairing;
  /** Pair i of n turns by base^(−i/n) a position; 10,000 by default. */
  readonly base?: number;
}

const pairing = (name: string): Param<Pairing> => ({
  name,
  takes: "'halves' or 'neighbours'",
  read(given, op) {
    if (given === 'halves' || given === 'neighbours') return given;
    if (typeof given !== 'string') return refused;
    throw new RangeError(`${op}: ${name} is ${show(given)}; it must be 'halves' or 'neighbours'`);
  },
});
const options = arg.options<RotaryOptions>({
  pairing: (name) => arg.optional(pairing(name)),
  base: (name) => arg.optional(arg.within(name, 1)),
});

/**
 * x [..., tokens, depth], queries or keys, turned by their positions, i32, which broadcast to [..., tokens], so that
 * products depend on differences of positions alone (Su et al., 2021). Throws ShapeError if the depth is odd.
 */
export const rotary = checked(
  'rotary',
  [arg.tensor('x'), arg.indices('positions'), arg.optional(options)],
  (x: Tensor, positions: Tensor, { pairing = 'halves', base = 10000 }: RotaryOptions = {}): Tensor => {
    const [tokens, depth] = [x.shape.slice(0, -1), x.shape[x.ndim - 1]];
    if (x.ndim < 2 || depth % 2 !== 0)
      throw new ShapeError(
        `rotary: ${showShape(x.shape)}; it must be [..., tokens, depth], with an even depth`,
      );
    if (!sameShape(broadcastShapes('rotary', positions.shape, tokens), tokens))
      throw new ShapeError(
        `rotary: positions ${showShape(positions.shape)} do not broadcast to ${showShape(tokens)}, the axes of x before the last`,
      );
    const half = depth / 2;
    const dtype = x.dtype === 'f64' ? 'f64' : 'f32';
    const frequencies = tensor(
      range(half).map((i) => base ** (-i / half)),
      dtype,
    );
    const angles = mul(expandDims(astype(positions, dtype), -1), frequencies);
    const [c, s] = [cos(angles), sin(angles)];
    const [a, b] =
      pairing === 'halves'
        ? [slice(x, '...', `:${half}`), slice(x, '...', `${half}:`)]
        : [slice(x, '...', '::2'), slice(x, '...', '1::2')];
    const turned = [sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))];
    return pairing === 'halves' ? concat(turned, -1) : reshape(stack(turned, -1), x.shape);
  },
);
