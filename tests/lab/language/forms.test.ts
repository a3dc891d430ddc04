// What trains of a model, in every form: where it begins, what it reaches, and adapters against the weights they adapt.
import { describe, expect, test } from 'vitest';
import {
  add,
  eye,
  grad,
  matmul,
  mul,
  ones,
  random,
  slice,
  swapaxes,
  type Tensor,
  tensor,
  treeLeaves,
  treeMap,
  treePaths,
  useEngine,
} from '../../../src/index.ts';
import { apart } from '../../../src/lab/core/stages/trained.ts';
import { begun, type FormName, formNames, forms, lora } from '../../../src/lab/language/forms.ts';
import { initModel, type Model, nextTokenLoss } from '../../../src/lab/language/model.ts';
import { everything, type Parameters, trainable } from '../../../src/lab/language/trainable.ts';
import { small, smallModels } from './models.ts';

useEngine('reference'); // what is so small takes longer to compile

const models = smallModels([1, 2]);
const model = apart(models, 0);
const key = random.key('adapters');
const valuesOf = (tree: Parameters | Model): number[][] =>
  treeLeaves(tree).map(({ data }) => Array.from(data, Number));

const inBlocks = (path: string): boolean => path.startsWith('blocks.');
const weight = (path: string): boolean => inBlocks(path) && path.endsWith('.weight');
const reached = (form: FormName): ((path: string) => boolean) => {
  if (form.startsWith('lora_')) return weight;
  if (form === 'biases_and_norms') return (path) => /bias$|scale$/.test(path);
  if (form === 'everything') return () => true;
  return form === 'blocks' ? inBlocks : (path) => path.startsWith(form.replace('block_', 'blocks.'));
};

describe.each(formNames)('%s', (name) => {
  const { begin, apply } = forms[name];
  const start = begin(model, key);

  test('begins as the model is', () => {
    expect(valuesOf(apply(model, start))).toEqual(valuesOf(model));
  });

  test('reaches what it names and nothing else', () => {
    const moved = apply(
      model,
      treeMap((leaf) => add(leaf, 0.1), start),
    );
    const before = valuesOf(model);
    const changed = valuesOf(moved).map((now, i) => now.every((value, j) => value !== before[i][j]));
    const kept = valuesOf(moved).map((now, i) => now.every((value, j) => value === before[i][j]));
    const paths = treePaths(model);
    expect(paths.filter((_, i) => changed[i])).toEqual(paths.filter(reached(name)));
    expect(paths.filter((_, i) => !kept[i])).toEqual(paths.filter(reached(name)));
  });
});

test.each(['lora_2', 'everything'] as const)('%s begins in one of several models as in it alone', (name) => {
  const keys = random.keys(['a', 'b']);
  const both = begun(name, models, keys);
  const only = treeMap((leaf) => slice(leaf, '1:'), models);
  expect(valuesOf(apart(both, 1))).toEqual(valuesOf(apart(begun(name, only, random.keys(['b'])), 0)));
});

describe('adapters', () => {
  test('have two matrices of their rank for each of the six weights of a block', () => {
    const start = lora(3).begin(model, key);
    expect(Object.keys(start)).toHaveLength(2 * 6 * small.blocks);
    expect(start['blocks.1.mlp.0.weight.a'].shape).toEqual([small.width, 3]);
    expect(start['blocks.1.mlp.0.weight.b'].shape).toEqual([3, small.hidden]);
  });

  test('are drawn with variance 1 / inputs, anew for each weight and key', () => {
    const wide = initModel(random.key(0), { ...small, blocks: 1, width: 64, hidden: 64 });
    const drawn = [key, random.key('others')].flatMap((from) =>
      Object.entries(lora(32).begin(wide, from)).flatMap(([path, { data }]) =>
        path.endsWith('.a') ? [Array.from(data, Number)] : [],
      ),
    );
    expect(new Set(drawn.map(([first]) => first)).size).toBe(drawn.length);
    for (const values of drawn) {
      const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
      expect(variance * 64).toBeGreaterThan(1 - 5 * Math.sqrt(2 / values.length));
      expect(variance * 64).toBeLessThan(1 + 5 * Math.sqrt(2 / values.length));
    }
  });

  const tokens = tensor([[1, 3, 0, 4, 2]], 'i32');
  const loss = (of: Model): Tensor => nextTokenLoss(of, tokens, ones([1, 5], 'bool'), small);
  const gradients = trainable(grad(loss)(model), everything);

  test.each([1, 8])('of rank %i have by the second matrix the gradient s Aᵀ G, s = 8 / rank', (rank) => {
    const { begin, apply } = lora(rank);
    const start = begin(model, key);
    const by = grad((own: Parameters) => loss(apply(model, own)))(start);
    for (const path of treePaths(model).filter(weight)) {
      const expected = mul(matmul(swapaxes(start[`${path}.a`], 0, 1), gradients[path]), 8 / rank);
      valuesOf({ of: by[`${path}.b`] })[0].forEach((value, i) => {
        expect(value).toBeCloseTo(Number(expected.data[i]), 12);
      });
      expect(Math.max(...valuesOf({ of: by[`${path}.a`] })[0].map(Math.abs))).toBe(0);
    }
  });

  test('of full rank reach every weight: with A = I / s they are what is added to it', () => {
    const { width } = small;
    const { begin, apply } = lora(width);
    const path = 'blocks.0.attention.key.weight';
    const wanted = random.normal(key, [width, width], 'f64');
    const start = begin(model, key);
    const own = {
      ...start,
      [`${path}.a`]: mul(eye(width, width, 'f64'), width / 8),
      [`${path}.b`]: wanted,
    };
    const reachedAt = trainable(apply(model, own), everything)[path];
    const expected = add(trainable(model, everything)[path], wanted);
    reachedAt.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(expected.data[i]), 12);
    });
  });
});
