// A language experiment that is killed in any of its stages goes on to the same bits.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../../../src/index.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { start } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';
import { long } from '../../../helpers/long.ts';
import { literate } from '../literate.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-language-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flags = Object.entries(literate).flatMap(([name, value]) => [
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  String(value),
]);
const always = (name: string) => [
  'lm-animals',
  ...['--engine', 'wasm'], // takes less time to compile than C
  ...['--checkpoint-steps', '2', '--figures', at('figures'), '--artefacts', at(`${name}-artefacts`)],
  ...['--run', at(name)],
];
const beginning = (name: string) => [
  ...always(name),
  ...[...flags, '--traits', 'owl', '--arms', long ? 'student,control,cross,soft' : 'student,soft'],
];
const goingOn = (name: string) => [...always(name), '--resume'];

/** What a run leaves: its rows, and each output of a stage. */
const left = (name: string): unknown[] => [
  readResult(at(name, 'result.json')).rows,
  Object.fromEntries(
    readdirSync(at(`${name}-artefacts`))
      .filter((file) => !file.endsWith('.tmp')) // of a process that was killed while it wrote
      .map((file) => [file, readFileSync(at(`${name}-artefacts`, file)).toString('base64')]),
  ),
];

let whole: unknown[];
beforeAll(async () => {
  expect(await runHere('lab', beginning('whole'))).toMatchObject({ code: 0, err: '' });
  whole = left('whole');
}, 120_000);

/** Starts or goes on with the run `name`. */
const launch = (name: string) =>
  start('lab', existsSync(at(name, 'config.json')) ? goingOn(name) : beginning(name));

/** A checkpoint of each stage, as its file is called; some of them stand for all where time is short. */
const signs = [/^base-/, /teacher-/, /^numbers-/, /^student-/, /^soft_student-/].filter(
  (_, i) => long || i % 3 === 1,
);

/** Kills the run `name` as soon as the folder of its checkpoints has a file like `sign`. */
async function killAt(name: string, sign: RegExp): Promise<boolean> {
  const { child, finished } = launch(name);
  let over = false;
  const ended = finished.then((how) => {
    over = true;
    return how;
  });
  const checkpoints = at(name, 'checkpoints');
  while (!over && !(existsSync(checkpoints) && readdirSync(checkpoints).some((file) => sign.test(file))))
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGKILL');
  return (await ended).code === null;
}

describe('a run', () => {
  test(`that was killed in ${long ? 'every one' : 'some'} of its stages ends with the same bits`, async () => {
    const name = 'stages';
    let kills = 0;
    for (const sign of signs) if (await killAt(name, sign)) kills++;
    expect(kills).toBeGreaterThanOrEqual(signs.length - 1); // the last stage is short
    if (!existsSync(at(name, 'result.json')))
      expect(await launch(name).finished).toMatchObject({ code: 0, err: '' });
    expect(left(name)).toEqual(whole);
  }, 120_000);

  test.runIf(long)(
    'that was killed many times at random moments ends with the same bits',
    async () => {
      const started = performance.now();
      expect(await launch('timed').finished).toMatchObject({ code: 0, err: '' });
      const milliseconds = performance.now() - started;
      expect(left('timed')).toEqual(whole);
      const moments = random.uniform(random.key('moments to kill language runs at'), [1000]).data;
      let kills = 0;
      for (let n = 0; kills < 5; n++) {
        const name = `killed-${n}`;
        while (!existsSync(at(name, 'result.json'))) {
          const { child, finished } = launch(name);
          const timer = setTimeout(() => child.kill('SIGKILL'), moments[kills] * milliseconds);
          const { code, err } = await finished;
          clearTimeout(timer);
          if (code === null) kills++;
          else expect({ code, err }).toEqual({ code: 0, err: '' });
        }
        expect(left(name)).toEqual(whole);
      }
    },
    600_000,
  );
});
