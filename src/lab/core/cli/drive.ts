// Drives a run from event to event: what it reaches is kept, told and logged, and what is there already it is given.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Engine, Tree } from '../../../index.ts';
import type { Checkpoint, RunState, Snapshot } from '../runs/checkpoints.ts';
import type { RunFolder } from '../runs/folder.ts';
import type { Lock } from '../runs/lock.ts';
import type { Row, Stages } from '../runs/result.ts';
import type { Artefacts } from '../stages/artefacts.ts';
import { DivergedError } from '../training/diverged.ts';
import type { ArtefactName, BeginEvent, LabEvent, ReachedEvent, Reply, Running } from '../training/events.ts';
import { InterruptedError, letSignalsIn } from './interrupt.ts';
import { shortPath } from './paths.ts';
import { type Reporter, trainingText } from './reporter.ts';

/** What a phase's checkpoints are kept under: a run may go through several of one name. */
function placeIn({ phase, of }: BeginEvent | ReachedEvent): string {
  if (of === undefined) return phase;
  return `${phase}-${createHash('sha256').update(of).digest('hex').slice(0, 16)}`;
}

/** What a run's own place behind a stage is kept under. */
const placeOf = ({ stage, key }: ArtefactName): string => `${stage}-${key}`;

/** Milliseconds from one look at what another run makes to the next. */
const patience = 300;

interface Driving {
  readonly folder: RunFolder;
  /** Where outputs of stages are kept. */
  readonly artefacts: Artefacts;
  readonly engine: Engine;
  readonly reporter: Reporter;
  readonly every: number;
  readonly signal: AbortSignal;
  /** Whether examples of the data are told. */
  readonly show: boolean;
  /** Writes a model to `path` at an epoch's end, where the run keeps its models. */
  readonly saveModel?: (path: string, name: string, epoch: number, params: Tree) => void;
}

