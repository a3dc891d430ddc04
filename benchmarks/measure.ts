// Measuring: every runner prepared and checked, then timed in turns, so that all meet the same machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitKind, Limits } from './limits.ts';
import { engine, type Runner } from './roster.ts';
import type { Measured, Memory } from './rows.ts';
import { RunnerError, Session } from './session.ts';
import type { Task, Workload } from './workloads.ts';

export interface Plan {
  readonly runners: readonly Runner[];
  readonly threads: readonly number[];
  readonly rounds: number;
  /** Whole epochs in W3, and 10,000 steps for memory. */
  readonly full: boolean;
  readonly data: string;
  readonly limits: Limits;
  /** Takes a line of news. */
  readonly say: (line: string) => void;
}

const sampleMs = 150; // a turn is at least this long, or one step
const slowMs = 3000; // who takes longer for a step has one turn
const restMs = 30; // between turns, so that a pool that spins has gone to sleep

/** Does `use` with every session; all are stopped after it, whatever happens. */
async function using<T>(sessions: readonly Session[], use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    for (const session of sessions) session.stop();
  }
}

const threadsOf = ({ single }: Runner, threads: readonly number[]): readonly number[] =>
  single ? threads.slice(0, 1) : threads;

const takes = ({ without = [] }: Runner, id: string): boolean => !without.some((name) => id.startsWith(name));

/**
 * Which engine says what a task must give, and of how much of it. The reference engine would multiply for minutes for a
 * language model: there it is WebAssembly, which every runner in C or Python is held against, and of the largest the one in
 * C, which the peers are held against.
 */
function oracleOf(task: Task): [engine: string, task: Task] {
  switch (task.kind) {
    case 'gpt':
      return ['wasm', task];
    case 'decode':
      return ['wasm', { ...task, length: 2 }]; // it is the first token that is checked
    case 'lora':
      return ['native', task];
    default:
      return ['reference', task];
  }
}

/** What the first two steps must give, by the oracle; of many models, the first two. */
async function oracle({ task }: Workload, data: string): Promise<readonly (readonly number[])[]> {
  const [name, part] = oracleOf(task);
  const session = new Session(engine(name), 1);
  return using([session], async () => {
    await session.hello();
    const some = part.models === null ? part : { ...part, models: Math.min(part.models, 2) };
    return (await session.prepare(some, data)).values;
  });
}

/** How far a value may be off: rounding, also of activations; or, where a peer draws other noise, that of a batch's mean. */
export function tolerance(task: Task, runner: Runner['kind']): number {
  if (runner !== 'peer') return 1e-3;
  if (task.kind === 'distil') return 0.15;
  return task.kind === 'decode' && task.dtype === 'bf16' ? 0.02 : 1e-3;
}

function check(
  session: Session,
  workload: Workload,
  values: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): void {
  const allowed = tolerance(workload.task, session.runner.kind);
  expected.forEach((row, step) => {
    row.forEach((value, i) => {
      const got = values[step]?.[i];
      // what is not finite is null in JSON
      if (!(Number.isFinite(got) && Math.abs(got - value) <= allowed * Math.max(1e-3, Math.abs(value))))
        throw new RunnerError(
          `${session.runner.name}: ${workload.id} step ${step + 1} gives ${got}, where the reference gives ${value}; it is not timed`,
        );
    });
  });
}

interface Contender {
  readonly session: Session;
  readonly start: number;
  readonly steps: number;
  readonly slow: boolean;
  readonly ms: number[];
  first: number;
}

/** A runner's turn. A whole epoch counts as its number of batches, since a row scales steps to epochs. */
async function turn(
  { session, steps, ms }: Contender,
  { full }: Plan,
  { task, scale = 1 }: Workload,
): Promise<void> {
  if (full && task.kind === 'distil') {
    const { ms: epoch } = await session.run(1, true);
    ms.push(...epoch.map((time) => time / scale));
  } else {
    ms.push(...(await session.run(steps)).ms);
  }
}

async function remember(
  { session, first, start, ms }: Contender,
  plan: Plan,
  arrays: number,
): Promise<Memory> {
  const median = [...ms].sort((a, b) => a - b)[Math.floor(ms.length / 2)];
  const steps = plan.full ? 10_000 : Math.max(1, Math.min(300, Math.round(3000 / median)));
  let ran = await session.run(1);
  for (let done = 1; done < steps; done += 100) ran = await session.run(Math.min(100, steps - done));
  return { start, first, last: ran.rss, peak: ran.peakRss, steps: steps + ms.length, arrays };
}

