// The spectrum of G = E_x[Jᵀ H J] and what of a step lies in its range, by way of the smaller n k × n k Gram matrix.
import {
  concat,
  div,
  einsum,
  expandDims,
  eye,
  greater,
  jacrev,
  matmul,
  mul,
  reshape,
  softmax,
  sqrt,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tree,
  transpose,
  treeLeaves,
  vmap,
  where,
  zerosLike,
} from '../../../../index.ts';
import { flat } from '../../../core/training/vectors.ts';
import { symmetricEigen } from './eigen.ts';
import { type Case, imitatedOutputs, type LossName } from './theorem.ts';

/** A with H = A Aᵀ at outputs y [k]: for softmax, diag √p (1 − √p √pᵀ), since the bracket is a projection. */
function factorOf(loss: LossName, y: Tensor): Tensor {
  const identity = eye(y.shape[0], y.shape[0], y.dtype);
  if (loss === 'squared') return identity;
  const root = sqrt(softmax(y));
  return mul(expandDims(root, 1), sub(identity, mul(expandDims(root, 1), root)));
}

/** B [n k, parameters] with G = Bᵀ B: the rows Aᵀ J of every image, over √n. */
export function rootOfG(of: Case, loss: LossName, params: Tree, images: Tensor): Tensor {
  const outputs = imitatedOutputs(of);
  const one = (image: Tensor): Tensor => {
    const answer = (p: Tree): Tensor => squeeze(outputs(p, expandDims(image, 0)), 0);
    const y = answer(params);
    const jacobian = concat(
      treeLeaves(jacrev(answer)(params)).map((leaf) => reshape(leaf, [y.shape[0], -1])),
      1,
    );
    return matmul(transpose(factorOf(loss, y)), jacobian);
  };
  const rows = vmap(one)(images);
  return div(reshape(rows, [-1, rows.shape[2]]), Math.sqrt(images.shape[0]));
}

/** What {@link spectrumOf} needs, for one model; map it over seeds. */
export type Ingredients = {
  /** B Bᵀ [n k, n k], with G's eigenvalues but for zeros. */
  readonly gram: Tensor;
  /** B v [n k] */
  readonly seen: Tensor;
  /** ‖v‖², and that of the part of v in parameters which the outputs depend on at all. */
  readonly length: Tensor;
  readonly reachable: Tensor;
};

export function ingredients(of: Case, loss: LossName, params: Tree, v: Tree, images: Tensor): Ingredients {
  const root = rootOfG(of, loss, params, images);
  const vector = flat(v);
  const squares = square(vector);
  return {
    gram: einsum('ip,jp->ij', root, root),
    seen: matmul(root, vector),
    length: sum(squares),
    reachable: sum(where(greater(sum(square(root), 0), 0), squares, zerosLike(squares))),
  };
}

/** An eigenvalue below so much of the greatest is zero but for rounding. */
const rounding = 1e-11;
/** An eigenvalue above so much of the greatest counts as large. */
export const large = 0.01;

const total = (values: Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** Numbers about G and a step v, of one model. */
export interface SpectrumOfG {
  /** G's eigenvalues above rounding, the greatest first. */
  readonly eigenvalues: number[];
  readonly values: {
    readonly rank: number;
    /** How many eigenvalues are {@link large}. */
    readonly large: number;
    /** (Σ λ)² / Σ λ² */
    readonly participation: number;
    readonly trace: number;
    /** The share of ‖v‖² that lies in G's range, and in the eigenvectors of large eigenvalues. */
    readonly inRange: number;
    readonly inLarge: number;
    /** The share in parameters that the outputs depend on at all, which bounds the others. */
    readonly reachable: number;
    /** vᵀ G v / ‖v‖² */
    readonly rayleigh: number;
    /** The cosine of G v with v: how well a student's first step points along v. */
    readonly cosine: number;
  };
}

export function spectrumOf(
  gram: ArrayLike<number>,
  seen: ArrayLike<number>,
  length: number,
  reachable: number,
): SpectrumOfG {
  const { values, components } = symmetricEigen(gram, seen);
  const [along] = components;
  const rank = values[0] > 0 ? values.filter((value) => value > rounding * values[0]).length : 0;
  const eigenvalues = Array.from(values.subarray(0, rank));
  const many = eigenvalues.filter((value) => value > large * eigenvalues[0]).length;
  const trace = total(eigenvalues);
  /** ‖v‖² in the span of the first `n` eigenvectors, each Bᵀ u / √λ. */
  const within = (n: number): number =>
    total(eigenvalues.slice(0, n).map((value, i) => along[i] ** 2 / value));
  const form = total(along.subarray(0, rank).map((x) => x ** 2));
  const image = total(eigenvalues.map((value, i) => value * along[i] ** 2)); // ‖G v‖²
  return {
    eigenvalues,
    values: {
      rank,
      large: many,
      participation: rank ? trace ** 2 / total(eigenvalues.map((value) => value ** 2)) : 0,
      trace,
      inRange: within(rank) / length,
      inLarge: within(many) / length,
      reachable: reachable / length,
      rayleigh: form / length,
      cosine: image > 0 ? form / Math.sqrt(image * length) : 0,
    },
  };
}
