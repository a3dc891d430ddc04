import { expect, test } from 'vitest';
import {
  allCountedOn,
  chanceLine,
  chanceOf,
  commitsOf,
  enginesOf,
  machinesOf,
  outputsOf,
  trialsOf,
  versionsOf,
  wallSecondsOf,
} from '../../../../src/lab/core/runs/header.ts';
import { sampleResult } from './sample.ts';

const result = sampleResult({ teacher: [0.9, 0.8, 0.7] });
const [part] = result.parts;
const parts = [
  { ...part, seeds: [0], wallSeconds: 10 },
  { ...part, seeds: [1], wallSeconds: 20, engine: 'wasm', commit: 'c0ffee' },
  { ...part, seeds: [2], wallSeconds: 30, machine: { cpu: 'a processor', threads: 1 } },
];

test('trials and chance are those of the metric that is asked for, and none where it says none', () => {
  const metrics = { ...result.metrics, told: { unit: 'share', chance: 0.5 }, cosine: { unit: '' } } as const;
  expect([trialsOf({ metrics }), trialsOf({ metrics }, 'told'), trialsOf({ metrics }, 'nothing')]).toEqual([
    2000,
    undefined,
    undefined,
  ]);
  expect([chanceOf({ metrics }), chanceOf({ metrics }, 'told')]).toEqual([0.1, 0.5]);
  expect(chanceLine({ metrics })).toEqual({ y: 0.1, label: 'chance' });
  expect(chanceLine({ metrics }, 'cosine')).toBeUndefined();
  expect(allCountedOn({ metrics })).toEqual(['2,000 test digits']);
});

test('what ran the parts is told once, and their times are added up', () => {
  expect(enginesOf({ parts })).toEqual(['reference', 'wasm']);
  expect(machinesOf({ parts })).toEqual(['a processor, 2 threads', 'a processor, 1 thread']);
  expect(versionsOf({ parts })).toEqual(['umbra 0.1.0, node 20.19.0']);
  expect(commitsOf({ parts })).toEqual([null, 'c0ffee']);
  expect(wallSecondsOf({ parts })).toBe(60);
});

test('the outputs of stages that the parts made and took are added up, and told where there are some', () => {
  const stages = { base: { made: 2, taken: 0 }, student: { made: 1, taken: 3 } };
  const both = { parts: [{ ...part, stages }, { ...part, stages: { base: { made: 1, taken: 0 } } }, part] };
  expect(outputsOf(both, 'made')).toBe('3 base, 1 student');
  expect(outputsOf(both, 'taken')).toBe('3 student');
  expect(outputsOf({ parts }, 'made')).toBe('');
});
