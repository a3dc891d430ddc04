// Stages: made once for equal inputs, and only what is missing.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { json } from '../../../../src/lab/core/stages/codec.ts';
import { items } from '../../../../src/lab/core/stages/items.ts';
import { type Inputs, type Made, stageOfMany } from '../../../../src/lab/core/stages/stage.ts';
import type { LabEvent, Running } from '../../../../src/lab/core/training/events.ts';
import { Cut, nothing, runThrough } from './run-through.ts';

const text = json(z.string());

/** A stage that shouts its items, and tells those that it made each time. */
function shout(some: readonly string[], calls: string[][], more: Inputs = {}): Running<Made<string>[]> {
  return stageOfMany({
    name: 'shout',
    items: some,
    inputs: (item) => ({ item, ...more }),
    codec: text,
    async *make(missing) {
      calls.push([...missing]);
      return missing.map((item) => `${item}!`);
    },
  });
}

describe('a stage of many', () => {
  test('makes what is missing, side by side and in the order of its items', async () => {
    const [kept, calls]: [ReturnType<typeof nothing>, string[][]] = [nothing(), []];
    const first = await runThrough(shout(['b', 'd'], calls), kept);
    expect(first.map(({ value }) => value)).toEqual(['b!', 'd!']);
    const all = await runThrough(shout(['d', 'c', 'b', 'a'], calls), kept);
    expect(all.map(({ value }) => value)).toEqual(['d!', 'c!', 'b!', 'a!']);
    expect(calls).toEqual([
      ['b', 'd'],
      ['c', 'a'],
    ]);
    expect([all[2], all[0]]).toEqual(first);
    await runThrough(shout(['a', 'b', 'c', 'd'], calls), kept);
    expect(calls).toHaveLength(2);
  });

  test('has equal keys for equal inputs, in whatever order they are written, and others for others', async () => {
    const keyOf = async (name: string, inputs: Inputs): Promise<string> => {
      const of = { name, items: [inputs], inputs: (own: Inputs) => own, codec: text };
      const [{ key }] = await runThrough(
        stageOfMany({
          ...of,
          make: () => items({ phase: name, items: 1, schema: z.string(), make: () => 'x' }),
        }),
      );
      return key;
    };
    const key = await keyOf('base', { seed: 1, world: { style: 'walk', n: [1, 2] } });
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf('base', { world: { n: [1, 2], style: 'walk' }, seed: 1 })).toBe(key);
    const others: readonly [string, Inputs][] = [
      ['bases', { seed: 1, world: { style: 'walk', n: [1, 2] } }],
      ['base', { seed: 2, world: { style: 'walk', n: [1, 2] } }],
      ['base', { seed: '1', world: { style: 'walk', n: [1, 2] } }],
      ['base', { seed: 1, world: { style: 'walk', n: [2, 1] } }],
      ['base', { seed: 1, world: { style: 'walk', n: [1, 2] }, more: null }],
    ];
    for (const [name, inputs] of others) expect(await keyOf(name, inputs)).not.toBe(key);
  });

  test('is made anew where what it depends on changed', async () => {
    const [kept, calls]: [ReturnType<typeof nothing>, string[][]] = [nothing(), []];
    await runThrough(shout(['a'], calls, { steps: 1 }), kept);
    await runThrough(shout(['a'], calls, { steps: 2 }), kept);
    await runThrough(shout(['a'], calls, { steps: 1 }), kept);
    expect(calls).toEqual([['a'], ['a']]);
  });

  test('tells in one go what it made, and makes nothing of no items', async () => {
    const [kept, calls]: [ReturnType<typeof nothing>, string[][]] = [nothing(), []];
    await runThrough(shout(['b'], calls), kept);
    const told: string[][] = [];
    const look = (event: LabEvent): void => {
      if (event.kind === 'made')
        told.push(...[event.names, event.outputs].map((some) => some.map(({ key }) => key)));
    };
    const all = await runThrough(shout(['a', 'b', 'c'], calls), kept, look);
    expect(told).toEqual([all.map(({ key }) => key), [all[0].key, all[2].key]]);
    expect(await runThrough(shout([], calls), kept, look)).toEqual([]);
    expect([told.length, calls.length]).toEqual([2, 2]);
  });

  test('passes on the events of its making', async () => {
    const phases: string[] = [];
    await runThrough(
      stageOfMany({
        ...{ name: 'both', items: [0, 1], inputs: (item: number) => ({ item }), codec: json(z.number()) },
        make: () => items({ phase: 'counting', items: 2, schema: z.number(), make: (i) => i }),
      }),
      nothing(),
      (event) => phases.push('phase' in event ? `${event.kind} ${event.phase}` : event.kind),
    );
    expect(phases).toEqual([
      ...['stage', 'begin counting'],
      ...['progress counting', 'reached counting', 'progress counting', 'reached counting'],
      'made',
    ]);
  });
});

describe('items', () => {
  const squares = (made: number[], of?: string, n = 5): Running<number[]> =>
    items({
      ...{ phase: 'squares', of, items: n, schema: z.number() },
      make(item) {
        made.push(item);
        return item ** 2;
      },
    });
  const cutAt = (step: number) => (event: LabEvent) => {
    if (event.kind === 'reached' && event.step === step) throw new Cut();
  };

  test('go on behind the last whole one, wherever they were cut short', async () => {
    for (let step = 1; step <= 5; step++) {
      const [kept, before, after]: [ReturnType<typeof nothing>, number[], number[]] = [nothing(), [], []];
      await expect(runThrough(squares(before), kept, cutAt(step))).rejects.toThrow(Cut);
      expect(await runThrough(squares(after), kept)).toEqual([0, 1, 4, 9, 16]);
      expect([...before, ...after]).toEqual([0, 1, 2, 3, 4]);
      expect(before).toHaveLength(step);
    }
  });

  test('that were reached for other inputs are made anew', async () => {
    const [kept, made]: [ReturnType<typeof nothing>, number[]] = [nothing(), []];
    await expect(runThrough(squares([], 'a'), kept, cutAt(3))).rejects.toThrow(Cut);
    await runThrough(squares(made, 'b'), kept);
    expect(made).toEqual([0, 1, 2, 3, 4]);
  });

  test('may be none', async () => {
    expect(await runThrough(squares([], 'a', 0))).toEqual([]);
  });
});
