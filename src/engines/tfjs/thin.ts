// Thin tensors: a value whose repeated axes TensorFlow.js has not been made to write out.
//
// Broadcasting is what TensorFlow.js's elementwise kernels do anyway, so a broadcast only puts sizes of 1 where
// it repeats, and is spelt out (`thicken`) where something else reads it. Leading sizes of 1 are left out: an
// operand whose shape is the end of the other's is what the pure JavaScript backend is fast on.
import { range, type Shape, sameShape } from '../../tensor/index.ts';
import type { Tf, TfTensor } from './load.ts';

/** `x`, which stands for a value of `from`, thin, as its broadcast into `shape` along `axes`. */
export function broadcastThin(
  tf: Tf,
  x: TfTensor,
  { from, shape, axes }: { from: Shape; shape: Shape; axes: readonly number[] },
): TfTensor {
  const missing = from.length - x.rank;
  const sizes = shape.map((_, axis) => {
    const at = axes.indexOf(axis) - missing;
    return axes.includes(axis) && at >= 0 ? x.shape[at] : 1;
  });
  return tf.reshape(x, withoutLeadingOnes(sizes));
}

export function withoutLeadingOnes(shape: Shape): number[] {
  const first = shape.findIndex((n) => n !== 1);
  return first < 0 ? [] : shape.slice(first);
}

/** `x` with every element of `shape` written out. */
export function thicken(tf: Tf, x: TfTensor, shape: Shape): TfTensor {
  if (sameShape(x.shape, shape)) return x;
  if (x.size === shape.reduce((product, n) => product * n, 1)) return tf.reshape(x, [...shape]);
  // times one, which changes nothing: far faster than tile() on the pure JavaScript backend
  if (x.dtype === 'bool') return tf.logicalAnd(x, tf.ones([...shape], 'bool'));
  return tf.mul(x, tf.ones([...shape], x.dtype));
}

/** The shape that operands of `shapes` have together. */
export function common(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return range(rank).map((axis) => Math.max(...shapes.map((s) => s[axis - rank + s.length] ?? 1)));
}
