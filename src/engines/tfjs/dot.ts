// Contractions as one matMul: axes brought together by transposition where they are not already, batch first.
import type { Apply, Params } from '../../graph/index.ts';
import { range, type Shape, sizeOf } from '../../tensor/index.ts';
import type { Tf, TfTensor } from './load.ts';

/** An operand of matMul: its tensor, and whether its last two axes are the wrong way round. */
type Operand = readonly [tensor: TfTensor, transposed: boolean];

type Multiply = (x: TfTensor, y: TfTensor) => TfTensor;

/** The product of operands of `shapes`. */
export function lowerDot(
  tf: Tf,
  { lhs, rhs, out }: Params['dot'],
  shapes: readonly [Shape, Shape],
): Multiply {
  const sizes = new Map<string, number>();
  [lhs, rhs].forEach((labels, i) => {
    shapes[i].forEach((n, axis) => {
      sizes.set(labels[axis], n);
    });
  });
  const shapeOf = (labels: string): number[] => [...labels].map((label) => sizes.get(label) ?? 1);
  const sizeOfAll = (labels: string): number => sizeOf(shapeOf(labels));
  const only = (from: string, keep: (label: string) => boolean) => [...from].filter(keep).join('');
  const batch = only(out, (l) => lhs.includes(l) && rhs.includes(l));
  const rows = only(out, (l) => !rhs.includes(l));
  const columns = only(out, (l) => !lhs.includes(l));
  const inner = only(lhs, (l) => !out.includes(l));

  /** `x` with its axes in the order `to`. */
  const order = (x: TfTensor, from: string, to: string): TfTensor =>
    from === to
      ? x
      : tf.transpose(
          x,
          [...to].map((label) => from.indexOf(label)),
        );
  const lead = sizeOfAll(batch);
  const group = (x: TfTensor, ...parts: string[]): TfTensor =>
    tf.reshape(x, [...(batch ? [lead] : []), ...parts.map(sizeOfAll)]);
  /** `x` as [batch, first, second], or with the last two the other way round if its axes lie so. */
  const operand = (x: TfTensor, labels: string, first: string, second: string): Operand =>
    labels === batch + second + first
      ? [group(x, second, first), true]
      : [group(order(x, labels, batch + first + second), first, second), false];

  const swapped = out === batch + columns + rows;
  const natural = batch + (swapped ? columns + rows : rows + columns);
  const finish = (z: TfTensor): TfTensor => order(tf.reshape(z, shapeOf(natural)), natural, out);
  if (!rows && !columns && !inner)
    return (x, y) => finish(tf.mul(order(x, lhs, batch), order(y, rhs, batch)));
  return (x, y) => {
    if (swapped) {
      const [a, transposeA] = operand(y, rhs, columns, inner);
      const [b, transposeB] = operand(x, lhs, inner, rows);
      return finish(tf.matMul(a, b, transposeA, transposeB));
    }
    const [a, transposeA] = operand(x, lhs, rows, inner);
    const [b, transposeB] = operand(y, rhs, inner, columns);
    return finish(tf.matMul(a, b, transposeA, transposeB));
  };
}

/** The left operand of a convolution with two axes for each that slides: along the windows, and in them. */
export function unfoldedShape({ params: { lhs, rhs, out, windows }, inputs: [x, y], shape }: Apply<'conv'>) {
  const labels: string[] = [];
  const sizes: number[] = [];
  [...lhs].forEach((label, axis) => {
    const window = windows.find((it) => it.lhs === label);
    labels.push(...(window ? [window.out, window.rhs] : [label]));
    sizes.push(
      ...(window ? [shape[out.indexOf(window.out)], y.shape[rhs.indexOf(window.rhs)]] : [x.shape[axis]]),
    );
  });
  return { labels: labels.join(''), sizes };
}

/** A convolution as the product of all windows, gathered, with the right operand. */
export function lowerConv(tf: Tf, node: Apply<'conv'>): Multiply {
  const { lhs, rhs, out, windows } = node.params;
  const { labels, sizes } = unfoldedShape(node);
  const multiply = lowerDot(tf, { lhs: labels, rhs, out }, [sizes, node.inputs[1].shape]);
  const picks = windows.map(({ lhs: slid, stride, dilation, ...window }) => {
    const [n, k] = [window.out, window.rhs].map((label) => sizes[labels.indexOf(label)]);
    const places = range(n).flatMap((o) => range(k).map((i) => o * stride + i * dilation));
    return { axis: lhs.indexOf(slid), places };
  });
  return (x, y) => {
    const unfolded = picks.reduce(
      (of, { axis, places }) => tf.gather(of, tf.tensor1d(places, 'int32'), axis),
      x,
    );
    return multiply(tf.reshape(unfolded, sizes), y);
  };
}
