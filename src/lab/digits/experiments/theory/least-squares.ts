// Linear theory in closed form: the least change of parameters whose first-order change of outputs fits best.
import {
  add,
  div,
  greater,
  jvp,
  mul,
  type Tensor,
  type Tree,
  treeMap,
  vjp,
  where,
  zerosLike,
} from '../../../../index.ts';
import { inner, moved } from '../../../core/training/vectors.ts';

/** How far conjugate gradients (Hestenes & Stiefel 1952) have come, for one model. */
export type Fit<P extends Tree> = {
  /** What is to be added to the parameters. */
  readonly change: P;
  readonly residual: P;
  readonly direction: P;
  /** ‖residual‖² */
  readonly square: Tensor;
};

/** Where to begin to fit `outputs(params) + J change` to `wanted`, both [n, k]: at no change. */
export function beginFit<P extends Tree>(outputs: (params: P) => Tensor, params: P, wanted: Tensor): Fit<P> {
  const [now, pull] = vjp(outputs, params);
  const missing = div(add(wanted, mul(now, -1)), now.shape[0]);
  const [residual] = pull(missing);
  return {
    change: treeMap(zerosLike, params),
    residual,
    direction: residual,
    square: inner(residual, residual),
  };
}

/** One step on; it stays where it is when nothing is left to do. */
export function continueFit<P extends Tree>(outputs: (params: P) => Tensor, params: P, fit: Fit<P>): Fit<P> {
  const { change, residual, direction, square } = fit;
  const [value, tangent] = jvp(outputs, [params], [direction]);
  const [, pull] = vjp(outputs, params);
  const [image] = pull(div(tangent, value.shape[0]));
  const ratio = (a: Tensor, b: Tensor): Tensor =>
    where(greater(b, 0), div(a, where(greater(b, 0), b, 1)), zerosLike(a));
  const length = ratio(square, inner(direction, image));
  const left = moved(residual, mul(length, -1), image);
  const next = inner(left, left);
  return {
    change: moved(change, length, direction),
    residual: left,
    direction: moved(left, ratio(next, square), direction),
    square: next,
  };
}
