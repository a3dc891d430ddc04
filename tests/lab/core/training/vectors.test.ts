// Trees as vectors: every number counts once, wherever in the tree it is.
import { expect, test } from 'vitest';
import { tensor, useEngine } from '../../../../src/index.ts';
import { flat, inner, minus, moved, norm } from '../../../../src/lab/core/training/vectors.ts';

useEngine('reference');

const a = {
  layers: [{ weight: tensor([[1, 2]], 'f64'), bias: tensor([3], 'f64') }],
  scale: tensor(4, 'f64'),
};
const b = {
  layers: [{ weight: tensor([[5, 6]], 'f64'), bias: tensor([7], 'f64') }],
  scale: tensor(8, 'f64'),
};

test('a tree as one vector has every number once', () => {
  expect([...flat(a).data].toSorted()).toEqual([1, 2, 3, 4]);
});

test('inner products and norms are over all leaves', () => {
  expect(inner(a, b).item()).toBe(5 + 12 + 21 + 32);
  expect(norm(a).item()).toBe(Math.sqrt(30));
});

test('a tree moves along another, leaf by leaf', () => {
  expect(moved(a, 0.5, b).layers[0].weight.toArray()).toEqual([[3.5, 5]]);
  expect(moved(a, tensor(-1, 'f64'), a).scale.item()).toBe(0);
  expect(minus(b).layers[0].bias.toArray()).toEqual([-7]);
});
