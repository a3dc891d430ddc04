// The training loop: models that learn side by side from the same batches, one of each a seed, told as a
// stream of events. It touches no file: who drives it answers `begin` with what an earlier run had reached.
import { z } from 'zod';
import {
  copy,
  jit,
  random,
  slice,
  type Tensor,
  type Tree,
  tensor,
  treeLeaves,
  treeMap,
  vmap,
} from '../../../index.ts';
import type { Snapshot } from '../runs/checkpoints.ts';
import { DivergedError } from './diverged.ts';
import type { Each, EpochEvent, Reply, TrainingEvent } from './events.ts';
import { type Learner, stepOf, type Trained } from './learner.ts';
import { fromNamed, named } from './named.ts';

export interface TrainOptions<P extends Tree, B extends Tree> {
  /** What this phase is called, in its run alone. */
  readonly phase: string;
  /** What it trains, where that is not the same each time: what an earlier run had reached counts for its own alone. */
  readonly of?: string;
  readonly learners: Each<Learner<P, B>>;
  /** A key a seed, i32 [seeds, 2], for the order of the examples. */
  readonly keys: Tensor;
  readonly examples: number;
  readonly epochs: number;
  readonly batch: number;
  /** The examples at `indices`, i32 [seeds, batch], as a batch with the seeds first. */
  readonly draw: (indices: Tensor) => B;
  /** Epochs from one measurement to the next; the last epoch always has one. */
  readonly measureEvery?: number;
}

const curve = z.array(z.array(z.number()));
const progressSchema = z.strictObject({
  of: z.string().optional(),
  step: z.number().int().min(0),
  /** Loss so far in this epoch. */
  totals: z.record(z.string(), z.array(z.number())),
  /** By learner and name, a list a point. */
  curves: z.record(z.string(), z.record(z.string(), curve)),
});
type Progress = z.infer<typeof progressSchema>;

const mapEach = <T, R>(each: Each<T>, f: (value: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(each).map(([name, value]) => [name, f(value, name)]));

/** Lists by point and seed as lists by seed and point. */
const bySeed = (points: readonly (readonly number[])[], seeds: number): number[][] =>
  Array.from({ length: seeds }, (_, seed) => points.map((point) => point[seed]));

/** Trains every seed's models, yielding before and after, and after each step and epoch. */
export async function* train<P extends Tree, B extends Tree>(
  options: TrainOptions<P, B>,
): AsyncGenerator<TrainingEvent<P, B>, Each<Trained<P>>, Reply | undefined> {
  const { phase, of, learners, keys, examples, epochs, batch: size, draw, measureEvery = 1 } = options;
  // a program each: what a learner computes must not depend, to the bit, on who learns beside it
  const updates = mapEach(learners, (learner) =>
    jit(vmap(stepOf(learner), [0, 0, 0, 0, null]), { donate: [0, 1] }),
  );
  const shuffle = jit(
    vmap((key: Tensor, epoch: Tensor) => random.permutation(random.foldIn(key, epoch), examples), [0, null]),
  );
  const contexts = mapEach(learners, ({ context = {} }): Tree => context);
  const seeds = keys.shape[0];
  const perEpoch = Math.ceil(examples / size);
  const steps = perEpoch * epochs;
  const at = (step: number) => ({ phase, epoch: Math.ceil(step / perEpoch), epochs, step, steps });
  const zeros = (): Record<string, number[]> => mapEach(learners, () => new Array<number>(seeds).fill(0));

  let params: Each<P> = mapEach(learners, ({ start }) => start);
  let states: Each<Tree> = mapEach(learners, ({ start, optimizer }) =>
    vmap((p: P) => optimizer.init(p))(start),
  );
  let done: Progress = { of, step: 0, totals: zeros(), curves: mapEach(learners, () => ({})) };
  const finished = (): Each<Trained<P>> =>
    mapEach(learners, (_, name) => ({
      params: params[name],
      curves: mapEach(done.curves[name], (points) => bySeed(points, seeds)),
    }));
  const snapshot = (): Snapshot => ({
    tensors: Object.fromEntries([
      ...named('params', params),
      ...(done.step < steps ? named('states', states) : []), // nobody goes on from the end
    ]),
    progress: JSON.stringify(done),
  });

  function* endEpoch(epoch: number): Generator<EpochEvent<P>> {
    // The last step's loss was that before its update: only finite weights are worth keeping.
    for (const [name, model] of Object.entries(params))
      for (const { data } of treeLeaves(model)) {
        const bad = data.find((value) => !Number.isFinite(value));
        if (bad !== undefined) throw new DivergedError(`the ${name}'s weights`, bad, done.step, epoch);
      }
    for (const [name, loss] of Object.entries(done.totals)) push(done, name, 'loss', loss);
    if (epoch % measureEvery !== 0 && epoch !== epochs) return;
    const measured = mapEach(learners, (learner, name) => learner.measure?.(params[name]) ?? {});
    for (const [name, learner] of Object.entries(learners))
      for (const [what, values] of Object.entries({ ...measured[name], ...learner.observe?.(params[name]) }))
        push(done, name, what, values);
    const values = mapEach(measured, (each, name) => ({ loss: done.totals[name], ...each }));
    yield { kind: 'epoch', ...at(done.step), values, params };
  }

  const saved = (yield { kind: 'begin', phase, of })?.snapshot;
  const progress = saved && progressSchema.parse(JSON.parse(saved.progress));
  if (saved && progress && progress.of === of) {
    done = progress;
    params = fromNamed(saved.tensors, 'params', params);
    if (done.step === steps) return finished();
    states = fromNamed(saved.tensors, 'states', states);
  }
  let order: Tensor | undefined;
  while (done.step < steps) {
    const i = done.step % perEpoch;
    const step = done.step + 1;
    const { epoch } = at(step);
    if (i === 0 || !order) order = shuffle(keys, tensor(epoch, 'i32'));
    if (i === 0) {
      params = treeMap(copy, params); // the steps write over theirs; what others were given stays as it is
      done.totals = zeros();
    }
    const indices = slice(order, ':', `${i * size}:${Math.min((i + 1) * size, examples)}`);
    const batch = draw(indices);
    const stepped = mapEach(updates, (update, name) =>
      update(params[name], states[name], batch, contexts[name], tensor(step, 'i32')),
    );
    const values = mapEach(stepped, ({ values: measured }): { loss: number[] } & Record<string, number[]> => {
      const { loss, ...measures } = mapEach(measured, (value) => Array.from(value.data));
      return { ...measures, loss };
    });
    for (const [name, { loss, ...measures }] of Object.entries(values)) {
      loss.forEach((value, seed) => {
        if (!Number.isFinite(value)) throw new DivergedError(`the ${name}'s loss`, value, step, epoch);
        done.totals[name][seed] += (value * indices.shape[1]) / examples;
      });
      for (const [measure, value] of Object.entries<number[]>(measures)) push(done, name, measure, value);
    }
    params = mapEach(stepped, ({ next }) => next);
    states = mapEach(stepped, ({ state }) => state);
    done.step = step;
    yield { kind: 'step', ...at(step), values, batch };
    if (i === perEpoch - 1) yield* endEpoch(epoch);
    yield { kind: 'reached', of, ...at(step), snapshot };
  }
  return finished();
}

function push({ curves }: Progress, learner: string, name: string, point: readonly number[]): void {
  curves[learner][name] ??= [];
  curves[learner][name].push([...point]);
}
