// Tests 1 to 3: the sign of ⟨Δ_S, Δ_T⟩, the quadratic form that it follows, and what is left beyond first order.
// kinks.test.ts has the last two for ReLU networks. `--reporter verbose` shows what was measured.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  abs,
  max,
  slice,
  sub,
  treeLeaves,
  treeMap,
  useEngine,
  vmap,
  zerosLike,
} from '../../../../../src/index.ts';
import { moved } from '../../../../../src/lab/core/training/vectors.ts';
import { inputNames } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import { type NetworkName, networkNames } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import {
  lossNames,
  studentStep,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { long } from '../../../../helpers/long.ts';
import {
  caseOf,
  f64,
  fewNetworks,
  type Model,
  measure,
  models,
  type Row,
  relativeErrors,
  rootMeanSquares,
  slope,
} from './measures.ts';
import { networks } from './networks.ts';

beforeAll(() => {
  useEngine('reference');
});

const tested = long ? networkNames : fewNetworks;

/** Three decades; two lower for the transformer, whose Δ_T is long and whose norms bend its outputs. */
const epsilonsOf = (name: NetworkName): number[] =>
  name === 'transformer' ? [1e-4, 1e-5, 1e-6, 1e-7] : [1e-2, 1e-3, 1e-4, 1e-5];

describe.each(tested)('The %s network', (name) => {
  let drawn: Model;
  describe.each(lossNames)('under %s', (loss) => {
    const of = caseOf(name, loss);
    const epsilons = epsilonsOf(name);
    let rows: Row[][]; // for each distribution of inputs, one a seed
    beforeAll(() => {
      if (loss !== 'kl') drawn = models(of, 'first order'); // of which the adversary sees the steps alone
      rows = measure(of, drawn, f64(epsilons));
    }, 60_000);

    test('has ⟨Δ_S, Δ_T⟩ > 0 unless J Δ_T = 0 on the inputs, and then 0', () => {
      const still = inputNames.filter((_, i) => rows[i].some(({ change }) => change === 0));
      // every unit of a ReLU network without biases stands on its kink there, with derivative 0
      expect(still).toEqual(name === 'relu' ? ['zero'] : []);
      for (const { change, form, inner } of rows.flat()) {
        if (change === 0) expect([form, ...inner]).toEqual([0, 0, 0, 0, 0]);
        else expect(Math.min(form, ...inner)).toBeGreaterThan(0);
      }
    });

    if (networks[name].smooth && !(name === 'linear' && loss === 'squared')) {
      test('has ⟨Δ_S, Δ_T⟩ / ε = Δ_Tᵀ G Δ_T to a relative error that falls as ε', async ({ annotate }) => {
        const slopes = rows.map((seeds) => slope(epsilons, rootMeanSquares(seeds.map(relativeErrors))));
        await annotate(
          `slopes ${inputNames.map((input, i) => `${input} ${slopes[i].toFixed(3)}`).join(', ')}`,
        );
        for (const each of slopes) expect(Math.abs(each - 1)).toBeLessThan(0.1);
      });

      test('has ‖Δ_S − ε G Δ_T‖ fall as ε², in every seed', async ({ annotate }) => {
        const slopes = rows.map((seeds) => seeds.map(({ remainder }) => slope(epsilons, remainder)));
        await annotate(
          `slopes ${inputNames.map((input, i) => `${input} ${Math.min(...slopes[i]).toFixed(3)} to ${Math.max(...slopes[i]).toFixed(3)}`).join(', ')}`,
        );
        for (const each of slopes.flat()) expect(Math.abs(each - 2)).toBeLessThan(0.1);
      });
    }
  });
});

describe('A linear model under squared error', () => {
  const of = caseOf('linear', 'squared');
  let drawn: Model;
  beforeAll(() => {
    drawn = models(of, 'first order');
  });

  /** The greatest relative error over all inputs and seeds, at each ε. */
  const worst = (model: Model, at: number[]): number[] => {
    const errors = measure(of, model, f64(at)).flat().map(relativeErrors);
    return at.map((_, i) => Math.max(...errors.map((row) => row[i])));
  };

  test('has ⟨Δ_S, Δ_T⟩ = ε Δ_Tᵀ G Δ_T to 1e-12, at every ε, however large', () => {
    const at = [1e-2, 1e-1, 1, 1e2, 1e4, 1e6];
    for (const error of worst(drawn, at)) expect(error).toBeLessThan(1e-12);
  });

  test('has it to the round-off of its outputs over ε, where ε is so small that they hardly differ', () => {
    const at = [1e-3, 1e-4, 1e-5, 1e-6];
    worst(drawn, at).forEach((error, i) => {
      expect(error).toBeLessThan(1e-14 / at[i]);
    });
  });

  test('has it to 1e-12 at every ε, however small, where outputs of 0 leave nothing to cancel', () => {
    const origin: Model = { ...drawn, params: treeMap(zerosLike, drawn.params) };
    for (const error of worst(origin, [1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3])) expect(error).toBeLessThan(1e-12);
  });
});

test.each(tested)('KL differs from cross-entropy by a constant: the %s student steps alike', (name) => {
  const [entropy, kl] = (['cross-entropy', 'kl'] as const).map((loss) => caseOf(name, loss));
  const drawn = models(entropy, 'alike', ['uniform']);
  const gap = vmap(({ params, digits, images }: Model) => {
    const teacher = moved(params, 0.1, teacherStep(entropy.network, params, digits));
    const steps = [entropy, kl].map((of) => studentStep(of, params, teacher, slice(images, 0)));
    return treeMap((a, b) => max(abs(sub(a, b))), steps[0], steps[1]);
  })(drawn);
  for (const leaf of treeLeaves(gap)) expect(max(leaf).item()).toBeLessThan(1e-15);
});
