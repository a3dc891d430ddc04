// What is measured of steps and epochs, and that it survives a run that was cut short.
import { expect, test } from 'vitest';
import {
  copy,
  mean,
  nn,
  random,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  treeMap,
  useEngine,
} from '../../../../src/index.ts';
import type { Snapshot } from '../../../../src/lab/core/runs/checkpoints.ts';
import { gradientOf } from '../../../../src/lab/core/training/learner.ts';
import { train } from '../../../../src/lab/core/training/train.ts';

useEngine('reference');

type Params = { x: Tensor };
type Batch = { wanted: Tensor };

const wanted = tensor([1, 2, 3, 4], 'f32');
const begin = () =>
  train<Params, Batch>({
    phase: 'fit',
    learners: {
      one: {
        start: { x: tensor([0, 10], 'f32') },
        gradient: gradientOf(({ x }: Params, batch: Batch) => mean(square(sub(x, batch.wanted)))),
        optimizer: nn.sgd({ learningRate: 0.1 }),
        ofStep: (before, after) => ({ moved: sub(after.x, before.x), reached: after.x }),
        measure: ({ x }) => ({ accuracy: Array.from(x.data, () => 0) }),
        observe: ({ x }) => ({ twice: Array.from(x.data, (value) => 2 * value) }),
      },
    },
    keys: random.keys([0, 1]),
    examples: 4,
    epochs: 3,
    batch: 2,
    draw: (indices) => ({ wanted: take(wanted, indices) }),
  });

/** What a checkpoint would hold: the next step writes over the tensors. */
const kept = ({ tensors, ...rest }: Snapshot): Snapshot => ({ tensors: treeMap(copy, tensors), ...rest });

/** The trained learner, going on from `saved`; `at` is given the state after every step. */
async function finish(saved?: Snapshot, at: (step: number, snapshot: Snapshot) => void = () => {}) {
  const events = begin();
  await events.next();
  for (let next = await events.next(saved && { snapshot: saved }); ; next = await events.next()) {
    if (next.done) return next.value.one;
    if (next.value.kind === 'reached') at(next.value.step, next.value.snapshot());
  }
}

test('a step is measured from before to after it, an epoch by what it reached, and a resumed run has the same curves', async () => {
  const snapshots: Snapshot[] = [];
  const { params, curves } = await finish(undefined, (_, snapshot) => snapshots.push(kept(snapshot)));
  [0, 1].forEach((seed) => {
    expect(curves.moved[seed]).toHaveLength(6);
    expect(curves.twice[seed]).toHaveLength(3);
    const way = curves.moved[seed].reduce((total, step) => total + step, seed * 10);
    expect(way).toBeCloseTo(params.x.data[seed], 5);
    expect(curves.reached[seed][5]).toBe(params.x.data[seed]);
    expect(curves.twice[seed]).toEqual([1, 3, 5].map((i) => 2 * curves.reached[seed][i]));
  });
  for (const snapshot of snapshots) expect((await finish(snapshot)).curves).toEqual(curves);
});
