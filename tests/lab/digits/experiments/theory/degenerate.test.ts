// Test 5: where the theorem allows equality, there is equality; and which conditions that takes.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  abs,
  add,
  greater,
  jacrev,
  jit,
  jvp,
  matmul,
  max,
  mul,
  random,
  reshape,
  slice,
  stack,
  sub,
  type Tensor,
  type Tree,
  tensor,
  transpose,
  treeLeaves,
  treeMap,
  useEngine,
  vmap,
  where,
  zerosLike,
} from '../../../../../src/index.ts';
import { moved } from '../../../../../src/lab/core/training/vectors.ts';
import { plainInputs } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import {
  type Network,
  networkNames,
  pixels,
} from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import {
  type Case,
  imitatedOutputs,
  imitationLosses,
  lossNames,
  studentStep,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { classes } from '../../../../helpers/digits.ts';
import { long } from '../../../../helpers/long.ts';
import {
  caseOf,
  eigenOf,
  f64,
  fewNetworks,
  type Model,
  measure,
  models,
  type Row,
  type Start,
  sizes,
  slope,
} from './measures.ts';
import { networks } from './networks.ts';

beforeAll(() => {
  useEngine('reference');
});

const tested = long ? networkNames : fewNetworks;

const epsilons = [1, 1e-1, 1e-3, 1e-4];
const uniform = (of: Case, seed: string): Row[] =>
  measure(of, models(of, seed, ['uniform']), f64(epsilons))[0];

/** The greatest magnitude in a tree. */
const largest = (tree: Tree): number =>
  treeLeaves(tree).reduce((most, leaf) => Math.max(most, max(abs(leaf)).item()), 0);

describe.each(tested)('The %s network', (name) => {
  test('has a student that does not move if the teacher did not', () => {
    for (const loss of lossNames) {
      const of = caseOf(name, loss);
      const { images, ...starts } = models(of, 'still', ['uniform']);
      const step = vmap(({ params }: Start, x: Tensor) => studentStep(of, params, params, slice(x, 0)))(
        starts,
        images,
      );
      expect(largest(step)).toBeLessThan(1e-15);
    }
  });

  /** The network with `logits` added to what it says: they have no say in its derivatives. */
  const shifted = (logits: Tensor): Network => ({
    ...networks[name],
    outputs: (params, images) => add(networks[name].outputs(params, images), logits),
  });

  test('has ⟨Δ_S, Δ_T⟩ = 0 under a saturated softmax, although J Δ_T is not 0', () => {
    const steep = f64([...Array.from({ length: classes }, () => 0), 1e4, 0, -1e4]);
    const saturated: Case = { ...caseOf(name, 'cross-entropy'), network: shifted(steep) };
    for (const { inner, form, change, remainder } of uniform(saturated, 'saturated')) {
      expect(change).toBeGreaterThan(0);
      expect([form, ...inner, ...remainder].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
  });

  test('has ⟨Δ_S, Δ_T⟩ = 0 under softmax, and more under squared error, if all imitated logits move alike', () => {
    const isAux = f64(Array.from({ length: classes + sizes.aux }, (_, i) => Number(i >= classes)));
    const alike: Network = {
      ...networks[name],
      outputs: (params, images) => {
        const all = networks[name].outputs(params, images);
        return where(greater(isAux, 0), slice(all, '...', ':1'), all); // the first class logit, which moves
      },
    };
    for (const loss of lossNames) {
      const rows = uniform({ network: alike, imitated: 'aux', loss: imitationLosses[loss] }, 'alike');
      for (const { inner, form, change } of rows) {
        expect(change).toBeGreaterThan(1e-6);
        if (loss === 'squared') expect(Math.min(form, ...inner.slice(2))).toBeGreaterThan(0);
        else expect(Math.max(...[form, ...inner].map(Math.abs))).toBeLessThan(1e-14 * change);
      }
    }
  });
});

/** J(x) Δ_T for one image x [49], and its derivative in x. */
function changeAt(of: Case, { params, digits }: Start, x: Tensor): { change: Tensor; derivative: Tensor } {
  const step = teacherStep(of.network, params, digits);
  const change = (image: Tensor): Tensor => {
    const outputs = (p: Tree): Tensor => imitatedOutputs(of)(p, reshape(image, [1, pixels]));
    return reshape(jvp(outputs, [params], [step])[1], [-1]);
  };
  return { change: change(x), derivative: jacrev(change)(x) };
}

/** The shortest solution of A y = b, for a positive semi-definite A. */
function solve(a: Tensor, b: Tensor): Tensor {
  const { values, vectors } = eigenOf(a);
  const inverse = values.map((value) => (value > 1e-10 * values[0] ? 1 / value : 0));
  return matmul(mul(matmul(vectors, b), f64(inverse)), vectors);
}

describe.each(tested.filter((name) => networks[name].smooth))(
  'On images made for it, the %s network',
  (name) => {
    const of = caseOf(name, 'cross-entropy');
    const at = jit((one: Start, x: Tensor) => changeAt(of, one, x));
    let drawn: Model;
    let made: Model;

    /** An image near `x` on which the teacher's step changes nothing to first order, by Gauss and Newton. */
    function still(one: Start, x: Tensor): Tensor {
      let image = x;
      for (let i = 0; i < 12; i++) {
        const { change, derivative } = at(one, image);
        const back = solve(matmul(derivative, transpose(derivative)), change);
        image = sub(image, matmul(back, derivative));
      }
      return image;
    }

    beforeAll(() => {
      drawn = models(of, 'made', ['uniform'], 3);
      const { images, ...starts } = drawn;
      const found = [0, 1, 2].map((seed) => {
        const one = treeMap((leaf) => slice(leaf, seed), starts);
        return stack([stack([0, 1, 2, 3].map((i) => still(one, slice(images, seed, 0, i))))]);
      });
      made = { ...starts, images: stack(found) };
    }, 60_000);

    test.each(lossNames)('has ⟨Δ_S, Δ_T⟩ = 0 under %s at every ε, with J Δ_T = 0', (loss) => {
      const [[before], [after]] = [drawn, made].map((model) =>
        measure(caseOf(name, loss), model, f64(epsilons)),
      );
      after.forEach(({ inner, form, change, remainder }, seed) => {
        expect(change).toBeLessThan(1e-20 * before[seed].change);
        expect(form).toBeLessThan(1e-20 * before[seed].form);
        inner.forEach((product, i) => {
          expect(Math.abs(product)).toBeLessThan(1e-12 * before[seed].inner[i]);
        });
        // what is left of Δ_S is of second order, except in a linear model
        if (name === 'linear') expect(Math.max(...remainder)).toBeLessThan(1e-12);
        else expect(Math.abs(slope(epsilons.slice(2), remainder.slice(2)) - 2)).toBeLessThan(0.1);
      });
    });
  },
);

test.each(lossNames)(
  'A linear model whose auxiliary logits alone are imitated under %s has ⟨Δ_S, Δ_T⟩ = 0',
  (loss) => {
    for (const { inner, form, change } of uniform(caseOf('linear', loss, 'aux'), 'apart'))
      expect([change, form, ...inner].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  },
);

test('A teacher at a stationary point of its loss takes no step, so its student takes none', () => {
  const { network, loss } = caseOf('tanh', 'squared');
  const params = treeMap(zerosLike, network.init(random.key('stationary'), sizes));
  const labels = tensor(
    Array.from({ length: classes }, (_, i) => i),
    'i32',
  );
  const images = plainInputs.uniform(random.key('each class once'), classes);
  const step = teacherStep(network, params, { images, labels });
  expect(largest(step)).toBeLessThan(1e-16);
  const teacher = moved(params, 1, step);
  expect(largest(studentStep({ network, loss, imitated: 'all' }, params, teacher, images))).toBeLessThan(
    1e-16,
  );
});
