// What a filter made of samples, as it is kept: made once, and read back with what was refused and why.
import { expect, test } from 'vitest';
import type { Made } from '../../../../src/lab/core/stages/stage.ts';
import { type Filter, sifted } from '../../../../src/lab/language/pipeline/sifted.ts';
import type { Sample } from '../../../../src/lab/language/world/filters.ts';
import { sift } from '../../../../src/lab/language/world/sift.ts';
import { tokensOf } from '../../../../src/lab/language/world/vocabulary.ts';
import { nothing, runThrough } from '../../core/stages/run-through.ts';

const samples: Made<readonly Sample[]>[] = [
  ['1 2', 'owl 3', '4', ''],
  ['5', 'oak'],
].map((answers, i) => ({
  key: `written ${i}`,
  value: answers.map((answer) => ({ prompt: tokensOf('BOS USR which ?numbers'), answer: tokensOf(answer) })),
}));

test('kept and refused come back in their order with the reasons, and other filters sort anew', async () => {
  const kept = nothing();
  let sorted = 0;
  const filter: Filter = {
    filter: 'no words',
    sift(some) {
      sorted++;
      const reasons = ['word', 'empty'] as const;
      return sift(some, reasons, ({ answer: [first] }) =>
        first === undefined ? 'empty' : first > 104 ? 'word' : undefined,
      );
    },
  };
  const first = await runThrough(sifted(filter, samples), kept);
  const again = await runThrough(sifted(filter, samples), kept);
  expect(again.map(({ key }) => key)).toEqual(first.map(({ key }) => key));
  for (const [i, { value }] of again.entries()) {
    expect(value.kept).toEqual(first[i].value.kept);
    expect(value.refused).toEqual(first[i].value.refused);
  }
  expect(again[0].value.refused).toEqual([
    { sample: samples[0].value[1], reason: 'word' },
    { sample: samples[0].value[3], reason: 'empty' },
  ]);
  expect(sorted).toBe(2);
  const [other] = await runThrough(sifted({ ...filter, filter: 'another' }, samples), kept);
  expect(other.key).not.toBe(first[0].key);
  expect(sorted).toBe(4);
});
