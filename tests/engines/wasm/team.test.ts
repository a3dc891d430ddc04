// Threads that share a kernel's tasks.
import { afterAll, describe, expect, test } from 'vitest';
import {
  apply,
  type Expression,
  index,
  let_,
  load,
  loop,
  number,
  plus,
  read,
  type Statement,
  set,
  store,
  times,
  type,
  variable,
} from '../../../src/compile/index.ts';
import { Store } from '../../../src/engines/wasm/storage.ts';
import { type Job, Team } from '../../../src/engines/wasm/team.ts';
import { buffer, execute, type Kernels, place, program, routine, storageOf } from './kernels.ts';

const shared = 1e9; // work enough that no thread is left out

const sizes = { tasks: 64, each: 4096 };
const x = buffer('f32', sizes.tasks * sizes.each);
const sums = buffer('f32', sizes.tasks);

/** A sum of sines a task, by way of the thread's own scratch. */
function sumsOfSines(): Kernels {
  const own = buffer('f32', sizes.each);
  const [i, j, total] = [variable(index), variable(index), variable(type('f32'))];
  const body = (task: Expression) => [
    loop(i, number(0), number(sizes.each), 1, [
      store(own, read(i), apply('sin', [load(x, plus(times(task, sizes.each), read(i)))])),
    ]),
    let_(total, number(0, 'f32')),
    loop(j, number(0), number(sizes.each), 1, [set(total, apply('add', [read(total), load(own, read(j))]))]),
    store(sums, task, read(total)),
  ];
  return { inputs: [x], outputs: [sums], scratch: [own], routines: [routine(sizes.tasks, body, shared)] };
}

const numbers = Float32Array.from({ length: x.size }, (_, i) => i * 0.37);
const teams = [1, 2, 3].map((threads) => place(threads));
afterAll(() => {
  for (const { team } of teams) team.stop();
});

/** Runs `run` until all helpers of `where` are there, and once more. */
function untilReady<T>({ team }: (typeof teams)[number], run: () => T): T {
  const deadline = Date.now() + 20_000;
  while (team.ready < team.size - 1 && Date.now() < deadline) run();
  expect(team.ready).toBe(team.size - 1);
  return run();
}

describe('Helpers', () => {
  test('change no bit of a result', () => {
    const [alone, ...others] = teams.map((where) => {
      return untilReady(where, () => execute(sumsOfSines(), [numbers], where)[0]);
    });
    for (const other of others) expect(Array.from(other)).toEqual(Array.from(alone));
  });

  test('take tasks of their own', () => {
    const where = teams[1];
    const it = program(sumsOfSines(), where);
    const inputs = [storageOf(numbers)];
    untilReady(where, () => it.run(inputs));
    const helped = Array.from({ length: 50 }, () => {
      it.run(inputs);
      return where.team.helped;
    });
    expect(helped.some((tasks) => tasks > 0)).toBe(true);
  });

  test.each([1, 2, 3])(
    'of %i threads leave an error of a kernel, not a wrong result or silence',
    (threads) => {
      const where = teams[threads - 1];
      const out = buffer('i32', 64);
      const wild = routine(64, (task) => [store(out, times(task, 2 ** 28 - 1), number(1, 'i32'))], shared);
      untilReady(where, () => execute(sumsOfSines(), [numbers], where));
      for (let round = 0; round < 5; round++)
        expect(() => execute({ outputs: [out], routines: [wild] }, [], where)).toThrow(
          'wasm: a kernel failed: memory access out of bounds',
        );
      expect(execute(sumsOfSines(), [numbers], where)[0][0]).toBeCloseTo(
        numbers.subarray(0, sizes.each).reduce((sum, value) => sum + Math.sin(value), 0),
        2,
      );
    },
  );
});

/** A team whose caller only sleeps, so that the helper is left with tasks. */
class Sleepy extends Team {
  override run(job: Job): void {
    const sleep = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    super.run({ ...job, run: sleep });
  }
}

test('A helper that stays silent is given up with an error, and what runs next is right', () => {
  const store_ = new Store();
  const team = new Sleepy(store_.heap, () => 2, 200);
  const out = buffer('i32', 64);
  const [i, j, k] = [variable(index), variable(index), variable(index)];
  const forever = [i, j, k].reduce<Statement[]>(
    (body, it) => [loop(it, number(0), number(1e5), 1, body)],
    [store(out, number(0), apply('add', [load(out, number(0)), number(1, 'i32')]))],
  );
  const endless = program(
    { outputs: [out], routines: [routine(64, () => forever, shared)] },
    { store: store_, team },
  );
  const silence =
    /^wasm: a thread has been silent for \d+ ms and was given up; run it again, or with UMBRA_THREADS=1$/;
  // the helper may come too late for the first ones
  const attempt = (left: number): void => {
    endless.run([]);
    if (left > 0) attempt(left - 1);
  };
  expect(() => attempt(30)).toThrow(silence);
  const where = { store: store_, team: new Team(store_.heap, () => 2) };
  expect(Array.from(untilReady(where, () => execute(sumsOfSines(), [numbers], where)[0]))).toEqual(
    Array.from(execute(sumsOfSines(), [numbers])[0]),
  );
  where.team.stop();
});
