import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  formatResult,
  hashConfig,
  parseResult,
  type Result,
  ResultError,
  type Row,
  readResult,
  resultFrom,
  valuesOf,
  writeResult,
} from '../../../../src/lab/core/runs/result.ts';
import { ranOtherwise, sampleResult } from './sample.ts';

const sample = (): Result =>
  sampleResult({ reference: [0.1, 0.09, 0.12], teacher: [0.97, 0.96, 0.98], student_aux: [0.5, 0.6, 0.4] });

/** The message of the ResultError that `work` throws. */
function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ResultError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('hashConfig', () => {
  test('is the SHA-256 of the canonical JSON', () => {
    // printf '{"a":[1,{"x":null,"y":"é"}],"b":0.1}' | sha256sum
    expect(hashConfig({ b: 0.1, a: [1, { y: 'é', x: null }] })).toBe(
      '27b254cd023b922a1c5f7c28c76bcd2e0688d5f6d867cb20ef88288f31a64123',
    );
  });

  test('does not depend on the order of keys, but on that of lists', () => {
    const hash = hashConfig({ a: 1, b: { c: [1, 2], d: true } });
    expect(hashConfig({ b: { d: true, c: [1, 2] }, a: 1 })).toBe(hash);
    expect(hashConfig({ b: { d: true, c: [2, 1] }, a: 1 })).not.toBe(hash);
  });

  test('two configs share a hash exactly if they are equal', () => {
    const config = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(config, config, (a, b) => {
        const [x, y]: Result['config'][] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        const reversed = Object.fromEntries(Object.entries(x).reverse());
        expect(hashConfig(reversed)).toBe(hashConfig(x));
        let equal = true;
        try {
          expect(x).toStrictEqual(y);
        } catch {
          equal = false;
        }
        expect(hashConfig(x) === hashConfig(y)).toBe(equal);
      }),
    );
  });
});

describe('a result file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'umbra-result-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is read as it was written', () => {
    const path = join(folder, 'result.json');
    writeResult(path, sample());
    expect(readResult(path)).toEqual(sample());
    expect(readFileSync(path, 'utf8')).toMatch(/^{\n {2}"schema": "umbra\/result@3",\n.*}\n$/s);
  });

  test('is not written if it would be wrong', () => {
    const path = join(folder, 'result.json');
    const wrong = ranOtherwise(sample(), { wallSeconds: Number.NaN });
    expect(complaint(() => writeResult(path, wrong))).toBe(
      `${path}: parts[0].wallSeconds is NaN; it must be a number of seconds; nothing was written`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is missing is named', () => {
    const path = join(folder, 'none.json');
    expect(complaint(() => readResult(path))).toBe(
      `${path}: there is no such file or folder; check the path`,
    );
  });

  test('that is a folder is named', () => {
    expect(complaint(() => readResult(folder))).toBe(
      `${folder}: this is a folder, not a file; check the path`,
    );
  });

  test('that was cut short is named, in one line', () => {
    const path = join(folder, 'result.json');
    writeResult(path, sample());
    const whole = readFileSync(path, 'utf8');
    for (const length of [0, 1, 40, whole.length >> 1, whole.length - 2]) {
      writeFileSync(path, whole.slice(0, length));
      const message = complaint(() => readResult(path));
      expect(message).toMatch(
        /result\.json: it is not whole JSON \(.*\); restore the file, or run the experiment again$/,
      );
      expect(message).not.toContain('\n');
    }
  });
});

