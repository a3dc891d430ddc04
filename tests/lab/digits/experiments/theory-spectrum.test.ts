// G's spectrum by the small matrix: against G itself, and that more logits have more directions.
import { beforeAll, describe, expect, test } from 'vitest';
import { concat, einsum, matmul, random, reshape, treeLeaves, useEngine } from '../../../../src/index.ts';
import { decimal, percent } from '../../../../src/lab/core/charts/style.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { flat, inner } from '../../../../src/lab/core/training/vectors.ts';
import { ingredients, rootOfG, spectrumOf } from '../../../../src/lab/digits/experiments/theory/spectrum.ts';
import { caseOf, gaussNewton, quadraticForm } from '../../../../src/lab/digits/experiments/theory/theorem.ts';
import { theorySpectrum } from '../../../../src/lab/digits/experiments/theory-spectrum.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { networks } from './theory/networks.ts';

useEngine('reference'); // small and many graphs: compiling them would take longer

const images = random.uniform(random.key(3), [5, 49], -1, 1, 'f64');

describe('one small network', () => {
  const params = networks.tanh.init(random.key(1), { width: 6, aux: 3 });
  const v = networks.tanh.init(random.key(2), { width: 6, aux: 3 });

  test('Bᵀ B v is the matrix-free G v, for both losses', () => {
    for (const loss of ['squared', 'kl'] as const) {
      const of = caseOf(networks.tanh, 'all', loss);
      const root = rootOfG(of, loss, params, images);
      const product = einsum('rp,r->p', root, matmul(root, flat(v)));
      const free = concat(treeLeaves(gaussNewton(of, params, v, images)).map((leaf) => reshape(leaf, [-1])));
      product.data.forEach((value, i) => {
        expect(value).toBeCloseTo(free.data[i], 12);
      });
    }
  });

  test('the numbers of a spectrum are those of the quadratic form, and the range holds all of G v', () => {
    const of = caseOf(networks.tanh, 'aux', 'kl');
    const numbers = (step: typeof v) => {
      const { gram, seen, length, reachable } = ingredients(of, 'kl', params, step, images);
      return spectrumOf(gram.data, seen.data, length.data[0], reachable.data[0]).values;
    };
    const { rank, rayleigh, cosine, inRange, reachable } = numbers(v);
    expect(rank).toBe(5 * (3 - 1)); // softmax does not see a shift of its logits
    const form = quadraticForm(of, params, v, images).data[0];
    expect(rayleigh * inner(v, v).data[0]).toBeCloseTo(form, 10);
    const image = gaussNewton(of, params, v, images);
    expect(cosine).toBeCloseTo(form / Math.sqrt(inner(image, image).data[0] * inner(v, v).data[0]), 10);
    expect(inRange).toBeGreaterThan(0);
    expect(inRange).toBeLessThan(reachable);
    expect(reachable).toBeLessThan(1); // the class logits' own weights are beyond what auxiliary logits tell
    expect(numbers(image).inRange).toBeCloseTo(1, 8);
  });
});

describe('three seeds of the experiment', () => {
  const overrides = { aux: [1, 2, 6], allWith: 2, images: 8, width: 8, seeds: 3, digits: 64 };
  let result: ResultOf<typeof theorySpectrum.settings>;
  beforeAll(async () => {
    result = await resultOf(theorySpectrum, 'quick', overrides);
  }, 60_000);
  const at = (aux: number, inputs: string, name: string, arm = 'aux'): number =>
    mean(valuesOf(result, arm, name, { aux, inputs }));

  test('one logit has no direction; more have more, and hold more of the step', () => {
    for (const inputs of ['uniform', 'digits']) {
      expect(at(1, inputs, 'rank')).toBe(0);
      expect(at(1, inputs, 'inRange')).toBe(0);
      for (const name of ['participation', 'inRange', 'cosine'])
        expect(at(6, inputs, name)).toBeGreaterThan(at(2, inputs, name));
      expect(at(2, inputs, 'inRange', 'all')).toBeGreaterThan(at(6, inputs, 'inRange'));
    }
  });

  test('noise has more effective directions than digits', () => {
    expect(at(6, 'uniform', 'participation')).toBeGreaterThan(2 * at(6, 'digits', 'participation'));
  });

  test('flops() grows with the cube of the Gram matrix, and finding and figure come from the numbers', () => {
    const flops = (n: number): number =>
      theorySpectrum.flops(makeConfig(theorySpectrum, 'quick', { ...overrides, images: n }));
    expect(flops(4000) / flops(2000)).toBeGreaterThan(7);
    expect(theorySpectrum.finding(result)).toMatch(/^From 2 to 6 auxiliary logits/);
    const figure = theorySpectrum.figure(result);
    for (const [inputs, name] of [
      ['uniform', 'noise'],
      ['digits', 'digits'],
    ]) {
      const share = percent(at(6, inputs, 'inRange'), 0);
      const line = dataOf(
        figure,
        `6 aux logits, ${name}: ${share}, ${decimal(at(6, inputs, 'large'), 0)} large`,
      );
      const greatest = result.rows
        .filter((row) => row.arm === 'aux' && row.at.aux === 6 && row.at.inputs === inputs)
        .map(({ curves }) => Math.log10(curves.eigenvalues[0]));
      expect(line[0]).toMatchObject({ y: expect.closeTo(mean(greatest), 9) });
    }
  });
});
