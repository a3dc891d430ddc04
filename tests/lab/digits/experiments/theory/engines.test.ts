// The theorem's quantities on compiled engines, in f64, against those on reference.
import { afterAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../../src/index.ts';
import type { InputName } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import type { NetworkName } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import type { LossName } from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { compiledEngines } from '../../../../helpers/compiled.ts';
import { long } from '../../../../helpers/long.ts';
import { caseOf, f64, measure, models, type Row } from './measures.ts';

const inputs: InputName[] = ['uniform', 'digits'];
const epsilons = [1e-2, 1e-3];

afterAll(() => {
  useEngine('reference');
});

const cases: [NetworkName, LossName][] = [
  ['linear', 'squared'],
  ['relu', 'kl'],
  ['cnn', 'squared'],
  ['transformer', 'cross-entropy'],
];

describe.each(long ? cases : cases.slice(0, 2))('The quantities of the %s network under %s', (name, loss) => {
  useEngine('reference');
  const of = caseOf(name, loss);
  const drawn = models(of, 'engines', inputs);
  const expected = measure(of, drawn, f64(epsilons)).flat();

  test.each(compiledEngines())('are on %s what they are on reference, and of the same sign', (engine) => {
    useEngine(engine);
    const rows: Row[] = measure(of, drawn, f64(epsilons)).flat();
    rows.forEach(({ inner, form, change, remainder }, i) => {
      const right = expected[i];
      expect(Math.abs(form / right.form - 1)).toBeLessThan(1e-12);
      expect(Math.abs(change / right.change - 1)).toBeLessThan(1e-12);
      inner.forEach((product, k) => {
        expect(product).toBeGreaterThan(0);
        // outputs that differ by ε lose as many digits
        expect(Math.abs(product / right.inner[k] - 1)).toBeLessThan(1e-13 / epsilons[k]);
        expect(Math.abs(remainder[k] - right.remainder[k])).toBeLessThan(1e-12);
      });
    });
  });
});
