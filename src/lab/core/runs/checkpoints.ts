// What a run has reached, on disk: for each phase the latest checkpoint and the one before it.
import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Tensor } from '../../../index.ts';
import { FormatError, readSafetensors, writeSafetensors } from '../../../store/index.ts';
import { addTensor } from './digest.ts';

const format = 'umbra/checkpoint@2';

/** What a phase had reached: enough to go on from there to the same bits. */
export interface Snapshot {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** JSON. */
  readonly progress: string;
}

/** What a run knows besides: the engines that computed so far, how far its metrics went, and how long it took. */
const runState = z.strictObject({
  engines: z.array(z.string()),
  metricsBytes: z.number(),
  seconds: z.number(),
});
export type RunState = z.infer<typeof runState>;

export interface Checkpoint {
  readonly snapshot: Snapshot;
  readonly state: RunState;
}

/** SHA-256 of all that a checkpoint holds, in hex: a bit that turned on disk is no good start. */
function digest({ tensors, progress }: Snapshot, state: string): string {
  const hash = createHash('sha256').update(JSON.stringify([progress, state]));
  for (const [name, tensor] of Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1)))
    addTensor(hash, name, tensor);
  return hash.digest('hex');
}

function read(path: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(path);
  const { progress, state } = metadata;
  if (metadata.format !== format) throw new FormatError(`${path}: not a checkpoint of this version`);
  const snapshot = { tensors, progress };
  if (metadata.sha256 !== digest(snapshot, state))
    throw new FormatError(`${path}: its content is damaged (the SHA-256 differs)`);
  return { snapshot, state: runState.parse(JSON.parse(state)) };
}

/** The checkpoints of one run, in a folder of their own. */
export class Checkpoints {
  /** `warn` is told, in a line, what could not be used. */
  constructor(
    readonly directory: string,
    readonly warn: (line: string) => void,
  ) {}

  #paths(phase: string): { latest: string; previous: string } {
    const name = phase.replace(/[^\w.=,-]+/g, '_');
    const at = (suffix: string): string => join(this.directory, `${name}${suffix}.safetensors`);
    return { latest: at(''), previous: at('.previous') };
  }

  /** Keeps `snapshot` as the latest of `phase`, and the one that was the latest as the previous. */
  save(phase: string, snapshot: Snapshot, state: RunState): void {
    const { latest, previous } = this.#paths(phase);
    if (existsSync(latest)) renameSync(latest, previous);
    const text = JSON.stringify(state);
    const sha256 = digest(snapshot, text);
    writeSafetensors(latest, snapshot.tensors, {
      format,
      phase,
      progress: snapshot.progress,
      state: text,
      sha256,
    });
  }

  /** The latest checkpoint of `phase` that is whole, if there is one. */
  load(phase: string): Checkpoint | undefined {
    const { latest, previous } = this.#paths(phase);
    for (const path of [latest, previous]) {
      if (!existsSync(path)) continue;
      try {
        return read(path);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        const next =
          path === latest && existsSync(previous) ? 'the one before it is used' : `${phase} begins afresh`;
        this.warn(`${error.message.split(';')[0]}; ${next}`);
      }
    }
    return undefined;
  }

  /** Removes them all: the run is done. */
  clear(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