describe('parseResult', () => {
  const row: Row = {
    seed: 0,
    arm: 'teacher',
    at: { aux: 3 },
    values: { accuracy: 0.9 },
    curves: { loss: [2, 1] },
  };
  const again = 'restore the file, or run the experiment again';

  /** Changes the one part. */
  const part = (change: object) => (r: Record<string, unknown>) =>
    Object.assign(r, { parts: [{ ...sample().parts[0], ...change }] });

  test.each<[string, (r: Record<string, unknown>) => void, string]>([
    [
      'another schema',
      (r) => Object.assign(r, { schema: 'umbra/result@9' }),
      'schema is "umbra/result@9"; it must be "umbra/result@3"',
    ],
    ['a missing field', (r) => delete r.experiment, 'experiment is missing; it must be text'],
    ['an unknown field', (r) => Object.assign(r, { extra: 1 }), 'the content has the unknown key "extra"'],
    [
      'a changed config',
      (r) => Object.assign(r, { config: {} }),
      `configHash is "${hashConfig(sample().config).slice(0, 58)}…; it must be the hash of config, ${hashConfig({})}`,
    ],
    [
      'a seed twice',
      (r) => Object.assign(r, { seeds: [1, 2, 1] }),
      'seeds is [1,2,1]; it must be a list of different seeds',
    ],
    [
      'no seeds',
      (r) => Object.assign(r, { seeds: [] }),
      'seeds is []; it must be a list of at least one seed',
    ],
    [
      'a negative seed',
      (r) => Object.assign(r, { seeds: [0, -1, 2] }),
      'seeds[1] is -1; it must be a whole number from 0',
    ],
    [
      'a broken seed',
      (r) => Object.assign(r, { seeds: [0, 1.5, 2] }),
      'seeds[1] is 1.5; it must be a whole number from 0',
    ],
    [
      'no versions',
      part({ versions: {} }),
      'parts[0].versions is {}; it must be an object of at least one version',
    ],
    [
      'a version that is no text',
      part({ versions: { umbra: '1', node: 20 } }),
      'parts[0].versions.node is 20; it must be text',
    ],
    ['a commit that is no text', part({ commit: 7 }), 'parts[0].commit is 7; it must be a commit or null'],
    [
      'negative time',
      part({ wallSeconds: -1 }),
      'parts[0].wallSeconds is -1; it must be a number of seconds',
    ],
    ['a part without an engine', part({ engine: undefined }), 'parts[0].engine is missing; it must be text'],
    [
      'a stage that has not been counted',
      part({ stages: { base: { made: 1 } } }),
      'parts[0].stages.base.taken is missing; it must be a whole number from 0',
    ],
    [
      'no parts',
      (r) => Object.assign(r, { parts: [] }),
      'parts is []; it must be a list of parts that have each of the seeds once, and no other',
    ],
    [
      'a seed that no part has',
      part({ seeds: [0, 1] }),
      'parts is [{"seeds":[0,1],"engine":"reference","versions":{"umbra":"0…; it must be a list of parts that have each of the seeds once, and no other',
    ],
    [
      'a part of a seed that there is not',
      part({ seeds: [0, 1, 2, 3] }),
      'parts is [{"seeds":[0,1,2,3],"engine":"reference","versions":{"umbra…; it must be a list of parts that have each of the seeds once, and no other',
    ],
    [
      'a value that no metric is',
      (r) => Object.assign(r, { rows: [{ ...row, values: { cosine: 1 } }] }),
      'metrics.cosine is missing; it must be what rows[0].values.cosine is',
    ],
    [
      'a metric of an unknown unit',
      (r) => Object.assign(r, { metrics: { accuracy: { unit: 'miles' } } }),
      `metrics.accuracy.unit is "miles"; it must be one of 'share', 'nats' and ''`,
    ],
    [
      'a share of no trials',
      (r) => Object.assign(r, { metrics: { accuracy: { unit: 'share', trials: 0 } } }),
      'metrics.accuracy.trials is 0; it must be a whole number from 1',
    ],
    [
      'a chance that is no share',
      (r) => Object.assign(r, { metrics: { accuracy: { unit: 'share', chance: 10 } } }),
      'metrics.accuracy.chance is 10; it must be a number from 0 to 1',
    ],
    ['no rows', (r) => Object.assign(r, { rows: [] }), 'rows is []; it must be a list of at least one row'],
    [
      'a row without an arm',
      (r) => Object.assign(r, { rows: [{ ...row, arm: undefined }] }),
      'rows[0].arm is missing; it must be text',
    ],
    [
      'a setting that is a list',
      (r) => Object.assign(r, { rows: [{ ...row, at: { aux: [3] } }] }),
      'rows[0].at.aux is [3]; it must be a number or text',
    ],
    [
      'a share above 1',
      (r) => Object.assign(r, { rows: [{ ...row, values: { accuracy: 1.2 } }] }),
      'rows[0].values.accuracy is 1.2; it must be a number from 0 to 1',
    ],
    [
      'an accuracy that is null',
      (r) => Object.assign(r, { rows: [{ ...row, values: { accuracy: null } }] }),
      'rows[0].values.accuracy is null; it must be a number',
    ],
    [
      'a curve with a hole',
      (r) => Object.assign(r, { rows: [{ ...row, curves: { loss: [1, null] } }] }),
      'rows[0].curves.loss[1] is null; it must be a number',
    ],
    [
      'a row of no seed',
      (r) => Object.assign(r, { rows: [{ ...row, seed: 7 }] }),
      'rows[0].seed is 7; it must be one of the seeds',
    ],
    [
      'a row twice',
      (r) => Object.assign(r, { rows: [row, { ...row, values: {} }] }),
      'rows[1] is {"seed":0,"arm":"teacher","at":{"aux":3},"values":{},"curve…; it must be the only row of its seed, arm and settings',
    ],
  ])('names %s', (_, corrupt, expected) => {
    const result: Record<string, unknown> = { ...sample() };
    corrupt(result);
    expect(complaint(() => parseResult(JSON.stringify(result), 'a/result.json'))).toBe(
      `a/result.json: ${expected}; ${again}`,
    );
  });

  test('names a number too large for JavaScript', () => {
    const text = JSON.stringify(sample()).replace('12.5', '1e999');
    expect(complaint(() => parseResult(text, 'r'))).toContain('parts[0].wallSeconds is Infinity');
  });

  test('refuses NaN, which is not JSON', () => {
    const text = JSON.stringify(sample()).replace('0.97', 'NaN');
    expect(complaint(() => parseResult(text, 'r'))).toMatch(/^r: it is not whole JSON \(.*\); restore/);
  });

  test('complains in one line about text of several', () => {
    expect(complaint(() => parseResult('{\n\t"seeds": oops\n}', 'r'))).toMatch(
      /^r: it is not whole JSON \([^\n\t]*oops[^\n\t]*\); restore/,
    );
  });

  test('refuses text that is JSON but no object', () => {
    for (const text of ['null', '[]', '3', '"x"'])
      expect(complaint(() => parseResult(text, 'r'))).toBe(
        `r: the content is ${text}; it must be an object; ${again}`,
      );
  });

  test('refuses what is nested too deeply to check', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = JSON.stringify(sample()).replace('"quick"', deep);
    expect(complaint(() => parseResult(text, 'r'))).toBe(`r: it is nested too deeply; ${again}`);
  });

  test('keeps every row of any legal result', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const some = { noNullPrototype: true, maxKeys: 3 };
    const name = fc.string().filter((key) => key !== '__proto__');
    const row = fc.record(
      {
        seed: fc.integer({ min: 0, max: 2 }),
        arm: fc.string({ minLength: 1 }),
        at: fc.dictionary(name, fc.oneof(number, fc.string()), some),
        values: fc.dictionary(name, number, some),
        curves: fc.dictionary(name, fc.array(number), some),
      },
      { noNullPrototype: true },
    );
    const rows = fc.uniqueArray(row, {
      minLength: 1,
      maxLength: 5,
      selector: ({ seed, arm, at }) => JSON.stringify([seed, arm, Object.entries(at).sort()]),
    });
    fc.assert(
      fc.property(rows, (some) => {
        const names = some.flatMap(({ values }) => Object.keys(values));
        const metrics = Object.fromEntries(names.map((each) => [each, { unit: '' as const }]));
        const result: Result = { ...sample(), metrics, rows: JSON.parse(JSON.stringify(some)) };
        expect(parseResult(formatResult(result), 'r')).toEqual(result);
      }),
    );
  });

  const parsesOrComplains = (text: string): void => {
    try {
      parseResult(text, 'some.json');
    } catch (error) {
      expect(error).toBeInstanceOf(ResultError);
      expect(String(error)).toMatch(
        /^ResultError: some\.json: [^\n\r]*; restore the file, or run the experiment again$/,
      );
    }
  };

  test('any text and any JSON parses or gives one line', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), parsesOrComplains));
  });

  test('a legal result with any part replaced parses or gives one line', () => {
    const paths = [
      [],
      ...Object.keys(sample()).map((key) => [key]),
      ['rows', '0'],
      ['rows', '0', 'values', 'accuracy'],
      ['rows', '2', 'at'],
      ['config', 'aux'],
      ['rows', '\n'],
      ['\u2028'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const replaced = (at: unknown, [key, ...rest]: string[]): unknown =>
          key === undefined ? value : { ...Object(at), [key]: replaced(Object(at)[key], rest) };
        parsesOrComplains(JSON.stringify(replaced(sample(), path)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('valuesOf', () => {
  test('gives one number a seed, of the arm, value and settings that are asked for', () => {
    const rows = [1, 0].flatMap((seed) =>
      [3, 10].map(
        (aux): Row => ({
          seed,
          arm: 'student_aux',
          at: { aux, width: 64 },
          values: { accuracy: aux / 100 + seed / 10, other: 7 },
          curves: {},
        }),
      ),
    );
    const result = { seeds: [0, 1], rows };
    expect(valuesOf(result, 'student_aux', 'accuracy', { aux: 10 })).toEqual([0.1, 0.2]);
    expect(valuesOf(result, 'student_aux', 'other', { aux: 3, width: 64 })).toEqual([7, 7]);
    expect(valuesOf(result, 'student_aux', 'accuracy', { aux: 5 })).toEqual([]);
    expect(valuesOf(result, 'teacher')).toEqual([]);
  });
});

describe('resultFrom', () => {
  const rowOf = (seed: number, arm: string, aux: number): Row => ({
    seed,
    arm,
    at: { aux },
    values: {},
    curves: {},
  });
  const arms = ['student', 'control'];
  const whole = arms.flatMap((arm) =>
    [3, 10].flatMap((aux) => [0, 1, 2].map((seed) => rowOf(seed, arm, aux))),
  );

  test('has the rows in one order, whichever part or loop they come from', () => {
    const { experiment, config, parts } = sample();
    const header = { experiment, config, metrics: {}, parts };
    const bySeed = [2, 0, 1].flatMap((seed) => whole.filter((each) => each.seed === seed));
    for (const rows of [whole, bySeed]) expect(resultFrom({ ...header, rows }).rows).toEqual(whole);
  });

  test('has the seeds of all parts in order', () => {
    const [part] = sample().parts;
    const parts = [
      { ...part, seeds: [10, 2] },
      { ...part, seeds: [9] },
    ];
    expect(resultFrom({ ...sample(), parts }).seeds).toEqual([2, 9, 10]);
  });
});
