// The training step of the paper's perceptron, as tests trace it.
import { nn, random, slice, valueAndGrad } from '../../src/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';

const optimizer = nn.adam({ learningRate: 3e-4 });

/** (model, state, images, labels) → loss, model, state: cross-entropy on ten of the logits, and Adam. */
export function trainingStep(model: nn.Dense[], state: nn.AdamState, x: Tensor, y: Tensor) {
  const loss = (layers: nn.Dense[]): Tensor => nn.crossEntropy(slice(nn.mlp(layers, x), '...', ':10'), y);
  const [value, gradients] = valueAndGrad(loss)(model);
  const [next, after] = optimizer.update(model, gradients, state);
  return { value, next, after };
}

/** Arguments of the step for a perceptron through `sizes` on `batch` images. */
export function trainingArguments(sizes: readonly number[], batch: number) {
  const model = nn.initMlp(random.key(1), sizes);
  const images = random.uniform(random.key(2), [batch, sizes[0]], -1, 1);
  const labels = random.randint(random.key(3), [batch], 0, 10);
  return [model, optimizer.init(model), images, labels] as const;
}
