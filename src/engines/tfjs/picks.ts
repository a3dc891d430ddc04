// gather and scatterAdd over runs of neighbours: which run each index means is worked out on the host, where
// indices come from (they are i32), so that none outside reaches a kernel that would refuse or misread it.
import type { Apply } from '../../graph/index.ts';
import { sizeOf, type TypedArray } from '../../tensor/index.ts';
import type { Tf, TfTensor } from './load.ts';
import { thicken } from './thin.ts';

/** An array seen as lines of `n` runs of `length` neighbours, `lines` of which share indices with `pre`. */
interface Runs {
  readonly lines: number;
  readonly n: number;
  readonly length: number;
  /** Indices a line. */
  readonly picks: number;
  /** Lines in a row that share their indices. */
  readonly pre: number;
}

function runsOf(node: Apply<'gather'> | Apply<'scatterAdd'>, whole: readonly number[]): Runs {
  const { axis, batch } = node.params;
  return {
    lines: sizeOf(whole.slice(0, axis)),
    n: whole[axis],
    length: sizeOf(whole.slice(axis + 1)),
    picks: sizeOf(node.inputs[1].shape.slice(batch)),
    pre: sizeOf(whole.slice(batch, axis)),
  };
}

/** The run that each index means, `outside` where there is none; and whether it is there, if any is not. */
function locate({ lines, n, picks, pre }: Runs, indices: TypedArray, outside: number) {
  const at = new Int32Array(lines * picks);
  const inside = new Uint8Array(lines * picks);
  for (let line = 0; line < lines; line++)
    for (let k = 0; k < picks; k++) {
      const index = indices[Math.floor(line / pre) * picks + k];
      const legal = index >= 0 && index < n;
      at[line * picks + k] = legal ? line * n + index : outside;
      inside[line * picks + k] = Number(legal);
    }
  return { at, inside: inside.includes(0) ? inside : undefined };
}

export function lowerGather(tf: Tf, node: Apply<'gather'>): (x: TfTensor, indices: TypedArray) => TfTensor {
  const runs = runsOf(node, node.inputs[0].shape);
  const { lines, n, length } = runs;
  return (x, indices) => {
    const { at, inside } = locate(runs, indices, 0);
    const picked = tf.gather(tf.reshape(x, [lines * n, length]), tf.tensor1d(at, 'int32'));
    if (!inside) return tf.reshape(picked, [...node.shape]);
    const legal = thicken(tf, tf.tensor2d(inside, [at.length, 1], 'bool'), picked.shape);
    return tf.reshape(tf.where(legal, picked, tf.zerosLike(picked)), [...node.shape]);
  };
}

export function lowerScatterAdd(
  tf: Tf,
  node: Apply<'scatterAdd'>,
): (updates: TfTensor, indices: TypedArray) => TfTensor {
  const runs = runsOf(node, node.shape);
  const { lines, n, length } = runs;
  return (updates, indices) => {
    const { at, inside } = locate(runs, indices, lines * n); // one run more, for what goes nowhere
    const rows = lines * n + Number(inside !== undefined);
    const picked = tf.reshape(updates, [at.length, length]);
    const summed = tf.scatterND(tf.tensor2d(at, [at.length, 1], 'int32'), picked, [rows, length]);
    return tf.reshape(inside ? tf.slice(summed, [0, 0], [lines * n, length]) : summed, [...node.shape]);
  };
}
