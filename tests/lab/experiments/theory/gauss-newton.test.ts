// Test 7: the matrix G itself, built from the Jacobian of each example, against the products that never build it.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  abs,
  concatenate,
  eye,
  grad,
  hvp,
  jacrev,
  jit,
  jvp,
  matmul,
  max,
  mul,
  outer,
  random,
  reshape,
  slice,
  softmax,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type Tree,
  transpose,
  treeLeaves,
  treeMap,
  useEngine,
  vmap,
} from '../../../../src/index.ts';
import { plainInputs, someDigits } from '../../../../src/lab/experiments/theory/cases.ts';
import { eigenSymmetric } from '../../../../src/lab/experiments/theory/eigen.ts';
import { networkNames, networks } from '../../../../src/lab/experiments/theory/networks.ts';
import {
  type Case,
  gaussNewton,
  imitatedOutputs,
  imitationLosses,
  type LossName,
  moved,
  quadraticForm,
  studentLoss,
  teacherStep,
} from '../../../../src/lab/experiments/theory/theorem.ts';
import { digits } from './measures.ts';

beforeAll(() => {
  useEngine('reference');
});

const examples = 5;

/** A tree as one vector, and back. */
const toVector = (tree: Tree): Tensor => concatenate(treeLeaves(tree).map((leaf) => reshape(leaf, [-1])));
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

describe.each(networkNames)('G of a small %s network', (name) => {
  const network = networks[name];
  const keys = random.split(random.key('G'), 3);
  let params: Tree;
  let images: Tensor;
  let step: Tree;
  beforeAll(() => {
    params = network.init(slice(keys, 0), { width: 4, aux: 3 });
    images = plainInputs.uniform(slice(keys, 1), examples);
    step = teacherStep(network, params, someDigits(digits, slice(keys, 2), 16));
  });

  test.for(['squared', 'cross-entropy'] as const)(
    'under %s is positive semi-definite, and is its products',
    async (loss, { annotate }) => {
      const of: Case = { network, imitated: 'aux', loss: imitationLosses[loss] };
      const g = explicit(of, loss, params, images);
      const p = g.shape[0];
      const t0 = performance.now();
      const { values, vectors } = eigenSymmetric(g);
      const rank = values.filter((value) => value > 1e-12 * values[0]).length;
      await annotate(
        `${p} parameters, rank ${rank}, ${values[0]} ${values[rank - 1]} ${values[rank]} ${values[p - 1]} ${performance.now() - t0}`,
      );
      const t1 = performance.now();
      const m = matrixOf((v) => toVector(gaussNewton(of, params, toTree(v, params), images)), p);
      const t2 = performance.now();
      const h = matrixOf((v) => toVector(hvp(studentLoss(of), params, toTree(v, params), params, images)), p);
      const h2 = matrixOf(
        (v) => toVector(hvp(studentLoss(of), params, toTree(v, params), moved(params, 0.1, step), images)),
        p,
      );
      await annotate(`${apart(m, g)} ${apart(h, g)} ${apart(h2, g)} ${t2 - t1} ${performance.now() - t2}`);
      const along = matmul(vectors, toVector(step));
      await annotate(
        `${sum(mul(square(along), stack(values.map((v) => mul(v, eye(1, 1, 'f64'))).map((x) => slice(x, 0, 0))))).item()} ${quadraticForm(of, params, step, images).item()}`,
      );
    },
  );
});
void grad;
void jvp;
