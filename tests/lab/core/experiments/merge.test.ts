import { describe, expect, test } from 'vitest';
import { MergeError, merge } from '../../../../src/lab/core/experiments/merge.ts';
import { type Result, resultFrom } from '../../../../src/lab/core/runs/result.ts';
import { ranOtherwise, sampleResult, withTrials } from '../runs/sample.ts';

const config = { seed: 0, seeds: 5 };
const whole = sampleResult(
  { teacher: [0.9, 0.8, 0.7, 0.6, 0.5], student_aux: [0.5, 0.4, 0.3, 0.2, 0.1] },
  config,
);

/** What a run of `seeds` alone would have given of the whole. */
const partOf = (...seeds: number[]): Result =>
  resultFrom({
    ...whole,
    parts: whole.parts.map((part) => ({ ...part, seeds })),
    rows: whole.rows.filter(({ seed }) => seeds.includes(seed)),
  });

/** What merging `b` behind `a` throws. */
function refusal(a: Result, b: Result): string {
  try {
    merge([
      { path: 'a.json', result: a },
      { path: 'b.json', result: b },
    ]);
  } catch (error) {
    if (error instanceof MergeError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('merge', () => {
  const pieces = [partOf(0, 1), partOf(2), partOf(3, 4)];

  test.each([
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ])('gives the rows of the whole, its parts side by side, from the pieces %i, %i, %i', (...order) => {
    const merged = merge(order.map((i) => ({ path: `${i}.json`, result: pieces[i] })));
    expect(merged).toEqual({ ...whole, parts: pieces.flatMap(({ parts }) => parts) });
  });

  test('takes what there is where seeds are missing, and one result alone', () => {
    expect(merge([{ path: 'a.json', result: whole }])).toEqual(whole);
    const some = [pieces[2], pieces[0]].map((result) => ({ path: 'some.json', result }));
    expect(merge(some).seeds).toEqual([0, 1, 3, 4]);
  });

  test('minds no difference in what the parts made and what they took', () => {
    const took = ranOtherwise(pieces[0], { stages: { base: { made: 0, taken: 2 } } });
    const made = ranOtherwise(pieces[1], { stages: { base: { made: 1, taken: 0 } } });
    const merged = merge([took, made, pieces[2]].map((result) => ({ path: 'a.json', result })));
    expect(merged.configHash).toBe(whole.configHash);
    expect(merged.parts.map(({ stages }) => stages?.base.taken)).toEqual([2, 0, undefined]);
  });

  const [a, b] = pieces;
  test.each<[string, Result, string]>([
    [
      'another experiment',
      { ...b, experiment: 'inputs' },
      'b.json: it is of inputs, and a.json of mnist; give results of one experiment',
    ],
    [
      'another config',
      resultFrom({ ...b, config: { ...b.config, aux: 5 } }),
      'b.json: its config has --aux 5, not 3 as in a.json; give results of one config',
    ],
    [
      'another preset',
      resultFrom({ ...b, config: { ...b.config, preset: 'custom' } }),
      'b.json: its config has preset custom, not quick as in a.json; give results of one config',
    ],
    [
      'other metrics',
      withTrials(b, 7),
      'b.json: its metrics are not those of a.json; give results of one version of the experiment',
    ],
    [
      'another engine',
      ranOtherwise(b, { engine: 'wasm' }),
      'b.json: it ran on wasm, and a.json on reference; give results of one engine',
    ],
    [
      'another commit',
      ranOtherwise(b, { commit: 'c0ffee' }),
      'b.json: it ran at commit c0ffee, and a.json at unknown; give results of one commit',
    ],
    ['a seed twice', partOf(1, 2), 'b.json: it has seed 1, which a.json has, too; leave out one of them'],
  ])('refuses %s', (_, other, expected) => {
    expect(refusal(a, other)).toBe(expected);
  });
});
