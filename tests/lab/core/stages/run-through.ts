// Drives what runs to its end, as a command would, with everything that it keeps in memory.
import { copy, treeMap } from '../../../../src/index.ts';
import type { Snapshot } from '../../../../src/lab/core/runs/checkpoints.ts';
import type { ArtefactName, LabEvent, Running } from '../../../../src/lab/core/training/events.ts';

/** What a run leaves behind, by stage and key, and by phase. */
export interface Kept {
  readonly artefacts: Map<string, Uint8Array>;
  readonly snapshots: Map<string, Snapshot>;
}

export const nothing = (): Kept => ({ artefacts: new Map(), snapshots: new Map() });

const nameOf = ({ stage, key, extension }: ArtefactName): string => `${stage} ${key}.${extension}`;

/** Thrown where a run is to end before its time. */
export class Cut extends Error {}

/** What `events` come to, given what is `kept`, to which it adds; `look` sees each event once it is kept. */
export async function runThrough<R>(
  events: Running<R>,
  kept: Kept = nothing(),
  look: (event: LabEvent) => void = () => {},
): Promise<R> {
  let next = await events.next();
  while (!next.done) {
    const event = next.value;
    if (event.kind === 'made')
      for (const output of event.outputs) kept.artefacts.set(nameOf(output), output.encode());
    if (event.kind === 'reached') {
      const { tensors, progress } = event.snapshot();
      kept.snapshots.set(event.phase, { tensors: treeMap(copy, tensors), progress });
    }
    look(event);
    if (event.kind === 'begin') next = await events.next({ snapshot: kept.snapshots.get(event.phase) });
    else if (event.kind === 'stage')
      next = await events.next({ artefacts: event.names.map((name) => kept.artefacts.get(nameOf(name))) });
    else next = await events.next();
  }
  return next.value;
}
