// What the theorem's tests measure: its quantities for many seeds, inputs and teacher's steps at once, as numbers.
import {
  jit,
  jvp,
  mean,
  neg,
  random,
  slice,
  square,
  stack,
  sum,
  type Tensor,
  type Tree,
  tensor,
  vmap,
} from '../../../../../src/index.ts';
import { inner, moved, norm } from '../../../../../src/lab/core/training/vectors.ts';
import { loadData } from '../../../../../src/lab/digits/data/load.ts';
import {
  adversarialInputs,
  type InputName,
  inputNames,
  plainInputs,
  smallDigits,
  someDigits,
} from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import { symmetricEigen } from '../../../../../src/lab/digits/experiments/theory/eigen.ts';
import type { Network, NetworkName } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import {
  type Case,
  type Digits,
  gaussNewton,
  type Imitated,
  imitatedOutputs,
  imitationLosses,
  type LossName,
  quadraticForm,
  studentStep,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { networks } from './networks.ts';

/** The networks that `npm test` goes through; the long run takes all. */
export const fewNetworks: readonly NetworkName[] = ['linear', 'relu', 'cnn'];

export const seeds = 20;
/** Images of a student, and digits of a teacher. */
export const count = 16;
export const sizes = { width: 8, aux: 3 };

export const digits: Digits = smallDigits(
  (await loadData({ data: 'embedded', trainDigits: 2000, testDigits: 100, splitSeed: 0 }, '')).train,
);

/**
 * The teacher trains on the class logits, the student imitates the auxiliary ones. A linear model's share no parameter
 * with the class logits, so that the teacher's step changes none of them; there the student imitates all.
 */
export const caseOf = (
  name: NetworkName,
  loss: LossName,
  imitated: Imitated = name === 'linear' ? 'all' : 'aux',
): Case => ({ network: networks[name], imitated, loss: imitationLosses[loss] });

/** A start and the digits of its teacher. */
export type Start = { readonly params: Tree; readonly digits: Digits };
/** And images for its student. */
export type Model = Start & { readonly images: Tensor };

export function start(network: Network, key: Tensor): Start {
  const keys = random.split(key, 2);
  return {
    params: network.init(slice(keys, 0), sizes),
    digits: someDigits(digits, slice(keys, 1), count),
  };
}

/** At this ε the adversary looks for images on which the theorem fails. */
const adversarysEpsilon = 1e-2;

/** A model with images from each distribution in `names`: [names, n, 49]. */
export function model(of: Case, key: Tensor, names: readonly InputName[] = inputNames): Model {
  const own = start(of.network, key);
  const drawn = (name: InputName): Tensor => {
    const inputKey = random.foldIn(key, 2 + inputNames.indexOf(name));
    if (name !== 'adversarial') return plainInputs[name](inputKey, count, digits);
    const noise = plainInputs.uniform(inputKey, count);
    return adversarialInputs(of, own.params, own.digits, adversarysEpsilon, noise);
  };
  return { ...own, images: stack(names.map(drawn)) };
}

/** Models side by side, `n` of them. */
export const models = (of: Case, seed: string, names?: readonly InputName[], n = seeds): Model =>
  jit(vmap((key: Tensor) => model(of, key, names)))(random.split(random.key(seed), n));

/** E‖J v‖²: by how much v changes what is imitated, to first order. */
export function outputChange(of: Case, params: Tree, v: Tree, inputs: Tensor): Tensor {
  const [, change] = jvp((p: Tree) => imitatedOutputs(of)(p, inputs), [params], [v]);
  return mean(sum(square(change), -1));
}

export type Quantities = {
  /** ⟨Δ_S, Δ_T⟩ for each ε. */
  readonly inner: Tensor;
  /** ‖Δ_S − ε G Δ_T‖ for each ε. */
  readonly remainder: Tensor;
  /** Δ_Tᵀ G Δ_T */
  readonly form: Tensor;
  /** E‖J Δ_T‖² */
  readonly change: Tensor;
};

/** The theorem's quantities for one start and one set of images, at each of `epsilons` [e]. */
export function quantities(of: Case, own: Start, inputs: Tensor, epsilons: Tensor): Quantities {
  const { params } = own;
  const toTeacher = teacherStep(of.network, params, own.digits);
  const product = gaussNewton(of, params, toTeacher, inputs);
  const each = vmap((epsilon: Tensor) => {
    const step = studentStep(of, params, moved(params, epsilon, toTeacher), inputs);
    return { inner: inner(step, toTeacher), remainder: norm(moved(step, neg(epsilon), product)) };
  })(epsilons);
  return {
    ...each,
    form: quadraticForm(of, params, toTeacher, inputs),
    change: outputChange(of, params, toTeacher, inputs),
  };
}

/** The quantities as numbers, of one seed on one set of images; `epsilons` are theirs. */
export interface Row {
  readonly epsilons: readonly number[];
  readonly inner: readonly number[];
  readonly remainder: readonly number[];
  readonly form: number;
  readonly change: number;
}

/** For each set of images a row a seed. `epsilons` are [e], or [seeds, inputs, e], each its own. */
export function measure(of: Case, { images, ...starts }: Model, epsilons: Tensor): Row[][] {
  const own = epsilons.ndim === 3 ? 0 : null;
  const measured = jit(
    vmap(
      (one: Start, inputs: Tensor, e: Tensor) =>
        vmap((x: Tensor, its: Tensor) => quantities(of, one, x, its), [0, own])(inputs, e),
      [0, 0, own],
    ),
  )(starts, images, epsilons);
  const [products, remainders] = [measured.inner, measured.remainder].map((x) => x.toArray() as number[][][]);
  const [forms, changes] = [measured.form, measured.change].map((x) => x.toArray() as number[][]);
  const given = epsilons.toArray() as number[] & number[][][];
  return changes[0].map((_, input) =>
    changes.map((_, seed) => ({
      epsilons: own === null ? given : given[seed][input],
      inner: products[seed][input],
      remainder: remainders[seed][input],
      form: forms[seed][input],
      change: changes[seed][input],
    })),
  );
}

/** |⟨Δ_S, Δ_T⟩ / (ε Δ_Tᵀ G Δ_T) − 1| at each ε. */
export const relativeErrors = ({ epsilons, inner: products, form }: Row): number[] =>
  products.map((product, i) => Math.abs(product / (epsilons[i] * form) - 1));

/** The slope of the straight line through (log x, log y), by least squares. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const middle = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  const [mu, mv] = [middle(u), middle(v)];
  const over = u.reduce((total, a, i) => total + (a - mu) * (v[i] - mv), 0);
  return over / u.reduce((total, a) => total + (a - mu) ** 2, 0);
}

/** At each place the root of the mean square over `rows`. */
export const rootMeanSquares = (rows: readonly (readonly number[])[]): number[] =>
  rows[0].map((_, i) => Math.sqrt(rows.reduce((total, row) => total + row[i] ** 2, 0) / rows.length));

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

export const f64 = (values: number[]): Tensor => tensor(values, 'f64');

/** The eigenvalues of a symmetric matrix [n, n], the greatest first, and its eigenvectors as rows [n, n]. */
export function eigenOf(matrix: Tensor): { values: number[]; vectors: Tensor } {
  const n = matrix.shape[0];
  const units = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
  // the component of the i-th unit vector along an eigenvector is that one's i-th number
  const { values, components } = symmetricEigen(matrix.data, ...units);
  return {
    values: Array.from(values),
    vectors: tensor(
      units.map((_, k) => components.map((component) => component[k])),
      'f64',
    ),
  };
}
