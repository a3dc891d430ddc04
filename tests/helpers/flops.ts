// Counts what a run's training cost, from its events: the steps taken, and the models trained.
import { nn, slice, square, sum, type Tensor, treeLeaves, treeMap, zeros } from '../../src/index.ts';
import type { LabEvent } from '../../src/lab/core/training/events.ts';
import { stepFlops } from '../../src/lab/core/training/flops.ts';
import { gradientOf } from '../../src/lab/core/training/learner.ts';
import { pixels } from '../../src/lab/digits/data/images.ts';
import { logits, type Model } from '../../src/lab/digits/distillation/model.ts';

/** FLOPs of a step of all seeds' models, by Adam on some loss of all logits. */
function perStep(models: Model, batch: number): number {
  const loss = gradientOf((model: Model, images: Tensor) => sum(square(logits(model, images))));
  const step = stepFlops({ gradient: loss, optimizer: nn.adam({ learningRate: 1 }) }, () => ({
    params: treeMap((leaf) => slice(leaf, 0), models),
    batch: zeros([batch, pixels]),
  }));
  return treeLeaves(models)[0].shape[0] * step;
}

/** `look` at every event, then ask for the `total`; every batch has `batch` examples, and a step so many gradients. */
export function flopCounter(batch: number) {
  const phases = new Map<string, number>();
  return {
    look(event: LabEvent): void {
      if (event.kind !== 'epoch') return;
      const models = Object.values(event.params).map((model) => perStep(model as Model, batch));
      phases.set(event.phase, event.step * models.reduce((sum, each) => sum + each));
    },
    total: (gradients: (phase: string) => number = () => 1): number =>
      [...phases].reduce((sum, [phase, flops]) => sum + gradients(phase) * flops, 0),
  };
}
