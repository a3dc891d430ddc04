// `npm run bench`: one run, everything side by side, a table and, where asked for, JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../src/lab/core/cli/main.ts';
import { writeAtomic } from '../src/store/index.ts';
import { writeAll } from './data.ts';
import { Limits } from './limits.ts';
import { machine } from './machine.ts';
import { measure, measureStart, type Plan } from './measure.ts';
import { benchCommand, type Options } from './options.ts';
import { engine, peers, type Runner } from './roster.ts';
import { type Row, rowOf } from './rows.ts';
import { RunnerError, Session } from './session.ts';
import { limitsTable, workloadTable } from './table.ts';
import { type Workload, workloads } from './workloads.ts';

/** Those of `runners` that are here, with what they call themselves; a line for each that is not. */
async function present(runners: readonly Runner[], say: (line: string) => void) {
  const found: { runner: Runner; version: string; note?: string }[] = [];
  for (const runner of runners) {
    const session = new Session(runner, 1);
    try {
      const { hello } = await session.hello();
      found.push({ runner, version: hello.version, note: hello.note });
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      say(error.message);
    } finally {
      session.stop();
    }
  }
  return found;
}

const firstMinutes = (workload: Workload): Workload[] =>
  (['cold', 'warm'] as const).flatMap((cache) => [
    {
      ...workload,
      id: `W4-${cache}`,
      title: `${workload.title}, ${cache === 'cold' ? 'no' : 'a warm'} kernel cache`,
    },
    {
      ...workload,
      id: `W4-jit-${cache}`,
      title: `compiling that step alone: first step less second, ${cache} cache`,
    },
  ]);

async function bench(options: Options): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const where = machine();
  const threads = [...new Set([1, where.cores])];
  const { versions, cpu, cores, vectors, platform } = where;
  console.log(
    `${cpu}, ${cores} cores, ${vectors.join(' ')}, ${platform}, Node ${versions.node}, commit ${where.commit}`,
  );
  const wanted = [
    ...options.engines.map(engine),
    ...peers.filter(({ name }) => options.peers.includes(name)),
  ];
  const found = await present(wanted, say);
  for (const { runner, version, note } of found)
    console.log(`  ${runner.name} ${version}${note ? ` (${note})` : ''}`);
  if (found.length === 0) {
    say('bench: no runner is left to measure; see --engines and --peers');
    process.exitCode = 1;
    return;
  }
  const chosen = workloads.filter(({ id }) => options.only.includes(id.split('-')[0]));
  const data = mkdtempSync(join(tmpdir(), 'umbra-bench-'));
  const limits = new Limits(threads);
  if (limits.missing) say(limits.missing);
  try {
    writeAll(
      data,
      chosen.map(({ task }) => task),
    );
    const runners = found.map(({ runner }) => runner);
    const plan: Plan = { runners, threads, rounds: options.rounds, full: options.full, data, limits, say };
    const measured: [Workload, Parameters<typeof rowOf>[1]][] = [];
    const shown: Workload[] = [];
    for (const workload of chosen) {
      say(`measuring ${workload.id} …`);
      if (workload.id !== 'W4') {
        shown.push(workload);
        for (const each of await measure(workload, plan)) measured.push([workload, each]);
        continue;
      }
      const parts = firstMinutes({ ...workload, flops: undefined, arrays: undefined });
      shown.push(...parts);
      for (const { total, jit, cache } of await measureStart(workload, plan))
        for (const part of parts) {
          const times = part.id.includes('jit') ? jit : total;
          // A peer keeps no kernels, so its start is what both of ours are compared with.
          if (times && (part.id.endsWith(cache) || times.kind === 'peer')) measured.push([part, times]);
        }
    }
    if (measured.length > 0 && chosen.every(({ id }) => id === 'W4')) await limits.measure();
    const best = limits.all;
    const rows: Row[] = measured.map(([workload, each]) => rowOf(workload, each, best));
    console.log(`\n${limitsTable(best)}`);
    for (const workload of shown) {
      const table = workloadTable(workload, rows);
      if (table) console.log(`\n${table}`);
    }
    if (!options.full && rows.some(({ workload }) => workload === 'W3'))
      console.log('\nW3 is timed by the step and scaled to the epoch; --full runs whole epochs.');
    if (options.json) {
      const runnersThere = found.map(({ runner: { name }, version, note }) => ({ name, version, note }));
      const result = { schema: 'umbra/bench@1', machine: where, runners: runnersThere, limits: best, rows };
      writeAtomic(options.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  } finally {
    limits.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

await main(benchCommand(bench));
