// Training as a stage: its output is the trained models, and how it went.
import { z } from 'zod';
import type { Tree } from '../../../index.ts';
import { decodeSafetensors, encodeSafetensors, FormatError } from '../../../store/index.ts';
import type { Json } from '../runs/result.ts';
import type { Each, Running } from '../training/events.ts';
import type { Trained } from '../training/learner.ts';
import { fromNamed, named } from '../training/named.ts';
import { type TrainOptions, train } from '../training/train.ts';
import type { Codec } from './codec.ts';
import { type Made, stage } from './stage.ts';

const curvesSchema = z.record(z.string(), z.record(z.string(), z.array(z.array(z.number()))));

/** Safetensors with the curves in the metadata, for models like `starts`. */
const codecOf = <P extends Tree>(starts: Each<P>): Codec<Each<Trained<P>>> => ({
  extension: 'safetensors',
  encode(trained) {
    const entries = Object.entries(trained);
    return encodeSafetensors(
      Object.fromEntries(entries.flatMap(([name, { params }]) => named(name, params))),
      { curves: JSON.stringify(Object.fromEntries(entries.map(([name, { curves }]) => [name, curves]))) },
    );
  },
  decode(bytes, source) {
    const { tensors, metadata } = decodeSafetensors(bytes, source);
    const curves = curvesSchema.safeParse(JSON.parse(metadata.curves ?? 'null'));
    if (!curves.success) throw new FormatError(`${source}: it lacks its curves; delete it to make it anew`);
    return Object.fromEntries(
      Object.entries(starts).map(([name, start]) => [
        name,
        { params: fromNamed(tensors, name, start), curves: curves.data[name] ?? {} },
      ]),
    );
  },
});

/** As `train`, once for equal `inputs`, which are to name all that the learners and their batches depend on. */
export const trainStage = <P extends Tree, B extends Tree>(
  inputs: Readonly<Record<string, Json>>,
  options: TrainOptions<P, B>,
): Running<Made<Each<Trained<P>>>> =>
  stage({
    name: options.phase,
    inputs,
    codec: codecOf(
      Object.fromEntries(Object.entries(options.learners).map(([name, { start }]) => [name, start])),
    ),
    make: () => train(options),
  });
