// Layer normalisation.
import { add, div, mean, mul, ones, sqrt, square, sub, zeros } from '../ops/index.ts';
import type { DType, Tensor } from '../tensor/index.ts';

/** Scale and bias [size]. */
export type LayerNorm = { readonly scale: Tensor; readonly bias: Tensor };

/** Scale 1 and bias 0. */
export const initLayerNorm = (size: number, dtype: DType = 'f32'): LayerNorm => ({
  scale: ones([size], dtype),
  bias: zeros([size], dtype),
});

/**
 * x [..., size], with mean 0 and variance 1 along the last axis, times the scale plus the bias (Ba, Kiros & Hinton,
 * 2016). `epsilon` is added to the variance, which is over size.
 */
export function layerNorm({ scale, bias }: LayerNorm, x: Tensor, epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, -1, true));
  const deviation = sqrt(add(mean(square(centred), -1, true), epsilon));
  return add(mul(div(centred, deviation), scale), bias);
}
