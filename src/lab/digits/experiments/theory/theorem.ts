// The quantities of the theorem (arXiv 2507.14805, section 6 and appendix), for one model; map them over seeds.
import {
  grad,
  jvp,
  logSoftmax,
  mean,
  mul,
  neg,
  nn,
  slice,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Tree,
  vjp,
} from '../../../../index.ts';
import { minus } from '../../../core/training/vectors.ts';
import type { Network } from './networks.ts';

/** A loss ℓ(y, t) of outputs [n, k] against a teacher's, the mean over n, and its Hessian in y where y = t. */
export interface ImitationLoss {
  readonly of: (y: Tensor, t: Tensor) => Tensor;
  /** H u for each row u of [n, k], at outputs y [n, k]. */
  readonly curvature: (y: Tensor, u: Tensor) => Tensor;
}

const rows = (x: Tensor): Tensor => mean(sum(x, -1));

/** (diag p − p pᵀ) u for p = softmax y. */
function softmaxCurvature(y: Tensor, u: Tensor): Tensor {
  const p = softmax(y);
  return mul(p, sub(u, sum(mul(p, u), -1, true)));
}

export const imitationLosses = {
  /** ½ ‖y − t‖² */
  squared: { of: (y, t) => mul(rows(square(sub(y, t))), 0.5), curvature: (_, u) => u },
  /** −Σ softmax(t) log softmax(y) */
  'cross-entropy': {
    of: (y, t) => neg(rows(mul(softmax(t), logSoftmax(y)))),
    curvature: softmaxCurvature,
  },
  /** KL(softmax t ‖ softmax y) */
  kl: { of: (y, t) => nn.klDivergence(t, y), curvature: softmaxCurvature },
} as const satisfies Readonly<Record<string, ImitationLoss>>;

export type LossName = keyof typeof imitationLosses;
export const lossNames = Object.keys(imitationLosses) as [LossName, ...LossName[]];

/** Which logits a student imitates. */
export type Imitated = 'aux' | 'all';

/** What a case of the theorem is about: a network, the outputs that are imitated, and by which loss. */
export interface Case {
  readonly network: Network;
  readonly imitated: Imitated;
  readonly loss: ImitationLoss;
}

export const caseOf = (network: Network, imitated: Imitated, loss: LossName): Case => ({
  network,
  imitated,
  loss: imitationLosses[loss],
});

/** The data on which the teacher takes its step: images [n, 49] and their labels, i32 [n]. */
export type Digits = { readonly images: Tensor; readonly labels: Tensor };

/** The outputs that a student imitates. */
export const imitatedOutputs =
  ({ network, imitated }: Pick<Case, 'network' | 'imitated'>) =>
  (params: Tree, images: Tensor): Tensor => {
    const all = network.outputs(params, images);
    return imitated === 'all' ? all : slice(all, '...', `${network.classes}:`);
  };

/** L_T: the cross-entropy of the class logits alone. */
export const teacherLoss =
  (network: Network) =>
  (params: Tree, { images, labels }: Digits): Tensor =>
    nn.crossEntropy(slice(network.outputs(params, images), '...', `:${network.classes}`), labels);

/** L_S: the mean of ℓ over the images, against the outputs of a teacher with the parameters `teacher`. */
export const studentLoss =
  (of: Case) =>
  (params: Tree, teacher: Tree, images: Tensor): Tensor => {
    const outputs = imitatedOutputs(of);
    return of.loss.of(outputs(params, images), stopGradient(outputs(teacher, images)));
  };

// ——— the theorem

/** Δ_T = −∇L_T(θ₀). */
export const teacherStep = (network: Network, params: Tree, digits: Digits): Tree =>
  minus(grad(teacherLoss(network))(params, digits));

/** Δ_S = −∇L_S(θ₀), for a teacher with the parameters `teacher`. */
export const studentStep = (of: Case, params: Tree, teacher: Tree, images: Tensor): Tree =>
  minus(grad(studentLoss(of))(params, teacher, images));

/** vᵀ G v = E_x[(J v)ᵀ H (J v)] at θ, by one jvp. */
export function quadraticForm(of: Case, params: Tree, v: Tree, images: Tensor): Tensor {
  const [y, u] = jvp((p: Tree) => imitatedOutputs(of)(p, images), [params], [v]);
  return rows(mul(u, of.loss.curvature(y, u)));
}

/** G v = E_x[Jᵀ H J v] at θ, by one jvp and one vjp. */
export function gaussNewton(of: Case, params: Tree, v: Tree, images: Tensor): Tree {
  const f = (p: Tree): Tensor => imitatedOutputs(of)(p, images);
  const [y, u] = jvp(f, [params], [v]);
  const [, pullback] = vjp(f, params);
  return pullback(mul(of.loss.curvature(y, u), 1 / images.shape[0]))[0];
}
