// The stages that a run is made of: each has inputs and an output, which is made once for equal inputs.
import { hashConfig, type Json } from '../runs/result.ts';
import type { ArtefactName, Running } from '../training/events.ts';
import type { Codec } from './codec.ts';

/** An output, and the hash of all that it depends on: what later stages have among their inputs. */
export interface Made<T> {
  readonly key: string;
  readonly value: T;
}

/** All that an output depends on: settings, and the keys of other stages' outputs. */
export type Inputs = Readonly<Record<string, Json>>;

export interface StageOfMany<I, T> {
  /** What is made, as in 'base'. */
  readonly name: string;
  readonly items: readonly I[];
  readonly inputs: (item: I) => Inputs;
  readonly codec: Codec<T>;
  /** The outputs of those items that are not there yet, in their order. */
  make(missing: readonly I[]): Running<readonly T[]>;
}

/** The output of each item: as it is kept, or else made, side by side with the others that are missing. */
export async function* stageOfMany<I, T>(of: StageOfMany<I, T>): Running<Made<T>[]> {
  const { name, items, inputs, codec, make } = of;
  const names = items.map((item): ArtefactName => {
    const key = hashConfig({ stage: name, inputs: { ...inputs(item) } });
    return { stage: name, key, extension: codec.extension };
  });
  const values = new Map<number, T>();
  const kept = (yield { kind: 'stage', names })?.artefacts ?? [];
  for (const [i, bytes] of kept.entries())
    if (bytes) values.set(i, codec.decode(bytes, `${name}-${names[i].key.slice(0, 8)}`));
  const missing = items.map((_, i) => i).filter((i) => !values.has(i));
  if (missing.length > 0) {
    const made = yield* make(missing.map((i) => items[i]));
    for (const [j, i] of missing.entries()) values.set(i, made[j]);
    const outputs = missing.map((i, j) => ({ ...names[i], encode: () => codec.encode(made[j]) }));
    yield { kind: 'made', names, outputs };
  }
  return names.map(({ key }, i) => ({ key, value: values.get(i) as T }));
}
