// The training loop: one model's loss, mapped over seeds, stepped by Adam, told as a stream of events.
import {
  copy,
  jit,
  type nn,
  random,
  slice,
  type Tensor,
  type Tree,
  tensor,
  treeLeaves,
  treeMap,
  valueAndGrad,
  vmap,
} from '../../index.ts';

/** Where in its training a phase is. */
interface Position {
  readonly phase: string;
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this phase, from 1, and how many there will be. */
  readonly step: number;
  readonly steps: number;
}

/** One step was done: its loss for every seed, and the very batch that it was given. */
export interface StepEvent<B extends Tree> extends Position {
  readonly kind: 'step';
  /** The loss before the step's update, one number a seed. */
  readonly loss: readonly number[];
  readonly batch: B;
}

/** An epoch ended; `params` are those after its last step. */
export interface EpochEvent<P extends Tree> extends Position {
  readonly kind: 'epoch';
  /** Mean loss over the epoch's examples, one number a seed. */
  readonly loss: readonly number[];
  /** Share of the test digits that are read right, one number a seed. */
  readonly accuracy: readonly number[];
  readonly params: P;
}

export type TrainingEvent<P extends Tree = Tree, B extends Tree = Tree> = StepEvent<B> | EpochEvent<P>;

/** Training left the numbers; the message says whose, where, and the way out. */
export class DivergedError extends Error {
  override name = 'DivergedError';
  constructor(what: string, value: number, step: number, epoch: number) {
    super(`${what} became ${value} at step ${step} (epoch ${epoch}); try a smaller --learning-rate`);
  }
}

export interface TrainOptions<P extends Tree, B extends Tree> {
  /** What is being trained, as people read it. */
  readonly phase: string;
  /** Where each seed's model starts; every leaf has the seeds first. */
  readonly start: P;
  /** A key a seed, i32 [seeds, 2], for the order of the examples. */
  readonly keys: Tensor;
  readonly examples: number;
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: nn.Optimizer<nn.AdamState>;
  /** One model's loss on one batch. */
  readonly loss: (params: P, batch: B) => Tensor;
  /** The examples at `indices`, i32 [seeds, batch], as a batch with the seeds first. */
  readonly draw: (indices: Tensor) => B;
  /** Accuracy of every seed's model. */
  readonly evaluate: (params: P) => number[];
}

/** Trains every seed's model, yielding after each step and epoch; gives the trained parameters. */
export function* train<P extends Tree, B extends Tree>(
  options: TrainOptions<P, B>,
): Generator<TrainingEvent<P, B>, P> {
  const { phase, keys, examples, epochs, batch: size, optimizer, loss, draw, evaluate } = options;
  const gradient = valueAndGrad(loss);
  const update = jit(
    vmap((params: P, state: nn.AdamState, batch: B): [Tensor, P, nn.AdamState] => {
      const [value, gradients] = gradient(params, batch);
      return [value, ...optimizer.update(params, gradients, state)];
    }),
    { donate: [0, 1] },
  );
  const shuffle = jit(
    vmap((key: Tensor, epoch: Tensor) => random.permutation(random.foldIn(key, epoch), examples), [0, null]),
  );
  const seeds = keys.shape[0];
  const perEpoch = Math.ceil(examples / size);
  const at = (epoch: number, step: number) => ({ phase, epoch, epochs, step, steps: perEpoch * epochs });
  let params = options.start;
  let state = vmap((p: P) => optimizer.init(p))(params);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    params = treeMap(copy, params); // the steps write over theirs; what others were given stays as it is
    const order = shuffle(keys, tensor(epoch, 'i32'));
    const total = new Array<number>(seeds).fill(0);
    for (let i = 0; i < perEpoch; i++) {
      const indices = slice(order, ':', `${i * size}:${Math.min((i + 1) * size, examples)}`);
      const batch = draw(indices);
      const [values, nextParams, nextState] = update(params, state, batch);
      const losses = Array.from(values.data);
      const step = (epoch - 1) * perEpoch + i + 1;
      losses.forEach((value, seed) => {
        if (!Number.isFinite(value)) throw new DivergedError(`the ${phase}'s loss`, value, step, epoch);
        total[seed] += (value * indices.shape[1]) / examples;
      });
      [params, state] = [nextParams, nextState];
      yield { kind: 'step', ...at(epoch, step), loss: losses, batch };
    }
    // The last step's loss was that before its update: only finite weights are worth keeping.
    for (const { data } of treeLeaves(params)) {
      const bad = data.find((value) => !Number.isFinite(value));
      if (bad !== undefined) throw new DivergedError(`the ${phase}'s weights`, bad, epoch * perEpoch, epoch);
    }
    const accuracy = evaluate(params);
    yield { kind: 'epoch', ...at(epoch, epoch * perEpoch), loss: total, accuracy, params };
  }
  return params;
}
