// Drives a run from event to event: what it reaches is kept, told and logged, and what is there already it is given.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Tree } from '../../../index.ts';
import type { Checkpoint, RunState, Snapshot } from '../runs/checkpoints.ts';
import type { RunFolder } from '../runs/folder.ts';
import type { Lock } from '../runs/lock.ts';
import type { Row, Stages } from '../runs/result.ts';
import type { Artefacts } from '../stages/artefacts.ts';
import { DivergedError } from '../training/diverged.ts';
import type {
  ArtefactName,
  BeginEvent,
  LabEvent,
  MadeEvent,
  ReachedEvent,
  Reply,
  Running,
} from '../training/events.ts';
import { InterruptedError, letSignalsIn } from './interrupt.ts';
import { shortPath } from './paths.ts';
import { type Reporter, trainingText } from './reporter.ts';

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What a phase's checkpoints are kept under: a run may go through several of one name. */
const placeIn = ({ phase, of }: BeginEvent | ReachedEvent): string =>
  of === undefined ? phase : `${phase}-${short(of)}`;

/** What a run's own place behind outputs of a stage is kept under. */
const placeOf = (names: readonly ArtefactName[]): string =>
  `${names[0].stage}-${short(names.map(({ key }) => key).join())}`;

/** What is kept there: the keys of those that the run itself has made. */
const ownKeys = z.array(z.string());

/** Milliseconds from one look at what another run makes to the next. */
const patience = 300;

interface Driving {
  readonly folder: RunFolder;
  /** Where outputs of stages are kept. */
  readonly artefacts: Artefacts;
  /** What computes, with all that its bits depend on. */
  readonly engine: string;
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
  const saved = new Map<string, { readonly path: string; readonly epoch: number }>(); // models by their names
  const taken = new Map<string, number>(); // by stage, how many of its outputs were there already
  const claims = new Map<string, Lock>(); // outputs that this run is making
  const stages: Record<string, Stages[string]> = {};
  let engines: readonly string[] = [engine]; // all that had a part in what the run has reached
  let partly = false; // whether a stage is being made of which a part was there
  const elapsed = (): number => before + (performance.now() - started) / 1000;

  const state = (): RunState => ({
    engines: [...engines],
    metricsBytes: folder.syncMetrics(),
    seconds: elapsed(),
  });

  function goOnBehind({ state }: Checkpoint): void {
    before = state.seconds;
    folder.skipMetrics(state.metricsBytes);
    engines = [...new Set([...state.engines, ...engines])];
  }

  function begin(event: BeginEvent): Snapshot | undefined {
    const found = checkpoints.load(placeIn(event));
    if (!found) return undefined;
    goOnBehind(found);
    const { state, snapshot } = found;
    const from = isDeepStrictEqual(state.engines, [engine])
      ? ''
      : ` (so far on ${state.engines.join(' and ')}, from here on ${engine})`;
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

  /** The outputs of a stage that are kept: by this run before it was resumed, or by another, which is waited for. */
  async function kept(names: readonly ArtefactName[]): Promise<(Uint8Array | undefined)[]> {
    const there = names.map((name) => artefacts.has(name));
    const found = names.map((name) => artefacts.load(name));
    await claim(names.filter((_, i) => !found[i]));
    for (const [i, name] of names.entries()) {
      if (there[i]) continue;
      found[i] = artefacts.load(name); // made between the look and the claim
      if (found[i]) release(name);
    }
    if (!found.some(Boolean)) return found;
    const place = checkpoints.load(placeOf(names));
    const own = new Set(place && ownKeys.parse(JSON.parse(place.snapshot.progress)));
    // What was made side by side is made so again, from what its phase had reached, unless all of it was kept.
    const whole = names.every(({ key }, i) => !own.has(key) || found[i]);
    if (place && whole) goOnBehind(place);
    const all = names.map(({ key }, i) => (whole || !own.has(key) ? found[i] : undefined));
    for (const [i, name] of names.entries()) {
      if (!all[i]) continue;
      count(name, own.has(name.key) ? 'made' : 'taken');
      if (!own.has(name.key)) taken.set(name.stage, (taken.get(name.stage) ?? 0) + 1);
    }
    partly = all.some(Boolean) && !all.every(Boolean);
    return all;
  }

  function keepMade({ names, outputs }: MadeEvent): void {
    const keys = outputs.map(({ key }) => key);
    checkpoints.save(placeOf(names), { tensors: {}, progress: JSON.stringify(keys) }, state());
    for (const output of outputs) {
      // what several engines had a part in has other bits
      if (engines.length === 1) artefacts.save(output, output.encode());
      release(output);
      count(output, 'made');
    }
    partly = false;
  }

  function keepModel(name: string, epoch: number, params: Tree): void {
    if (!saveModel || saved.get(name)?.epoch === epoch) return;
    const path = folder.save(`${name}.safetensors`, (to) => saveModel(to, name, epoch, params));
    saved.set(name, { path, epoch });
  }

  /**
   * Gets the right to make all of `names`, or waits where another run is making some. Where this one is making others,
   * it takes what it gets: who waits has claimed nothing, so that no two wait for each other.
   */
  async function claim(names: readonly ArtefactName[]): Promise<void> {
    for (let told = false; ; told = true) {
      const got = names.map((name) => artefacts.claim(name));
      const others = names.find((_, i) => !got[i]);
      if (!others || claims.size > 0) {
        for (const [i, { key }] of names.entries()) if (got[i]) claims.set(key, got[i]);
        return;
      }
      for (const lock of got) lock?.release();
      if (!told) reporter.line(`${others.stage}: another run is making it, which this one waits for`);
      await setTimeout(patience);
      interruptedAt(`waiting for ${others.stage}`);
    }
  }

  function release({ key }: ArtefactName): void {
    claims.get(key)?.release();
    claims.delete(key);
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
    return event.kind === 'stage' ? { artefacts: await kept(event.names) } : undefined;
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
        keepMade(event);
        return;
      case 'model':
        keepModel(event.name, event.epoch, event.params);
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
        if (!partly) for (const [name, model] of Object.entries(params)) keepModel(name, epoch, model);
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
      ? `kept: ${[...saved.values()].map(({ path, epoch }) => `${shortPath(path)} (epoch ${epoch})`).join(', ')}`
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