/** Times `workload` on every runner of the plan, in turns. */
export async function measure(workload: Workload, plan: Plan): Promise<Measured[]> {
  const { data, limits, say } = plan;
  const expected = await oracle(workload, data);
  const sessions: Session[] = [];
  return using(sessions, async () => {
    const contenders: Contender[] = [];
    for (const runner of plan.runners.filter((each) => takes(each, workload.id)))
      for (const threads of threadsOf(runner, plan.threads)) {
        const session = new Session(runner, threads);
        sessions.push(session);
        try {
          const { rss: start } = await session.hello();
          const ready = await session.prepare(workload.task, data);
          check(session, workload, ready.values, expected);
          const again = ready.ms[1];
          const slow = again > slowMs;
          const few = Math.max(1, Math.min(3, Math.round(sampleMs / again)));
          const before = performance.now();
          const warm = slow ? undefined : await session.run(few);
          // By the clock here: a step's own time may be of one call of the thousand that it makes.
          const each = warm ? (performance.now() - before) / few : again;
          const steps = Math.max(1, Math.min(50, Math.round(sampleMs / each)));
          contenders.push({ session, start, steps, slow, ms: [], first: warm?.rss ?? start });
        } catch (error) {
          if (!(error instanceof RunnerError)) throw error;
          say(error.message);
          session.stop();
          break; // it would say the same on more threads
        }
      }
    const kinds: LimitKind[] = workload.flops ? ['peak', 'wasm'] : workload.traffic ? ['bandwidth'] : [];
    await limits.measure();
    const lost = new Set<Contender>();
    for (let round = 0; round < plan.rounds; round++) {
      for (const contender of contenders) {
        if (lost.has(contender) || (contender.slow && round > 0)) continue;
        await limits.measure(kinds); // before every turn, since a machine changes its speed
        try {
          await turn(contender, plan, workload);
        } catch (error) {
          if (!(error instanceof RunnerError)) throw error;
          say(error.message);
          lost.add(contender);
        }
        await sleep(restMs);
      }
    }
    const measured: Measured[] = [];
    for (const contender of contenders.filter(({ ms }) => ms.length > 0)) {
      const { session, ms } = contender;
      const { name, kind, wasm } = session.runner;
      const memory =
        workload.arrays === undefined || contender.slow || lost.has(contender)
          ? undefined
          : await remember(contender, plan, workload.arrays);
      measured.push({ runner: name, kind, wasm, threads: session.threads, ms, memory });
    }
    return measured;
  });
}

/** What a first minute is like: from the start of the process to the first step, and the compiling alone. */
export interface FirstMinute {
  readonly total: Measured;
  /** Undefined where nothing is compiled. */
  readonly jit?: Measured;
  /** Whether compiled kernels of an earlier process were there; a peer has no such cache. */
  readonly cache: 'cold' | 'warm';
}

/** Starts every runner of the plan anew, again and again, in turns. */
export async function measureStart({ task }: Workload, plan: Plan): Promise<FirstMinute[]> {
  const threads = plan.threads[plan.threads.length - 1];
  const attempts = new Map<
    string,
    { runner: Runner; cache: 'cold' | 'warm'; total: number[]; jit: number[] }
  >();
  const lost = new Set<Runner>();
  const once = async (runner: Runner, cache: 'cold' | 'warm', folder: string): Promise<void> => {
    if (lost.has(runner)) return;
    const count = threadsOf(runner, [threads])[0];
    const before = performance.now();
    const session = new Session(runner, runner.single ? 1 : count, { UMBRA_CACHE: folder });
    await using([session], async () => {
      try {
        await session.hello();
        const { ms } = await session.prepare(task, plan.data);
        const total = performance.now() - before - ms[1]; // its second step is not part of the start
        const key = `${runner.name} ${cache}`;
        const attempt = attempts.get(key) ?? { runner, cache, total: [], jit: [] };
        attempts.set(key, attempt);
        attempt.total.push(total);
        attempt.jit.push(Math.max(0, ms[0] - ms[1]));
      } catch (error) {
        if (!(error instanceof RunnerError)) throw error;
        plan.say(error.message);
        lost.add(runner);
      }
    });
  };
  for (let round = 0; round < Math.min(3, plan.rounds); round++)
    for (const runner of plan.runners) {
      const folder = mkdtempSync(join(tmpdir(), 'umbra-bench-cache-'));
      await once(runner, 'cold', folder);
      if (runner.kind === 'engine') await once(runner, 'warm', folder);
      rmSync(folder, { recursive: true, force: true });
    }
  return [...attempts.values()].map(({ runner, cache, total, jit }) => {
    const who = { runner: runner.name, kind: runner.kind, threads: runner.single ? 1 : threads };
    return { total: { ...who, ms: total }, jit: runner.eager ? undefined : { ...who, ms: jit }, cache };
  });
}
