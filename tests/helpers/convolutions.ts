// Convolutions for random programs.
import { prims } from '../../src/graph/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';

/** Windows along the last axis of `x` by the first of `y`, as `c` and `d` choose; null where none fits. */
export function convolved(x: Tensor, y: Tensor, c: number, d: number): Tensor | null {
  if (x.dtype === 'bool' || y.dtype !== x.dtype || x.ndim < 1 || x.ndim > 3 || y.ndim < 1 || y.ndim > 2)
    return null;
  const [stride, dilation] = [1 + (c % 3), 1 + (d % 2)];
  const [n, k] = [x.shape[x.ndim - 1], y.shape[0]];
  if (k < 1 || n < (k - 1) * dilation + 1) return null;
  const [batch, column] = ['xy'.slice(0, x.ndim - 1), 'z'.slice(0, y.ndim - 1)];
  return prims.conv(x, y, {
    lhs: `${batch}i`,
    rhs: `k${column}`,
    out: c % 2 ? `${column}o${batch}` : `${batch}o${column}`,
    windows: [{ lhs: 'i', rhs: 'k', out: 'o', stride, dilation }],
  });
}