/** Runs an experiment to its end, reporting, logging and keeping what it reaches. */
export async function drive(
  events: Running<Row[]>,
  { folder, artefacts, engine, reporter, every, signal, show, saveModel }: Driving,
): Promise<{ rows: Row[]; wallSeconds: number; stages: Stages }> {
  const { checkpoints } = folder;
  const started = performance.now();
  let before = 0; // seconds that the run took until it was resumed
  const saved = new Map<string, number>(); // paths of models, and their epochs
  const taken = new Map<string, number>(); // by stage, how many of its outputs were there already
  const claims = new Map<string, Lock>(); // outputs that this run is making
  const stages: Record<string, Stages[string]> = {};
  const elapsed = (): number => before + (performance.now() - started) / 1000;

  const state = (): RunState => ({
    engine: engine.name,
    metricsBytes: folder.syncMetrics(),
    seconds: elapsed(),
  });

  /** What this run had kept under `name`, behind which it goes on. */
  function reached(name: string): Checkpoint | undefined {
    const found = checkpoints.load(name);
    if (found) {
      before = found.state.seconds;
      folder.skipMetrics(found.state.metricsBytes);
    }
    return found;
  }

  function begin(event: BeginEvent): Snapshot | undefined {
    const found = reached(placeIn(event));
    if (!found) return undefined;
    const { state, snapshot } = found;
    const from =
      state.engine === engine.name ? '' : ` (so far on ${state.engine}, from here on ${engine.name})`;
    reporter.line(`resuming ${event.phase}${from}`);
    return snapshot;
  }

  function keep(event: ReachedEvent): void {
    checkpoints.save(placeIn(event), event.snapshot(), state());
  }

  function count({ stage }: ArtefactName, how: 'made' | 'taken'): void {
    const { [stage]: before = { made: 0, taken: 0 } } = stages;
    stages[stage] = { ...before, [how]: before[how] + 1 };
  }

  /** An output that is there: by this run before it was resumed, or by another. */
  function found(name: ArtefactName): Uint8Array | undefined {
    const bytes = artefacts.load(name);
    if (!bytes) return undefined;
    const own = reached(placeOf(name)) !== undefined;
    count(name, own ? 'made' : 'taken');
    if (!own) taken.set(name.stage, (taken.get(name.stage) ?? 0) + 1);
    return bytes;
  }

  /**
   * The output of a stage, where it is kept. One that another run is making is waited for, unless this one has begun
   * to make some itself: who waits has claimed nothing, so that no two wait for each other.
   */
  async function kept(name: ArtefactName): Promise<Uint8Array | undefined> {
    for (let told = false; ; told = true) {
      const there = artefacts.has(name);
      const bytes = found(name);
      if (bytes) return bytes;
      const claim = artefacts.claim(name);
      if (claim) {
        const since = there ? undefined : found(name); // made between the look and the claim
        if (since) claim.release();
        else claims.set(placeOf(name), claim);
        return since;
      }
      if (claims.size > 0) return undefined;
      if (!told) reporter.line(`${name.stage}: another run is making it, which this one waits for`);
      await setTimeout(patience);
      interruptedAt(`waiting for ${name.stage}`);
    }
  }

  /** Throws, with the way to go on, where the person stopped the work. */
  function interruptedAt(where: string): void {
    if (signal.reason instanceof InterruptedError)
      signal.reason.message = `interrupted, ${where}; go on with --run ${shortPath(folder.directory)} --resume`;
    signal.throwIfAborted();
  }

  function tellTaken(): void {
    for (const [name, n] of taken)
      reporter.line(`${name}: ${n} taken from ${shortPath(artefacts.directory)}`);
    taken.clear();
  }

  async function reply(event: LabEvent): Promise<Reply | undefined> {
    if (event.kind === 'begin') return { snapshot: begin(event) };
    return event.kind === 'stage' ? { artefact: await kept(event) } : undefined;
  }

  function take(event: LabEvent): void {
    if (event.kind !== 'stage') tellTaken();
    switch (event.kind) {
      case 'examples':
        if (show)
          for (const line of [event.of, ...event.lines.map((each) => `  ${each}`)]) reporter.line(line);
        return;
      case 'begin':
      case 'stage':
        return;
      case 'made':
        artefacts.save(event, event.encode());
        claims.get(placeOf(event))?.release();
        claims.delete(placeOf(event));
        count(event, 'made');
        checkpoints.save(placeOf(event), { tensors: {}, progress: '' }, state());
        return;
      case 'progress':
        reporter.step({ ...event, text: '' });
        return;
      case 'step': {
        const { phase, epoch, step, values } = event;
        folder.metric({ phase, epoch, step, ...values });
        reporter.step({ ...event, text: trainingText(event, values) });
        return;
      }
      case 'epoch': {
        const { phase, epoch, step, values, params } = event;
        if (saveModel)
          for (const [name, model] of Object.entries(params)) {
            const write = (path: string) => saveModel(path, name, epoch, model);
            saved.set(folder.save(`${name}.safetensors`, write), epoch);
          }
        folder.metric({ phase, epoch, step, ...values });
        reporter.epoch({ ...event, text: trainingText(event, values) });
        return;
      }
      case 'reached':
        if (event.costly || event.step % every === 0 || event.step === event.steps) keep(event);
        return;
      default:
        event satisfies never;
    }
  }

  const modelsKept = (): string =>
    saved.size
      ? `kept: ${[...saved].map(([path, epoch]) => `${shortPath(path)} (epoch ${epoch})`).join(', ')}`
      : 'no epoch had ended, so no model was saved';
  try {
    let answer: Reply | undefined;
    for (;;) {
      const { value, done } = await events.next(answer);
      if (done) return { rows: value, wallSeconds: elapsed(), stages };
      answer = await reply(value);
      take(value);
      if (value.kind !== 'reached' && value.kind !== 'progress') continue;
      await letSignalsIn();
      if (!signal.aborted) continue;
      if (value.kind === 'reached') keep(value);
      interruptedAt(`${value.phase} at step ${value.step} of ${value.steps}`);
    }
  } catch (error) {
    if (error instanceof DivergedError) error.message += `; ${modelsKept()}`;
    throw error;
  } finally {
    for (const claim of claims.values()) claim.release();
    reporter.close();
  }
}
