// Layer normalisation.
import { add, div, mean, minimum, mul, ones, sqrt, square, sub, zeros } from '../ops/index.ts';
import { scaleOfSquares } from '../ops/roots.ts';
import { checked, type DType, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
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
    // where squares would overflow, the row and its epsilon are taken smaller
    const unit = minimum(scaleOfSquares(centred, [x.ndim - 1]), 1);
    const row = mul(centred, unit);
    const deviation = sqrt(add(mean(square(row), -1, true), mul(square(unit), epsilon)));
    return add(mul(div(row, deviation), scale), bias);
  },
);
