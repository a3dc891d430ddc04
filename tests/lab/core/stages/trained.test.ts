// Models that learn side by side: what each becomes does not depend on the others, nor on where a run was cut short.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mean,
  nn,
  random,
  square,
  stack,
  sub,
  type Tensor,
  type Tree,
  take,
  tensor,
  treeLeaves,
  useEngine,
  vmap,
} from '../../../../src/index.ts';
import type { TrainedModel } from '../../../../src/lab/core/stages/codec.ts';
import { apart, together, trainOfMany } from '../../../../src/lab/core/stages/trained.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { gradientOf } from '../../../../src/lab/core/training/learner.ts';
import { decodeSafetensors, encodeSafetensors, FormatError } from '../../../../src/store/index.ts';
import { long, runs } from '../../../helpers/long.ts';
import { Cut, type Kept, nothing, runThrough } from './run-through.ts';

useEngine('reference');

type Model = { readonly x: Tensor };

/** Each item's model learns a number of its own from noisy examples of it. */
const learn = (some: readonly number[]) =>
  trainOfMany<number, Model, Tensor>({
    name: 'fit',
    items: some,
    inputs: (item) => ({ item }),
    like: { x: tensor([0, 0], 'f32') },
    training(missing) {
      const examples = stack(
        missing.map((item) => sub(random.normal(random.key(`examples of ${item}`), [6]), item)),
      );
      return {
        start: { x: startOf(missing) },
        gradient: gradientOf(({ x }: Model, batch: Tensor) => mean(square(sub(x, mean(batch))))),
        optimizer: nn.adam({ learningRate: 0.1 }),
        measure: ({ x }) => ({ first: (x.toArray() as number[][]).map(([first]) => first) }),
        keys: random.keys(missing.map((item) => `order of ${item}`)),
        ...{ examples: 6, epochs: 2, batch: 2 },
        draw: (indices) => vmap((all: Tensor, own: Tensor) => take(all, own))(examples, indices),
      };
    },
  });
const startOf = (some: readonly number[]): Tensor =>
  stack(some.map((item) => random.normal(random.key(`start of ${item}`), [2])));

const bits = (tree: Tree): number[][] => treeLeaves(tree).map(({ data }) => [...data]);
const told = (models: readonly { readonly key: string; readonly value: TrainedModel<Model> }[]) =>
  models.map(({ key, value: { params, curves } }) => ({ key, params: bits(params), curves }));

test('trees are laid together and taken apart to the bit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(1000), (n, seed) => {
      const trees = Array.from({ length: n }, (_, i) => ({
        a: [random.normal(random.key(`${seed} ${i}`), [2, 3])],
        b: random.bits(random.key(`${seed} ${i}`), []),
      }));
      const all = together(trees);
      expect(all.a[0].shape).toEqual([n, 2, 3]);
      trees.forEach((tree, i) => {
        expect(bits(apart(all, i))).toEqual(bits(tree));
        expect(apart(all, i).b.shape).toEqual([]);
      });
    }),
    { numRuns: runs(50) },
  );
});

describe('models that learn side by side', () => {
  test('become what each becomes alone', async () => {
    const all = told(await runThrough(learn([3, 1, 2])));
    for (const [i, item] of [3, 1, 2].entries())
      expect(told(await runThrough(learn([item])))).toEqual([all[i]]);
    expect(new Set(all.map(({ params }) => String(params))).size).toBe(3);
  });

  test('are kept each by itself, with curves, and come back to the bit', async () => {
    const kept = nothing();
    const all = told(await runThrough(learn([3, 1]), kept));
    expect(kept.artefacts.size).toBe(2);
    expect(all[0].curves).toEqual({
      loss: [expect.any(Number), expect.any(Number)],
      first: all[0].curves.first,
    });
    const steps: LabEvent[] = [];
    expect(told(await runThrough(learn([1, 3]), kept, (event) => steps.push(event)))).toEqual(
      all.toReversed(),
    );
    expect(steps.map(({ kind }) => kind)).toEqual(['stage']);
    expect(told(await runThrough(learn([3, 2, 1]), kept))).toEqual(told(await runThrough(learn([3, 2, 1]))));
  });

  test('end with the same bits wherever the run was cut short', async () => {
    const whole = told(await runThrough(learn([3, 1])));
    const count: LabEvent[] = [];
    await runThrough(learn([3, 1]), nothing(), (event) => count.push(event));
    for (let cut = 0; cut < count.length; cut += long ? 1 : 4) {
      const kept: Kept = nothing();
      let seen = 0;
      await expect(
        runThrough(learn([3, 1]), kept, () => {
          if (seen++ === cut) throw new Cut();
        }),
      ).rejects.toThrow(Cut);
      expect(told(await runThrough(learn([3, 1]), kept))).toEqual(whole);
    }
  });

  test('do not go on from what others had reached', async () => {
    const kept = nothing();
    const cut = (event: LabEvent): void => {
      if (event.kind === 'reached' && event.step === 3) throw new Cut();
    };
    await expect(runThrough(learn([3, 1]), kept, cut)).rejects.toThrow(Cut);
    expect(told(await runThrough(learn([1, 2]), kept))).toEqual(told(await runThrough(learn([1, 2]))));
  });
});

test.each<[string, Record<string, string>]>([
  ['lacks its curves', {}],
  ['is not whole JSON', { curves: '{"loss":[1' }],
  ['lacks its curves', { curves: '{"loss":["1"]}' }],
])('a model whose file %s is refused by name: %j', async (reason, metadata) => {
  const kept = nothing();
  await runThrough(learn([3]), kept);
  for (const [name, bytes] of kept.artefacts)
    kept.artefacts.set(name, encodeSafetensors(decodeSafetensors(bytes, name).tensors, metadata));
  const again = runThrough(learn([3]), kept);
  await expect(again).rejects.toThrow(FormatError);
  await expect(again).rejects.toThrow(new RegExp(`^fit-[0-9a-f]{8}: it ${reason}; delete it`));
});
