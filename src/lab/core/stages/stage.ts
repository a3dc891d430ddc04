// The stages that a run is made of: each has inputs and an output, which is made once for equal inputs.
import { hashConfig, type Json } from '../runs/result.ts';
import type { Running } from '../training/events.ts';
import type { Codec } from './codec.ts';

/** An output, and the hash of all that it depends on: what later stages have among their inputs. */
export interface Made<T> {
  readonly key: string;
  readonly value: T;
}

export interface Stage<T> {
  /** What is made, as in 'base'. Its phases are told under names of their own. */
  readonly name: string;
  /** All that the output depends on: settings, and the keys of other stages' outputs. */
  readonly inputs: Readonly<Record<string, Json>>;
  readonly codec: Codec<T>;
  make(): Running<T>;
}

/** The output of a stage: as it is kept, or else made. */
export async function* stage<T>({ name, inputs, codec, make }: Stage<T>): Running<Made<T>> {
  const key = hashConfig({ stage: name, inputs });
  const artefact = { stage: name, key, extension: codec.extension };
  const reply = yield { kind: 'stage', ...artefact };
  if (reply?.artefact) return { key, value: codec.decode(reply.artefact, `${name}-${key.slice(0, 8)}`) };
  const value = yield* make();
  yield { kind: 'made', ...artefact, encode: () => codec.encode(value) };
  return { key, value };
}
