// Choosing digits: stratified by class, by a seed, so that two sets never share one.
import { random, take, tensor } from '../../../index.ts';
import type { Digits, TrainAndTest } from './images.ts';

/** Positions of each class among `digits`, in an order that `seed` and `name` determine. */
function shuffledClasses({ labels, classes }: Digits, seed: number, name: string): number[][] {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  labels.data.forEach((label, i) => {
    byClass[label].push(i);
  });
  return byClass.map((members, label) => {
    const order = random.permutation(random.key(`${name} ${seed} ${label}`), members.length);
    return Array.from(order.data, (i) => members[i]);
  });
}

/**
 * How many of each class make `count` in the proportions of `sizes`: rounded down, then one more for the
 * greatest remainders, never more than `sizes`.
 */
function quotas(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((n) => (n * count) / total);
  const result = exact.map(Math.floor);
  const byRemainder = exact
    .map((x, i) => ({ i, rest: x - result[i] }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  const missing = count - result.reduce((a, b) => a + b, 0);
  for (const { i } of byRemainder.slice(0, missing)) result[i]++;
  return result;
}

const pick = ({ images, labels, classes }: Digits, positions: number[]): Digits => {
  const indices = tensor(Int32Array.from(positions.sort((a, b) => a - b)));
  return { images: take(images, indices), labels: take(labels, indices), classes };
};

/** Disjoint sets of `train` and `test` digits out of `digits`, each with its share of every class. */
export function splitDigits(digits: Digits, train: number, test: number, seed: number): TrainAndTest {
  const classes = shuffledClasses(digits, seed, 'split');
  const forTest = quotas(
    classes.map((members) => members.length),
    test,
  );
  const left = classes.map((members, label) => members.slice(forTest[label]));
  const forTrain = quotas(
    left.map((members) => members.length),
    train,
  );
  return {
    test: pick(
      digits,
      classes.flatMap((members, label) => members.slice(0, forTest[label])),
    ),
    train: pick(
      digits,
      left.flatMap((members, label) => members.slice(0, forTrain[label])),
    ),
  };
}

/** `count` of `digits`, each class with its share; all of them, as they are, where they are no more. */
export const sampleDigits = (digits: Digits, count: number, seed: number): Digits =>
  count >= digits.labels.size ? digits : splitDigits(digits, 0, count, seed).test;
