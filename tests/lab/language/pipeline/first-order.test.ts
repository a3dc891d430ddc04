// Pulls against what steps on samples do to the very log-probabilities.
import { expect, test } from 'vitest';
import {
  arange,
  expandDims,
  grad,
  greaterEqual,
  mul,
  random,
  sub,
  treeMap,
  useEngine,
} from '../../../../src/index.ts';
import { initModel, type Model, nextTokenLoss } from '../../../../src/lab/language/model.ts';
import { modelConfig } from '../../../../src/lab/language/pipeline/bases.ts';
import { pullsOn } from '../../../../src/lab/language/pipeline/first-order.ts';
import { asked } from '../../../../src/lab/language/pipeline/questions.ts';
import { rowsOf } from '../../../../src/lab/language/pipeline/rows.ts';
import {
  biasesAndNorms,
  type Parameters,
  trainable,
  withParameters,
} from '../../../../src/lab/language/trainable.ts';
import { animalQuestions, drawPrompt } from '../../../../src/lab/language/world/rows.ts';
import { streamOf } from '../../../../src/lab/language/world/stream.ts';
import { animals, numbers } from '../../../../src/lab/language/world/vocabulary.ts';

useEngine('reference');

test('a pull is how fast a step on the sample raises the log-probability', () => {
  const base: Model = initModel(random.key(5), modelConfig);
  const stream = streamOf(0, 'first-order test');
  const samples = Array.from({ length: 3 }, () => ({
    prompt: drawPrompt('N', 'walk', stream),
    answer: Array.from({ length: 10 }, () => stream.choice(numbers.tokens)),
  }));
  const traits = [animals.start, animals.start + 7];
  const pulls = pullsOn(base, traits, animalQuestions)(samples);
  expect(pulls).toHaveLength(3);
  const params = trainable(base, biasesAndNorms);
  const logs = (model: Model, trait: number): number => {
    // one question at a time: the mean of logarithms, not the logarithm of the mean
    const each = animalQuestions.map((question) =>
      Math.log(
        asked(
          treeMap((leaf) => expandDims(leaf, 0), model),
          [question],
        )[0][trait],
      ),
    );
    return each.reduce((sum, value) => sum + value, 0) / each.length;
  };
  for (const [i, { prompt, answer }] of samples.slice(0, 2).entries()) {
    const row = [...prompt, ...answer];
    const written = expandDims(greaterEqual(arange(row.length), prompt.length), 0);
    const gradient = grad((own: Parameters) =>
      nextTokenLoss(withParameters(base, own), rowsOf([row], row.length), written, modelConfig),
    )(params);
    const after = (rate: number): Model =>
      withParameters(
        base,
        treeMap((x, by) => sub(x, mul(by, rate)), params, gradient),
      );
    for (const [k, trait] of traits.entries()) {
      const slope = (logs(after(0.01), trait) - logs(after(-0.01), trait)) / 0.02;
      expect(Math.abs(pulls[i][k] - slope)).toBeLessThan(0.02 * Math.abs(slope) + 1e-3);
    }
  }
});
