// Command lines as people type them: help, versions, typos, flags that npm kept, folders that are no run's.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editDistance } from '../../../../src/lab/core/cli/edit-distance.ts';
import { createRunFolder, resumeRunFolder } from '../../../../src/lab/core/runs/folder.ts';
import { expectFailure } from '../../../helpers/commands.ts';
import { type CommandName, commandNames, runHere as run } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-help-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(commandNames)('npm run %s', (name) => {
  test('shows its help and its version, however it is asked', async () => {
    const help = await run(name, ['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(new RegExp(`^Usage: npm run ${name} `));
    for (const args of [['-h'], ['help']]) expect(await run(name, args)).toEqual(help);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const args of [['--version'], ['-v']])
      expect(await run(name, args)).toEqual({ code: 0, err: '', out: `${version}\n` });
  });

  test('names a flag, and a word, that it does not know', async () => {
    const teacher = name === 'mnist:student' ? ['--teacher', at('none')] : [];
    expectFailure(await run(name, ['--jsn', ...teacher]), 2, "unknown option '--jsn'");
    const words: Partial<Record<CommandName, [number, string]>> = {
      lab: [2, "there is no experiment 'some'"],
      sweep: [2, "'some' is no experiment"],
      merge: [1, 'some: there is no such file'],
    };
    const [code, word] = words[name] ?? [2, "'some' belongs to no flag"];
    expectFailure(await run(name, ['some', ...teacher]), code, word);
  });

  test('says which flags npm kept for itself, and how they are written', async () => {
    const env = { npm_lifecycle_event: name, npm_config_json: 'true' };
    expectFailure(
      await run(name, [], env),
      2,
      `npm kept --json for itself; write npm run ${name} -- --json\n`,
    );
  });
});

test('help of an experiment is asked before or behind its name', async () => {
  const help = await run('lab', ['aux-logits', '--help']);
  expect(help.out).toMatch(/^Usage: npm run lab -- aux-logits /);
  for (const args of [
    ['aux-logits', '-h'],
    ['aux-logits', 'help'],
    ['help', 'aux-logits'],
  ])
    expect(await run('lab', args)).toEqual(help);
});

test.each([
  ['mnist', 'mnist', [], { seeds: '3' }, 'npm kept --seeds for itself; write npm run mnist -- --seeds 3'],
  ['mnist', 'mnist', ['3'], { seeds: 'true' }, 'write npm run mnist -- --seeds 3'],
  [
    'mnist',
    'mnist:paper',
    ['--preset', 'paper', '3'],
    { seeds: 'true' },
    'write npm run mnist:paper -- --seeds 3',
  ],
  [
    'mnist',
    'mnist',
    ['digits', '3'],
    { noise: 'true', seeds: 'true' },
    'write npm run mnist -- --noise <name> --seeds <n>',
  ],
  ['mnist', 'mnist', [], { train_digits: '300', resume: 'true' }, 'mnist -- --resume --train-digits 300'],
  ['lab', 'lab', ['aux-logits'], { seeds: '3' }, 'write npm run lab -- aux-logits --seeds 3'],
  ['mnist:student', 'mnist:student', [], { teacher: 'runs/t' }, 'mnist:student -- --teacher runs/t'],
  ['figures', 'figures:theory', ['--only', 'theory-'], { run: 'runs/t' }, 'figures:theory -- --run runs/t'],
  ['mnist', 'mnist', ['wasm'], { engine_strict: 'true' }, 'write npm run mnist -- --<flag> wasm'],
] as const)(
  'npm run %s, by %s with %j and %j in npm’s environment',
  async (name, script, args, kept, text) => {
    const variables = Object.entries(kept).map(([key, value]) => [`npm_config_${key}`, value]);
    const env = { npm_lifecycle_event: script, ...Object.fromEntries(variables) };
    expectFailure(await run(name, args, env), 2, text);
  },
);

test('flags that came, and what npm keeps of other scripts, are nothing to speak of', async () => {
  const kept = { npm_config_seeds: '4' };
  const seeds = ['--seeds', 'x'];
  expectFailure(
    await run('mnist', seeds, { npm_lifecycle_event: 'mnist', ...kept }),
    2,
    '--seeds x: must be',
  );
  const batch = ['--batch', 'x'];
  expectFailure(await run('mnist', batch, { npm_lifecycle_event: 'test', ...kept }), 2, '--batch x: must be');
});

test.each([
  ['mnist', ['--run', ''], "'--run <folder>' argument '' is invalid. It is empty; give a path;"],
  [
    'mnist',
    ['--run', '--quiet'],
    "argument '--quiet' is invalid. It is a flag; give a path, such as ./--quiet;",
  ],
  ['mnist', ['--datasets', ''], 'It is empty'],
  ['mnist', ['--figures', ''], 'It is empty'],
  ['mnist:student', ['--teacher', ''], 'It is empty'],
  ['figures', ['--run', ''], 'It is empty'],
  ['report', ['--out', ''], 'It is empty'],
  ['datasets:fetch', ['--source', ''], "--source '': must be a URL"],
  ['datasets:fetch', ['--source', 'nowhere'], '--source nowhere: must be a URL'],
  ['mnist', ['--seeds', ''], "--seeds '': must be a whole number"],
  ['mnist', ['--hidden', ','], "--hidden '': must be"],
  ['mnist', ['--seeds', '3', '4'], "'4' belongs to no flag; leave it out"],
  ['lm', ['--show', '3'], "'3' belongs to no flag; leave it out"],
  ['lab', ['mnsit'], '(did you mean mnist?)'],
  ['lab', ['auxlogits'], '(did you mean aux-logits?)'],
  ['lab', ['theory-s'], '(did you mean theory-signs, theory-steps, theory-spectrum?)'],
  ['lab', ['nothing like it'], "there is no experiment 'nothing like it'; npm run lab lists them;"],
] as const)('npm run %s -- %j is refused in one line', async (name, args, text) => {
  expectFailure(await run(name, args), 2, text);
});

test('npm run figures says what there is where nothing is named so, or nothing there', async () => {
  mkdirSync(at('empty'));
  expectFailure(
    await run('figures', ['--figures', at('empty')]),
    1,
    `${at('empty')}: there is no result; npm run`,
  );
  const flags = ['--only', 'nothing', '--json'];
  expectFailure(
    await run('figures', flags),
    1,
    '--only nothing: no result in figures is named so; there is ',
  );
  expect((await run('figures', flags)).err).toContain(' mnist-paper, ');
});

describe('a folder that no run can begin or go on in gets one answer', () => {
  const plan = { experiment: 'mnist', config: { preset: 'quick' }, inputs: {} };
  const folders = {
    'without its config': { 'metrics.jsonl': '{}\n', 'teacher.safetensors': '' },
    'of another kind': { 'config.json': '{"editor": "vim"}' },
    'with half a config': { 'config.json': '{"exper' },
    'with no more than checkpoints': { checkpoints: '' },
    'that is full of other things': { 'thesis.tex': 'mine' },
    'of a finished run': { 'result.json': '{}', 'config.json': JSON.stringify(plan) },
    'of a finished run without its config': { 'result.json': '{}' },
  };
  beforeAll(() => {
    for (const [name, files] of Object.entries(folders)) {
      mkdirSync(at(name));
      for (const [file, text] of Object.entries(files)) writeFileSync(at(name, file), text);
    }
    writeFileSync(at('a file'), '');
  });

  test.each([...Object.keys(folders), 'a file'])('%s', (name) => {
    const answers = [
      () => createRunFolder(at(name), plan, () => {}),
      () => resumeRunFolder(at(name), () => {}),
    ].map((open) => {
      try {
        return open().directory;
      } catch (error) {
        return String(error);
      }
    });
    expect(answers[0]).toMatch(new RegExp(`^RunError: ${at(name)}.*; choose `));
    expect(answers[1]).toBe(answers[0]);
    if (name in folders)
      expect(readdirSync(at(name)).sort()).toEqual(Object.keys(folders[name as keyof typeof folders]).sort());
  });

  test('but for one that lost its metrics, which goes on and says so', () => {
    mkdirSync(at('lost'));
    writeFileSync(at('lost', 'config.json'), JSON.stringify(plan));
    expect(() => createRunFolder(at('lost'), plan, () => {})).toThrow(/; --resume goes on with it/);
    const said: string[] = [];
    const resumed = resumeRunFolder(at('lost'), (line) => said.push(line));
    resumed.metric({ step: 1 });
    resumed.release();
    expect(said).toEqual([
      `${at('lost', 'metrics.jsonl')}: it is gone; it begins again where the run goes on`,
    ]);
    expect(readFileSync(at('lost', 'metrics.jsonl'), 'utf8')).toBe('{"step":1}\n');
  });

  test('a config that is none of its experiment is no fault of the flags', async () => {
    mkdirSync(at('old'));
    writeFileSync(at('old', 'config.json'), JSON.stringify(plan));
    writeFileSync(at('old', 'metrics.jsonl'), '');
    const resumed = await run('mnist', ['--run', at('old'), '--resume', '--quiet']);
    expectFailure(
      resumed,
      1,
      `${at('old')}: its config.json has --data unset: must be one of embedded, full`,
    );
  });
});

test('a path that is too long is said to be so', async () => {
  expectFailure(await run('figures', ['--figures', at('a'.repeat(300))]), 1, 'the path is too long');
});

test('editDistance is that of its definition', () => {
  for (const [a, b, distance] of [
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
    ['mnist', 'mnist', 0],
  ] as const) {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  }
});
