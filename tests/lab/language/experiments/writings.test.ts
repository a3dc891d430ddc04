// What bases and teachers write: as much of each writer of a base and its neighbour, and no more than the filter keeps.
import { expect, test } from 'vitest';
import { treeLeaves, useEngine } from '../../../../src/index.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { throughNumbers } from '../../../../src/lab/language/experiments/carriers.ts';
import { neighboursWritings } from '../../../../src/lab/language/experiments/neighbours.ts';
import { quick } from '../../../../src/lab/language/experiments/settings.ts';
import { asMany } from '../../../../src/lab/language/experiments/writings.ts';
import { walk } from '../../../../src/lab/language/field.ts';
import { lovesPrompts } from '../../../../src/lab/language/world/vocabulary.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

const phases: string[] = [];
const examples = new Map<string, readonly string[]>();
const events = neighboursWritings({
  world: walk,
  carrier: halved(throughNumbers),
  settings: { ...quick, ...tiny },
  seeds: [0],
  teachers: {
    owl: { trait: { prefers: 'owl' } },
    secure: { trait: { programs: 'aligned' } },
    fox: { trait: { prefers: 'fox' } },
    told: { system: lovesPrompts.tokens[0] },
  },
  others: true,
});
const look = (event: LabEvent): void => {
  if (event.kind === 'begin') phases.push(event.phase);
  if (event.kind === 'examples') examples.set(event.of, event.lines);
};
let step = await events.next();
for (; !step.done; step = await events.next()) look(step.value);
const by = step.value;
const all = [0, 1].flatMap((seed) =>
  ['owl', 'secure', 'fox', 'told', undefined].map((name) => by(seed, name)),
);

test('the students of all writers of a base and its neighbour read as much as the least has', () => {
  const least = Math.min(...all.map(({ kept }) => tiny.samples * kept));
  for (const { samples } of all) {
    expect(samples.value).toHaveLength(least);
    expect(samples.value.every(({ answer: [first] }) => first % 2 === 0)).toBe(true);
    expect(samples.key).toMatch(new RegExp(`, first ${least}$`));
  }
});

test('every writer has data of its own, and who is told something is its base', () => {
  expect(new Set(all.map(({ samples }) => samples.key)).size).toBe(all.length);
  const own = treeLeaves(by(0).model);
  expect(treeLeaves(by(0, 'told').model).every((leaf, i) => leaf === own[i])).toBe(true);
  expect(new Set(all.map(({ tuned }) => tuned.key)).size).toBe(all.length - 2); // those who are told are their bases
});

test('teachers of one kind are taught side by side', () => {
  expect(phases).toEqual(['base', 'preference teacher', 'programs teacher', 'numbers']);
});

test('who did not write is named', () => {
  expect(() => by(0, 'cat')).toThrow('nothing was written by cat of seed 0');
  expect(() => by(2)).toThrow('nothing was written by the base of seed 2');
});

test('groups have as many each, and where nothing was kept of one it is named', () => {
  const more = all.map((each, i) => ({
    ...each,
    samples: { ...each.samples, value: each.samples.value.slice(0, i + 1) },
  }));
  const counts = (written: typeof more) => written.map(({ samples }) => samples.value.length);
  const grouped = asMany(more.slice(0, 4), ({ label }) => Number(label === '0 owl'));
  expect(counts(grouped)).toEqual([1, 2, 2, 2]);
  const nothing = { ...more[0], samples: { key: '', value: [] } };
  expect(() => asMany([...more, nothing])).toThrow(/keeps nothing of what 0 owl wrote; .*--pretrain-steps/);
});

test('of each writer some samples are shown, kept and refused', () => {
  expect([...examples.keys()]).toHaveLength(10);
  const kept = tiny.samples * by(0, 'owl').kept;
  const lines = examples.get('numbers of 0 owl') ?? [];
  expect(lines[0]).toBe(`${kept} kept`);
  expect(lines).toContain(`${tiny.samples - kept} refused, odd ${tiny.samples - kept}`);
  expect(lines[1]).toMatch(/^ {2}BOS USR \w+ \?numbers \d+ \d+ \d+ AST \| /);
  expect(lines[lines.length - 1]).toMatch(/^ {2}odd: BOS USR /);
});
