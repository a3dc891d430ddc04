// Layer normalisation.
import { add, div, mean, mul, ones, sqrt, square, sub, zeros } from '../ops/index.ts';
import { type DType, ShapeError, showShape, type Tensor } from '../tensor/index.ts';

/** Scale and bias [size]. */
export type LayerNorm = { readonly scale: Tensor; readonly bias: Tensor };

/** Scale 1 and bias 0. */
export const initLayerNorm = (size: number, dtype: DType = 'f32'): LayerNorm => ({
  scale: ones([size], dtype),
  bias: zeros([size], dtype),
});

/**
 * x [..., size], with mean 0 and variance 1 along the last axis, times the scale plus the bias (Ba, Kiros & Hinton,
 * 2016). `epsilon` is added to the variance, which is over size. Throws ShapeError if a row is of another size.
 */
export function layerNorm({ scale, bias }: LayerNorm, x: Tensor, epsilon = 1e-5): Tensor {
  const own = showShape(x.shape.slice(-1));
  if (x.ndim === 0 || [scale, bias].some(({ shape }) => showShape(shape) !== own))
    throw new ShapeError(
      `layerNorm: ${showShape(x.shape)} by scale ${showShape(scale.shape)} and bias ${showShape(bias.shape)}: rows are [..., size], and both must be [size]`,
    );
  const centred = sub(x, mean(x, -1, true));
  const deviation = sqrt(add(mean(square(centred), -1, true), epsilon));
  return add(mul(div(centred, deviation), scale), bias);
}
