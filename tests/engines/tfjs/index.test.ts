// The TensorFlow.js engine on whole programs: against the reference engine, and where each part runs.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../src/engines/index.ts';
import { reference } from '../../../src/engines/reference/index.ts';
import { tfjs } from '../../../src/engines/tfjs/index.ts';
import { lower } from '../../../src/engines/tfjs/kernels.ts';
import { load } from '../../../src/engines/tfjs/load.ts';
import { type Graph, isRegion, prims, trace } from '../../../src/graph/index.ts';
import {
  add,
  astype,
  nn,
  random,
  sum,
  type Tensor,
  tensor,
  treeLeaves,
  valueAndGrad,
  vmap,
} from '../../../src/index.ts';

beforeAll(() => {
  useEngine('reference');
});

/** One step of Adam on perceptrons' cross-entropy, two side by side: losses, then parameters and state. */
function trainingStep(): { graph: Graph; inputs: Tensor[] } {
  const optimizer = nn.adam({ learningRate: 1e-3 });
  const models = vmap((key: Tensor) => nn.initMlp(key, [5, 7, 4]))(random.split(random.key(1), 2));
  const images = random.normal(random.key(2), [2, 6, 5]);
  const labels = tensor(
    [
      [0, 1, 2, 3, 3, 1],
      [2, 2, 0, 1, 0, 3],
    ],
    'i32',
  );
  const inputs = [images, labels, ...treeLeaves(models)];
  const step = vmap((x: Tensor, y: Tensor, model: nn.Dense[]): Tensor[] => {
    const [loss, gradients] = valueAndGrad((m: nn.Dense[]) => nn.crossEntropy(nn.mlp(m, x), y))(model);
    const updated = optimizer.update(model, gradients, optimizer.init(model));
    return [loss, ...treeLeaves(updated)];
  });
  const { graph } = trace(
    ([x, y, b1, w1, b2, w2]) =>
      step(x, y, [
        { bias: b1, weight: w1 },
        { bias: b2, weight: w2 },
      ]),
    inputs,
  );
  return { graph, inputs };
}

describe('A training step', () => {
  test('gives what the reference engine gives', () => {
    const { graph, inputs } = trainingStep();
    const expected = reference.compile(graph)(inputs);
    const executable = tfjs.compile(graph);
    for (const actual of [executable(inputs), executable(inputs)]) {
      expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      actual.forEach(({ data }, i) => {
        data.forEach((value, j) => {
          expect(value).toBeCloseTo(expected[i].data[j], 5);
        });
      });
    }
  });

  test('runs on TensorFlow.js, but for the whole numbers that say which logit is right', () => {
    const { graph } = trainingStep();
    const { tf } = load();
    const elsewhere = graph.nodes.filter((node) => !isRegion(node) && lower(node, tf).where === 'host');
    expect(elsewhere.map(({ op, dtype }) => `${op} ${dtype}`)).toEqual(['max i32', 'min i32', 'add i32']);
  });
});

test('f64 is f64, also in between', () => {
  const tiny = 2 ** -40;
  const { graph } = trace(
    ([x]) => {
      const wide = add(astype(x, 'f64'), tiny);
      return [wide, sum(wide)];
    },
    [tensor([1, 2], 'f32')],
  );
  const [wide, total] = tfjs.compile(graph)([tensor([1, 2], 'f32')]);
  expect(wide.toArray()).toEqual([1 + tiny, 2 + tiny]);
  expect(total.item()).toBe(3 + 2 * tiny);
});

test('a constant in any form is an output in full', () => {
  const x = tensor([1, 2, 3], 'f32');
  const { graph } = trace(
    ([y]) => {
      const ones = prims.broadcast(prims.full([], 1, 'f32'), [2, 3], []);
      const counts = prims.broadcast(prims.iota([2], 0, 'i32'), [2, 3], [0]);
      return [
        ones,
        prims.full([1, 1], 7, 'f32'),
        counts,
        counts,
        prims.add(prims.broadcast(y, [2, 3], [1]), ones),
        y,
      ];
    },
    [x],
  );
  const executable = tfjs.compile(graph);
  for (const outputs of [executable([x]), executable([x])])
    expect(outputs.map((output) => output.toArray())).toEqual([
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      [[7]],
      [
        [0, 0, 0],
        [1, 1, 1],
      ],
      [
        [0, 0, 0],
        [1, 1, 1],
      ],
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
      [1, 2, 3],
    ]);
});
