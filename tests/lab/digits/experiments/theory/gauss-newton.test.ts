// Test 7: the matrix G itself, built from the Jacobian of each example, against the products that never build it.
import { describe, expect, test } from 'vitest';
import {
  abs,
  concat,
  eye,
  hvp,
  jacrev,
  jit,
  matmul,
  max,
  mul,
  outer,
  random,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tree,
  transpose,
  treeLeaves,
  treeMap,
  useEngine,
  vmap,
} from '../../../../../src/index.ts';
import { inner, moved } from '../../../../../src/lab/core/training/vectors.ts';
import { plainInputs, someDigits } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import { networkNames } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import {
  type Case,
  gaussNewton,
  imitatedOutputs,
  imitationLosses,
  type LossName,
  quadraticForm,
  studentLoss,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { long } from '../../../../helpers/long.ts';
import { digits, eigenOf, fewNetworks } from './measures.ts';
import { networks } from './networks.ts';

useEngine('reference');

const examples = 5;

/** A tree as one vector, and back. */
const toVector = (tree: Tree): Tensor => concat(treeLeaves(tree).map((leaf) => reshape(leaf, [-1])));
function toTree<T extends Tree>(vector: Tensor, like: T): T {
  let at = 0;
  return treeMap((leaf) => {
    at += leaf.size;
    return reshape(slice(vector, `${at - leaf.size}:${at}`), leaf.shape);
  }, like);
}

/** H of ℓ where both outputs are y [k]. */
const curvatureOf: Record<LossName, (y: Tensor) => Tensor> = {
  squared: (y) => eye(y.size, y.size, 'f64'),
  'cross-entropy': (y) => {
    const p = softmax(y);
    return sub(mul(eye(y.size, y.size, 'f64'), p), outer(p, p));
  },
  kl: (y) => curvatureOf['cross-entropy'](y),
};

/** G [p, p], the mean over images of Jᵀ H J, each of its factors built whole. */
function explicit(of: Case, loss: LossName, params: Tree, images: Tensor): Tensor {
  const vector = toVector(params);
  const outputs = (v: Tensor, image: Tensor): Tensor =>
    slice(imitatedOutputs(of)(toTree(v, params), reshape(image, [1, -1])), 0);
  const jacobians = vmap(jacrev(outputs), [null, 0])(vector, images);
  const curvatures = vmap((image: Tensor) => curvatureOf[loss](outputs(vector, image)))(images);
  const each = matmul(transpose(jacobians, [0, 2, 1]), matmul(curvatures, jacobians));
  return mul(sum(each, 0), 1 / images.shape[0]);
}

/** The matrix whose product with a vector is `product`. */
const matrixOf = (product: (v: Tensor) => Tensor, size: number): Tensor =>
  jit(vmap(product))(eye(size, size, 'f64'));

const largest = (x: Tensor): number => max(abs(x)).item();
const apart = (a: Tensor, b: Tensor): number => largest(sub(a, b)) / largest(b);

const tested = long ? networkNames : fewNetworks;

describe.each(tested)('G of a small %s network', (name) => {
  const network = networks[name];
  const keys = random.split(random.key('G'), 3);
  const params = network.init(slice(keys, 0), { width: 4, aux: 3 });
  const images = plainInputs.uniform(slice(keys, 1), examples);
  const step = teacherStep(network, params, someDigits(digits, slice(keys, 2), 16));
  const toParams = (v: Tensor): Tree => toTree(v, params);

  describe.each(['squared', 'cross-entropy'] as const)('under %s', (loss) => {
    const of: Case = { network, imitated: 'aux', loss: imitationLosses[loss] };
    const g = explicit(of, loss, params, images);
    const n = g.shape[0];

    test('is positive semi-definite, of a rank no larger than outputs and examples allow', async ({
      annotate,
    }) => {
      const { values, vectors } = eigenOf(g);
      const rank = values.filter((value) => value > 1e-12 * values[0]).length;
      await annotate(
        `${n} parameters, rank ${rank}, eigenvalues ${values[0].toPrecision(3)} to ${values[rank - 1].toPrecision(3)}, least ${values[n - 1].toExponential(1)}`,
      );
      expect(values[n - 1]).toBeGreaterThan(-1e-14 * values[0]);
      expect(rank).toBeGreaterThan(0);
      // a softmax does not see all of its logits move alike
      expect(rank).toBeLessThanOrEqual(examples * (loss === 'squared' ? 3 : 2));
      // Δ_Tᵀ G Δ_T is the sum of λ ⟨v, Δ_T⟩²
      const along = matmul(vectors, toVector(step)).data;
      const total = values.reduce((sum, value, i) => sum + value * along[i] ** 2, 0);
      const form = quadraticForm(of, params, step, images).item();
      const roundOff = 1e-14 * values[0] * inner(step, step).item();
      expect(Math.abs(total - form)).toBeLessThanOrEqual(1e-11 * form + roundOff);
      expect(form > 0).toBe(name !== 'linear'); // whose auxiliary logits share nothing with the others
    });

    test('is the matrix of its products without a matrix', () => {
      const products = matrixOf((v) => toVector(gaussNewton(of, params, toParams(v), images)), n);
      expect(apart(products, g)).toBeLessThan(1e-14);
    });

    test('is the Hessian of L_S, by jvp of grad, where the residual is 0, and there alone', () => {
      const hessianTo = (teacher: Tree): Tensor =>
        matrixOf((v) => toVector(hvp(studentLoss(of), params, toParams(v), teacher, images)), n);
      expect(apart(hessianTo(params), g)).toBeLessThan(1e-14);
      if (name !== 'linear') expect(apart(hessianTo(moved(params, 0.1, step)), g)).toBeGreaterThan(1e-3);
    });
  });
});
