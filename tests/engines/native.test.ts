import { beforeAll, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { native } from '../../src/engines/native/index.ts';
import { reference } from '../../src/engines/reference/index.ts';
import { type Graph, trace } from '../../src/graph/index.ts';
import { arange, nn, random, type Tensor, treeLeaves, valueAndGrad } from '../../src/index.ts';

beforeAll(() => {
  useEngine('reference');
});

/** One step of Adam on a perceptron's cross-entropy: the loss, then the new parameters and state. */
function trainingStep(): { graph: Graph; inputs: Tensor[] } {
  const optimizer = nn.adam({ learningRate: 1e-3 });
  const model = nn.initMlp(random.key(1), [5, 7, 4]);
  const images = random.normal(random.key(2), [4, 5]);
  const inputs = [images, ...treeLeaves(model)];
  const { graph } = trace(([x, b1, w1, b2, w2]) => {
    const layers = [
      { bias: b1, weight: w1 },
      { bias: b2, weight: w2 },
    ];
    const loss = (params: nn.Dense[]) => nn.crossEntropy(nn.mlp(params, x), arange(4));
    const [value, gradients] = valueAndGrad(loss)(layers);
    const [next, state] = optimizer.update(layers, gradients, optimizer.init(layers));
    return [value, ...treeLeaves(next), ...treeLeaves(state)];
  }, inputs);
  return { graph, inputs };
}

test('a training step as C gives what the reference engine gives', () => {
  const { graph, inputs } = trainingStep();
  const expected = reference.compile(graph)(inputs);
  const actual = native.compile(graph)(inputs);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  actual.forEach(({ data }, i) => {
    data.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[i].data[j], 5);
    });
  });
});
