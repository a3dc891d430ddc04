import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { native } from '../../src/engines/native/index.ts';
import { reference } from '../../src/engines/reference/index.ts';
import { type Graph, prims, trace } from '../../src/graph/index.ts';
import {
  add,
  arange,
  concat,
  full,
  neg,
  nn,
  random,
  type Tensor,
  tensor,
  transpose,
  treeLeaves,
  valueAndGrad,
} from '../../src/index.ts';

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

const compiler = spawnSync('cc', ['--version']);

describe.runIf(compiler.status === 0)('A graph as C gives what the reference engine gives', () => {
  test('for a training step', () => {
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

  test('for parts joined from what an earlier kernel has stored', () => {
    const x = tensor([
      [4, -1, -1],
      [4, 0, -8],
    ]);
    const { graph } = trace(([a]) => [transpose(a), concat([transpose(a), transpose(a)])], [x]);
    const [, joined] = native.compile(graph)([x]);
    expect(joined.toArray()).toEqual(reference.compile(graph)([x])[1].toArray());
  });

  test.each(['i32', 'f32', 'f64'] as const)('for the negative of a negative %s constant', (dtype) => {
    const x = tensor([1, 2], dtype);
    const { graph } = trace(([a]) => [add(a, neg(full([2], -3, dtype)))], [x]);
    expect(native.compile(graph)([x])[0].toArray()).toEqual([4, 5]);
  });
});

test.runIf(compiler.status === 0)('A sum over what is read backwards is right', () => {
  const x = tensor(Array.from({ length: 31 }, (_, i) => [i, 100 * i]));
  const { graph } = trace(([a]) => [prims.sum(prims.flip(a, [1]), [0, 1])], [x]);
  expect(native.compile(graph)([x])[0].item()).toBe(101 * 465);
});
