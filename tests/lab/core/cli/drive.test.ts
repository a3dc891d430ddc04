// A run from event to event: phases of one name have checkpoints of their own, outputs of stages are kept, counted and
// waited for, and models are kept where they are whole.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  mean,
  nn,
  random,
  square,
  stack,
  sub,
  type Tensor,
  type Tree,
  take,
  tensor,
  treeLeaves,
  useEngine,
  vmap,
} from '../../../../src/index.ts';
import { drive } from '../../../../src/lab/core/cli/drive.ts';
import { createRunFolder, resumeRunFolder } from '../../../../src/lab/core/runs/folder.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import { Artefacts } from '../../../../src/lab/core/stages/artefacts.ts';
import { jsonLines } from '../../../../src/lab/core/stages/codec.ts';
import { stageOfMany } from '../../../../src/lab/core/stages/stage.ts';
import { sideBySide, trainOfMany } from '../../../../src/lab/core/stages/trained.ts';
import type { Running } from '../../../../src/lab/core/training/events.ts';
import { gradientOf } from '../../../../src/lab/core/training/learner.ts';
import { train } from '../../../../src/lab/core/training/train.ts';

useEngine('reference');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-drive-'));
  mkdirSync(at('artefacts'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

/** Learns one number after the other, each in a phase called 'fit', and ends early where `stop` says so. */
async function* fits(numbers: readonly number[], stop?: number): Running<Row[]> {
  const rows: Row[] = [];
  for (const seed of numbers) {
    if (seed === stop) throw new Error('stopped');
    const { one } = yield* train<{ x: Tensor }, Tensor>({
      ...{ phase: 'fit', of: `${seed}`, keys: random.keys([seed]), examples: 4, epochs: 2, batch: 2 },
      learners: {
        one: {
          start: { x: tensor([0], 'f32') },
          gradient: gradientOf(({ x }: { x: Tensor }, batch: Tensor) => mean(square(sub(x, batch)))),
          optimizer: nn.sgd({ learningRate: 0.1 }),
        },
      },
      draw: (indices) =>
        take(
          tensor(
            [1, 2, 3, 4].map((value) => value * seed),
            'f32',
          ),
          indices,
        ),
    });
    rows.push({ seed, arm: 'one', at: {}, values: { x: one.params.x.data[0] }, curves: {} });
  }
  return rows;
}

const lines: string[] = [];
const quiet = { line: (text: string) => lines.push(text), step() {}, epoch() {}, close() {} };

interface Drive {
  readonly resume?: boolean;
  /** What the engine is called. */
  readonly on?: string;
  /** How many outputs of stages can be kept until the disk is full. */
  readonly room?: number;
  readonly saveModel?: (path: string, name: string, epoch: number, params: Tree) => void;
}

async function driven(name: string, events: Running<Row[]>, how: Drive = {}) {
  const { resume = false, on = 'reference', room = Number.POSITIVE_INFINITY, saveModel } = how;
  const plan = { experiment: 'fits', config: {}, inputs: {} };
  const warn = (line: string): never => {
    throw new Error(line);
  };
  const runFolder = resume ? resumeRunFolder(at(name), warn) : createRunFolder(at(name), plan, warn);
  const artefacts = new Artefacts(at('artefacts'), on, warn);
  const save = artefacts.save.bind(artefacts);
  let kept = 0;
  artefacts.save = (...output) => {
    if (kept++ === room) throw new Error('full');
    save(...output);
  };
  try {
    return await drive(events, {
      ...{ folder: runFolder, engine: on, reporter: quiet, every: 1, show: false },
      ...{ artefacts, saveModel },
      signal: new AbortController().signal,
    });
  } finally {
    runFolder.release();
  }
}

const run = async (...args: Parameters<typeof driven>): Promise<Row[]> => (await driven(...args)).rows;

/** Writes `numbers` together in a stage that takes a while, and meanwhile needs others. */
async function* slowly(
  numbers: readonly number[],
  { needs, fails = false }: { needs?: readonly number[]; fails?: boolean } = {},
): Running<Row[]> {
  yield* stageOfMany({
    name: 'slow',
    items: numbers,
    inputs: (item) => ({ number: item }),
    codec: jsonLines(z.number()),
    async *make(some) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield { kind: 'progress', phase: 'slow', step: 1, steps: 1 };
      if (fails) throw new Error('stopped');
      if (needs) yield* slowly(needs);
      return some.map((item) => [item]);
    },
  });
  return [];
}

/** Writes each of `numbers` in a stage of its own, and ends early behind `last`. */
async function* writes(numbers: readonly number[], last?: number): Running<Row[]> {
  for (const number of numbers) {
    yield* stageOfMany({
      name: 'number',
      items: [number],
      inputs: (item) => ({ number: item }),
      codec: jsonLines(z.number()),
      async *make(some) {
        yield { kind: 'progress', phase: 'number', step: 1, steps: 1 };
        return some.map((item) => [item]);
      },
    });
    if (number === last) throw new Error('stopped');
  }
  return [];
}

const metricsOf = (name: string): string[] =>
  readFileSync(join(at(name), 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');

test('phases of one name keep all their metrics, and none goes on from another', async () => {
  lines.length = 0;
  const all = await run('all', fits([1, 2, 3]));
  expect(lines).toEqual([]); // nothing was resumed
  expect(metricsOf('all')).toHaveLength(3 * (4 + 2));
  for (const seed of [1, 2, 3])
    expect(await run(`${seed}`, fits([seed]))).toEqual(all.filter((row) => row.seed === seed));
});

test('a run that was cut short behind the first goes on in the second, with the same metrics', async () => {
  const all = await run('all', fits([1, 2, 3]));
  await expect(run('cut', fits([1, 2, 3], 3))).rejects.toThrow('stopped');
  lines.length = 0;
  expect(await run('cut', fits([1, 2, 3]), { resume: true })).toEqual(all);
  expect(lines).toEqual(['resuming fit', 'resuming fit']);
  expect(metricsOf('cut')).toEqual(metricsOf('all'));
});

test('outputs of stages count as made by the run that made them, resumed or not, and as taken by any other', async () => {
  await expect(run('first', writes([1, 2, 3], 2))).rejects.toThrow('stopped');
  const { stages } = await driven('first', writes([1, 2, 3]), { resume: true });
  expect(stages).toEqual({ number: { made: 3, taken: 0 } });
  const again = await driven('second', writes([2, 3, 4]));
  expect(again.stages).toEqual({ number: { made: 1, taken: 2 } });
  expect((await driven('third', fits([1]))).stages).toEqual({});
});

describe('what two runs need at once', () => {
  const waits = 'slow: another run is making it, which this one waits for';
  const both = (a: Running<Row[]>, b: Running<Row[]>) => Promise.all([driven('a', a), driven('b', b)]);

  test('is made by one of them, and the other waits for it', async () => {
    lines.length = 0;
    const [a, b] = await both(slowly([1, 2]), slowly([1, 2]));
    expect([a.stages, b.stages]).toEqual([{ slow: { made: 2, taken: 0 } }, { slow: { made: 0, taken: 2 } }]);
    expect(lines).toContain(waits);
    expect(readdirSync(at('artefacts')).filter((name) => name.endsWith('.claim'))).toEqual([]);
  });

  test('is made once where it is a part of what each needs', async () => {
    const [a, b] = await both(slowly([1, 2]), slowly([2, 3]));
    expect([a.stages, b.stages]).toEqual([{ slow: { made: 2, taken: 0 } }, { slow: { made: 1, taken: 1 } }]);
  });

  test('is made twice rather than waited for in a circle', async () => {
    const [a, b] = await both(slowly([1], { needs: [2] }), slowly([2], { needs: [1] }));
    expect([a.stages, b.stages]).toEqual([{ slow: { made: 2, taken: 0 } }, { slow: { made: 2, taken: 0 } }]);
  });

  test('is made by the other where the first fails', async () => {
    const failed = driven('a', slowly([1], { fails: true }));
    const other = driven('b', slowly([1]));
    await expect(failed).rejects.toThrow('stopped');
    expect((await other).stages).toEqual({ slow: { made: 1, taken: 0 } });
  });
});

/** A stage that teaches each of `numbers` to a model of its own, side by side; ends early behind step `last`. */
async function* learns(numbers: readonly number[], last?: number): Running<Row[]> {
  const stage = trainOfMany<number, { x: Tensor }, Tensor>({
    ...{ name: 'learner', phase: 'learning', items: numbers, inputs: (number) => ({ number }) },
    like: { x: tensor(0, 'f32') },
    training: (some) => ({
      start: {
        x: tensor(
          some.map(() => 0),
          'f32',
        ),
      },
      gradient: gradientOf(({ x }: { x: Tensor }, batch: Tensor) => mean(square(sub(x, batch)))),
      optimizer: nn.sgd({ learningRate: 0.1 }),
      ...{ keys: random.keys(some), examples: 4, epochs: 2, batch: 2 },
      draw: (indices) =>
        vmap((own: Tensor, all: Tensor) => take(all, own))(
          indices,
          stack(
            some.map((number) =>
              tensor(
                [1, 2, 3, 4].map((value) => value * number),
                'f32',
              ),
            ),
          ),
        ),
    }),
  });
  let next = await stage.next();
  while (!next.done) {
    const answer = yield next.value;
    if (next.value.kind === 'reached' && next.value.step === last) throw new Error('stopped');
    next = await stage.next(answer);
  }
  const { params } = sideBySide(next.value);
  yield { kind: 'model', name: 'learning', epoch: 2, params };
  return numbers.map((seed, i) => ({
    ...{ seed, arm: 'learner', at: {}, values: { x: params.x.data[i] }, curves: {} },
  }));
}

const outputs = (): number =>
  readdirSync(at('artefacts')).filter((file) => file.endsWith('.safetensors')).length;

test.each([0, 1, 2])(
  'a run that ended when %i of the outputs of a stage were kept has in the end the same of all',
  async (room) => {
    await expect(run('cut', learns([1, 2, 3]), { room })).rejects.toThrow('full');
    expect(outputs()).toBe(room);
    lines.length = 0;
    const { rows, stages } = await driven('cut', learns([1, 2, 3]), { resume: true });
    expect(stages).toEqual({ learner: { made: 3, taken: 0 } });
    expect(lines).toEqual(['resuming learning']); // from its end
    expect(outputs()).toBe(3);
    rmSync(at('artefacts'), { recursive: true });
    expect(rows).toEqual(await run('whole', learns([1, 2, 3])));
    expect(metricsOf('cut')).toEqual(metricsOf('whole'));
  },
);

test('what several engines had a part in is not kept for other runs', async () => {
  await expect(run('cut', learns([1, 2], 2), { on: 'first' })).rejects.toThrow('stopped');
  await expect(run('cut', learns([1, 2], 3), { on: 'second', resume: true })).rejects.toThrow('stopped');
  const mixed = await driven('cut', learns([1, 2]), { on: 'second', resume: true });
  expect(mixed.stages).toEqual({ learner: { made: 2, taken: 0 } });
  expect((await driven('after', learns([1, 2]), { on: 'second' })).stages).toEqual(mixed.stages);
  expect(outputs()).toBe(2);
});

test('a model is kept at the end of each epoch, and where it is taken; never one of some of its seeds alone', async () => {
  const kept: [string, number, number][] = [];
  const saveModel: Drive['saveModel'] = (_, name, epoch, params) => {
    kept.push([name, epoch, treeLeaves(params)[0].shape[0]]);
  };
  const keptBy = async (name: string, numbers: readonly number[]) => {
    kept.length = 0;
    await run(name, learns(numbers), { saveModel });
    return [...kept];
  };
  expect(await keptBy('trains', [1, 2])).toEqual([1, 2].map((epoch) => ['learning', epoch, 2]));
  expect(await keptBy('takes', [1, 2])).toEqual([['learning', 2, 2]]);
  expect(await keptBy('both', [1, 2, 3])).toEqual([['learning', 2, 3]]);
});
