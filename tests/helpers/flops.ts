// Counts what a run's training cost, from its events: the steps taken, and the shapes of the models trained.

import type { LabEvent } from '../../src/lab/core/training/events.ts';
import type { Model } from '../../src/lab/digits/distillation/model.ts';

/** FLOPs of all seeds for one example each; `patches` are those of the convolutional layers, in their order. */
function perExample(model: Model, patches: readonly number[]): number {
  const { convs, layers } = 'convs' in model ? model : { convs: [], layers: model };
  const products = [
    ...convs.map(({ weight }, i) => 2 * weight.size * patches[i]),
    ...layers.map(({ weight }) => 2 * weight.size),
  ];
  return 3 * products.reduce((sum, product) => sum + product) - products[0];
}

/** `look` at every event, then ask for the `total`; every batch has `batch` examples, and a step so many gradients. */
export function flopCounter(batch: number, patches: readonly number[] = []) {
  const phases = new Map<string, number>();
  return {
    look(event: LabEvent): void {
      if (event.kind !== 'epoch') return;
      const models = Object.values(event.params).map((model) => perExample(model as Model, patches));
      phases.set(event.phase, event.step * batch * models.reduce((sum, each) => sum + each));
    },
    total: (gradients: (phase: string) => number = () => 1): number =>
      [...phases].reduce((sum, [phase, flops]) => sum + gradients(phase) * flops, 0),
  };
}
