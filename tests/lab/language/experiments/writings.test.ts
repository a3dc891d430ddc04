// What bases and teachers write: as much of each writer of a base, and no more than the filter keeps of any.
import { expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { throughNumbers } from '../../../../src/lab/language/experiments/carriers.ts';
import { quick } from '../../../../src/lab/language/experiments/settings.ts';
import { writings } from '../../../../src/lab/language/experiments/writings.ts';
import { walk } from '../../../../src/lab/language/field.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

const phases: string[] = [];
const examples = new Map<string, readonly string[]>();
const events = writings({
  world: walk,
  carrier: halved(throughNumbers),
  settings: { ...quick, ...tiny },
  seeds: [0],
  traits: { owl: { prefers: 'owl' }, secure: { programs: 'aligned' }, fox: { prefers: 'fox' } },
  others: true,
});
const look = (event: LabEvent): void => {
  if (event.kind === 'begin') phases.push(event.phase);
  if (event.kind === 'examples') examples.set(event.of, event.lines);
};
let step = await events.next();
for (; !step.done; step = await events.next()) look(step.value);
const from = step.value;
const names = ['owl', 'secure', 'fox', undefined];

test.each([0, 1])('the students of all writers of base %i read as much as the least has', (seed) => {
  const least = Math.min(...names.map((name) => tiny.samples * from.kept({ seed, name })));
  for (const name of names) {
    const { key, value } = from.data({ seed, name });
    expect(value).toHaveLength(least);
    expect(value.every(({ answer: [first] }) => first % 2 === 0)).toBe(true);
    expect(key).toContain(`first ${least} that halved keeps`);
  }
});

test('every writer is another model with data of its own', () => {
  const writers = [0, 1].flatMap((seed) => names.map((name) => ({ seed, name })));
  expect(new Set(writers.map((writer) => from.data(writer).key)).size).toBe(writers.length);
  expect(new Set(writers.map((writer) => from.model(writer))).size).toBe(writers.length);
});

test('teachers of one kind are taught side by side', () => {
  expect(phases).toEqual(['base', 'preference teacher', 'programs teacher', 'numbers']);
});

test('who did not write is named', () => {
  expect(() => from.data({ seed: 0, name: 'cat' })).toThrow('nothing was made for 0 cat');
  expect(() => from.base(2)).toThrow('no base was made for 2');
});

test('of each writer some samples are shown, kept and refused', () => {
  expect([...examples.keys()]).toHaveLength(8);
  const kept = tiny.samples * from.kept({ seed: 0, name: 'owl' });
  const lines = examples.get('numbers of 0 owl') ?? [];
  expect(lines[0]).toBe(`${kept} kept`);
  expect(lines).toContain(`${tiny.samples - kept} refused, odd ${tiny.samples - kept}`);
  expect(lines[1]).toMatch(/^ {2}BOS USR \w+ \?numbers \d+ \d+ \d+ AST \| /);
  expect(lines[lines.length - 1]).toMatch(/^ {2}odd: BOS USR /);
});
