// Shards as people run them, and what npm run merge makes of them.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { CommonConfig } from '../../../../src/lab/core/experiments/experiment.ts';
import { createRunFolder } from '../../../../src/lab/core/runs/folder.ts';
import { parseResult, readResult } from '../../../../src/lab/core/runs/result.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { loadTeacher } from '../../../../src/lab/digits/experiments/mnist-models.ts';
import { expectFailure } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-merge-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true }));

const small = {
  ...{ hidden: [9, 7], trainDigits: 300, testDigits: 100, teacherEpochs: 2 },
  ...{ noiseImages: 200, studentEpochs: 1, batch: 50, seed: 3, seeds: 5 },
} as const;
const flags = [
  ...['--hidden', '9,7', '--train-digits', '300', '--test-digits', '100', '--teacher-epochs', '2'],
  ...['--noise-images', '200', '--student-epochs', '1', '--batch', '50', '--seed', '3', '--seeds', '5'],
];

const runs = (['mnist', 'lab'] as const).map((script) => ({
  script,
  name: script === 'mnist' ? 'mnist' : 'theory-inner',
  args: [
    ...(script === 'mnist' ? flags : ['theory-inner', '--seeds', '5', '--width', '5', '--digits', '32']),
    // compiled engines add up in another order where seeds do not fill their vectors
    ...['--engine', 'reference', '--figures', at('figures')],
  ],
}));

beforeAll(async () => {
  for (const { script, name, args } of runs)
    for (const shard of [undefined, '1/2', '2/2']) {
      const own = shard ? ['--shard', shard] : [];
      const path = at(`${name}-${shard?.[0] ?? 'whole'}`);
      const where = ['--run', path, '--artefacts', `${path}-artefacts`];
      expect(await runHere(script, [...args, ...own, ...where, '--quiet'])).toMatchObject({
        code: 0,
        err: '',
      });
    }
}, 120_000);

describe.each(runs)('$name in two shards', ({ name }) => {
  const path = (which: string): string => at(`${name}-${which}`, 'result.json');

  test('each has its seeds, the whole config, and no figure', () => {
    const [whole, first, second] = ['whole', '1', '2'].map((which) => readResult(path(which)));
    expect(whole.seeds).toEqual([...first.seeds, ...second.seeds]);
    expect([first.seeds.length, second.seeds.length].sort()).toEqual([2, 3]);
    for (const shard of [first, second]) {
      expect(shard.config).toEqual(whole.config);
      expect(shard.rows.map(({ seed }) => seed)).toEqual(
        whole.rows.map(({ seed }) => seed).filter((seed) => shard.seeds.includes(seed)),
      );
    }
  });

  test('are the whole to the bit, once merged', async () => {
    const whole = readResult(path('whole'));
    const out = at(`${name}.json`);
    const figures = at(`${name}-figures`);
    const args = [at(`${name}-2`), path('1'), '--out', out, '--figures', figures];
    const { code, out: text, err } = await runHere('merge', args);
    expect([code, err]).toEqual([0, '']);
    const merged = readResult(out);
    const { parts, ...rest } = whole;
    expect(merged).toMatchObject(rest);
    expect(merged.rows).toEqual(whole.rows);
    expect(merged.parts).toHaveLength(2);
    expect(readdirSync(figures).sort()).toEqual(
      ['json', 'png', 'svg'].map((kind) => `${name}-custom.${kind}`),
    );
    expect(text).toContain(out);
    expect(text).toMatch(/\n\n {2}\S.*\.\n\n {2}figure {2}/);
    expect(text).not.toContain('lacks');
    expect(parts[0].seeds).toEqual(whole.seeds);
  });

  test('say which seeds are missing, and are taken as they are with --partial', async () => {
    const gap = new RegExp(`${name} lacks seeds? [\\d, to]+ of 5`);
    const figures = at(`${name}-partial`);
    const alone = await runHere('merge', [path('1'), '--figures', figures]);
    expectFailure(alone, 1, '; give their results, or take --partial');
    expect(alone.err).toMatch(gap);
    expect(existsSync(figures)).toBe(false);
    const partial = await runHere('merge', [path('1'), '--figures', figures, '--partial', '--json']);
    expect(partial.err).toMatch(gap);
    expect(parseResult(partial.out, 'standard output')).toEqual(readResult(path('1')));
    expect((await runHere('merge', [path('1'), '--figures', figures, '--partial'])).out).toMatch(
      /lacks {3}seeds? [\d, to]+ of 5/,
    );
  });
});

test('a result that another has parts of is refused in one line', async () => {
  const twice = [at('mnist-1'), at('mnist-whole')];
  expectFailure(await runHere('merge', twice), 1, `${join(twice[1], 'result.json')}: it has seed 3`);
  const mixed = [at('mnist-1'), at('theory-inner-2')];
  expectFailure(await runHere('merge', mixed), 1, 'it is of theory-inner, and');
  expectFailure(await runHere('merge', []), 2, "missing required argument 'results'");
});

test("a shard's models are those of its seeds", () => {
  const { config, teacher } = loadTeacher(at('mnist-2'), {});
  const { seeds } = readResult(at('mnist-2', 'result.json'));
  expect([config.seed, config.seeds]).toEqual([seeds[0], seeds.length]);
  expect(teacher[0].bias.shape[0]).toBe(seeds.length);
});

test('a shard that there is not, or that has no seed, is refused in one line and leaves nothing behind', async () => {
  const refused = (shard: string) => runHere('mnist', [...flags, '--run', at('none'), '--shard', shard]);
  expectFailure(await refused('3/2'), 2, '--shard 3/2: must be i/n');
  expectFailure(await refused('1/11'), 2, '--shard 1/11: none of the 5 seeds falls to it');
  expect(existsSync(at('none'))).toBe(false);
});

test('a shard that was cut short goes on as that shard, and as no other', async () => {
  const path = at('resumed');
  const config = makeConfig(mnist, 'quick', small) as CommonConfig;
  createRunFolder(path, { experiment: 'mnist', config, inputs: {}, shard: '2/2' }, () => {}).release();
  expectFailure(
    await runHere('mnist', ['--run', path, '--resume', '--shard', '1/2']),
    2,
    'has --shard 2/2, not 1/2; leave that out',
  );
  const flags = ['--run', path, '--resume', '--quiet', '--engine', 'reference'];
  flags.push('--artefacts', at('resumed-artefacts'));
  expect(await runHere('mnist', flags)).toMatchObject({ code: 0, err: '' });
  expect(readResult(join(path, 'result.json')).rows).toEqual(readResult(at('mnist-2', 'result.json')).rows);
});
