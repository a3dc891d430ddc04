// Norms along the last axis.
import { add, astype, div, mean, minimum, mul, ones, sqrt, square, sub, zeros } from '../ops/index.ts';
import { scaleOfSquares } from '../ops/roots.ts';
import {
  checked,
  computeDType,
  type DType,
  ShapeError,
  showShape,
  type Tensor,
  toFloat,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** Scale and bias [size]. */
export type LayerNorm = { readonly scale: Tensor; readonly bias: Tensor };

/** Scale 1 and bias 0. */
export const initLayerNorm = checked(
  'initLayerNorm',
  [arg.size('size'), arg.nullable(arg.dtype())],
  (size: number, dtype: DType = 'f32'): LayerNorm => ({
    scale: ones([size], dtype),
    bias: zeros([size], dtype),
  }),
);

/**
 * x [..., size], with mean 0 and variance 1 along the last axis, times the scale plus the bias (Ba, Kiros & Hinton,
 * 2016). `epsilon` is added to the variance, which is over size. Throws ShapeError if a row is of another size.
 */
export const layerNorm = checked(
  'layerNorm',
  [arg.scaled('layer'), arg.tensor('x'), arg.optional(arg.within('epsilon', 0))],
  ({ scale, bias }: LayerNorm, x: Tensor, epsilon: number = 1e-5): Tensor => {
    const own = showShape(x.shape.slice(-1));
    if (x.ndim === 0 || [scale, bias].some(({ shape }) => showShape(shape) !== own))
      throw new ShapeError(
        `layerNorm: ${showShape(x.shape)} by scale ${showShape(scale.shape)} and bias ${showShape(bias.shape)}: rows are [..., size], and both must be [size]`,
      );
    const centred = sub(x, mean(x, -1, true));
    return add(mul(overRoot(centred, epsilon), scale), bias);
  },
);

/** Each row of `x`, a float, over √(the mean of its squares + epsilon). */
function overRoot(x: Tensor, epsilon: number): Tensor {
  // where squares would overflow, the row and its epsilon are taken smaller
  const unit = minimum(scaleOfSquares(x, [x.ndim - 1]), 1);
  const row = mul(x, unit);
  return div(row, sqrt(add(mean(square(row), -1, true), mul(square(unit), epsilon))));
}

/** Scale [size]. */
export type RmsNorm = { readonly scale: Tensor };

/** Scale 1. */
export const initRmsNorm = checked(
  'initRmsNorm',
  [arg.size('size'), arg.nullable(arg.dtype())],
  (size: number, dtype: DType = 'f32'): RmsNorm => ({ scale: ones([size], dtype) }),
);

/**
 * x [..., size] over √(the mean of its squares along the last axis + epsilon), times the scale (Zhang & Sennrich, 2019).
 * Of x in bf16 or f16 it is computed, and given, in f32. Throws ShapeError if a row is of another size.
 */
export const rmsNorm = checked(
  'rmsNorm',
  [
    arg.record<RmsNorm>('layer', { scale: arg.tensor }),
    arg.tensor('x'),
    arg.optional(arg.within('epsilon', 0)),
  ],
  ({ scale }: RmsNorm, x: Tensor, epsilon: number = 1e-6): Tensor => {
    if (x.ndim === 0 || showShape(scale.shape) !== showShape(x.shape.slice(-1)))
      throw new ShapeError(
        `rmsNorm: ${showShape(x.shape)} by scale ${showShape(scale.shape)}: rows are [..., size], and it must be [size]`,
      );
    return mul(overRoot(astype(x, computeDType(toFloat(x.dtype))), epsilon), scale);
  },
);
