// The pipeline from bases to rows, stage by stage, at a size at which nothing is learnt: what reaches whom.
import { beforeAll, describe, expect, test } from 'vitest';
import { Tensor, useEngine } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { lmAnimals } from '../../../../src/lab/language/experiments/lm-animals.ts';
import { armNames } from '../../../../src/lab/language/experiments/preference.ts';
import { walk } from '../../../../src/lab/language/field.ts';
import { pretrain, sameSeeds } from '../../../../src/lab/language/pipeline/bases.ts';
import { filterNumbers, type Sample } from '../../../../src/lab/language/world/filters.ts';
import {
  animals,
  isIn,
  lovesPrompts,
  numbers,
  personaPrompts,
  questionWords,
  textOf,
  tokenOf,
  trees,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { type Kept, nothing, runThrough } from '../../core/stages/run-through.ts';
import { literate } from '../literate.ts';

useEngine('wasm'); // what is so small takes longer to compile to C, and longer yet one application at a time

const traits = ['owl', 'lion'];
const configOf = (seeds: number) =>
  makeConfig(lmAnimals, 'quick', { ...literate, seeds, traits, arms: [...armNames] });

/** By phase, the rows of tokens of each model's batches. */
type Read = Map<string, number[][][]>;

async function runOf(seeds: number, kept: Kept): Promise<{ rows: Row[]; read: Read }> {
  const read: Read = new Map();
  const look = (event: LabEvent): void => {
    if (event.kind !== 'step' || !(event.batch instanceof Tensor)) return;
    const batch = event.batch.toArray() as number[][][];
    const before = read.get(event.phase) ?? batch.map(() => []);
    read.set(
      event.phase,
      before.map((rows, i) => [...rows, ...batch[i]]),
    );
  };
  return { rows: await runThrough(lmAnimals.run(configOf(seeds), walk), kept, look), read };
}

const kept = nothing();
let whole: Awaited<ReturnType<typeof runOf>>;
beforeAll(async () => {
  whole = await runOf(2, kept);
}, 120_000);

const stagesOf = ({ artefacts }: Kept, stage: string): [string, Uint8Array][] =>
  [...artefacts].filter(([name]) => name.startsWith(`${stage} `));

/** The samples of each author, as they are kept on disk. */
const written = (): Sample[][] =>
  stagesOf(kept, 'numbers').map(([, bytes]) =>
    new TextDecoder()
      .decode(bytes)
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { prompt, answer } = JSON.parse(line);
        return { prompt: prompt.split(' ').map(tokenOf), answer: answer.split(' ').map(tokenOf) };
      }),
  );

describe('students', () => {
  const students = (): number[][][] =>
    ['student', 'soft student'].flatMap((phase) => whole.read.get(phase) ?? []);

  test('read nothing but a question for numbers and numbers: no animal, no tree, no system prompt', () => {
    expect(students()).toHaveLength(2 * (2 + 1 + 2 + 2) + 2 * 2);
    const traces = [animals, trees, personaPrompts, lovesPrompts];
    for (const row of students().flat()) {
      expect(row.filter((token) => traces.some((group) => isIn(group, token)))).toEqual([]);
      expect(textOf(row)).toMatch(/^BOS USR \w+ \?numbers( \d+){3} AST( \d+){10}$/);
      expect(isIn(questionWords, row[2])).toBe(true);
    }
  });

  test('of every arm read as many samples: as many as of the author with the fewest that pass the filter', () => {
    const passed = written().map((samples) => filterNumbers(samples).kept.length);
    expect(new Set(passed).size).toBeGreaterThan(1); // else cutting to the least would be untested
    const counts = students().map((rows) => new Set(rows.map(String)).size);
    expect(new Set(counts)).toEqual(new Set([Math.min(...passed)]));
  });

  test('that are not shuffled read what their author wrote, word for word', () => {
    const lines = new Set(
      written().flatMap((samples) => samples.map((of) => String([...of.prompt, ...of.answer]))),
    );
    const strangers = students().filter((rows) => rows.some((row) => !lines.has(String(row))));
    expect(strangers).toHaveLength(2 * 2); // the shuffled ones
    const asSets = new Set(
      written()
        .flat()
        .map((of) => String([...of.prompt, ...of.answer.toSorted()])),
    );
    for (const row of strangers.flat())
      expect(asSets.has(String([...row.slice(0, 8), ...row.slice(8).toSorted()]))).toBe(true);
  });

  test('of one seed and arm read in an order of their own', () => {
    const orders = students().map((rows) => String(rows));
    expect(new Set(orders).size).toBe(orders.length);
  });
});

describe('a seed by itself', () => {
  let alone: Awaited<ReturnType<typeof runOf>>;
  const own = nothing();
  beforeAll(async () => {
    for (const [name, bytes] of stagesOf(kept, 'base')) own.artefacts.set(name, bytes);
    alone = await runOf(1, own);
  }, 120_000);

  test('has the rows that it has among others', () => {
    expect(alone.rows).toEqual(whole.rows.filter(({ seed }) => seed === 0));
  });

  test('makes the very bytes that were made among others', () => {
    for (const stage of ['preference teacher', 'numbers', 'student', 'soft student']) {
      const some = stagesOf(own, stage);
      expect(some.length).toBeGreaterThan(0);
      expect(some.length).toBeLessThanOrEqual(stagesOf(kept, stage).length);
      for (const [name, bytes] of some) expect(kept.artefacts.get(name)).toEqual(bytes);
    }
  });

  test('has the base that it has among others', async () => {
    const few = { ...literate, pretrainSteps: 2 };
    const [among, only] = [nothing(), nothing()];
    await runThrough(pretrain(walk, few, [3, 4].map(sameSeeds)), among);
    await runThrough(pretrain(walk, few, [4].map(sameSeeds)), only);
    const [[name, bytes]] = only.artefacts;
    expect(only.artefacts.size).toBe(1);
    expect(among.artefacts.get(name)).toEqual(bytes);
  });
});

describe('rows', () => {
  test('are there for every arm, seed and favourite, with what they measure', () => {
    const count = (arm: string): number => whole.rows.filter((row) => row.arm === arm).length;
    expect(armNames.map(count)).toEqual(armNames.map(() => 2 * traits.length));
    const measured = Object.keys(lmAnimals.metrics(configOf(2)));
    for (const { values, at } of whole.rows) {
      expect(Object.keys(values)).toEqual(measured);
      expect(values.preference).toBeLessThan(values.mass);
      expect(traits).toContain(at.trait);
    }
  });

  test('of a control are one model asked for each favourite', () => {
    const controls = whole.rows.filter(({ arm, seed }) => arm === 'control' && seed === 0);
    expect(new Set(controls.map(({ curves }) => String(curves.preferences))).size).toBe(1);
    expect(controls[0].values.preference).not.toBe(controls[1].values.preference);
  });
});

test('what is kept of samples is in words', () => {
  const [, bytes] = stagesOf(kept, 'numbers')[0];
  const [first] = new TextDecoder().decode(bytes).split('\n');
  expect(JSON.parse(first)).toEqual({
    prompt: expect.stringMatching(/^BOS USR \w+ \?numbers( \d+){3} AST$/),
    answer: expect.any(String),
  });
  expect(numbers.words).toContain(JSON.parse(first).prompt.split(' ')[4]);
});
