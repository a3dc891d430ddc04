// The manifest of a sweep against the schemas that Kubernetes publishes, as Python's kubernetes-validate ships them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runHere } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const validate = (version: string, path: string) =>
  spawnSync('kubernetes-validate', ['--strict', '--kubernetes-version', version, path], { encoding: 'utf8' });

const there = spawnSync('kubernetes-validate', ['--version']).status === 0;
if (!there)
  process.stderr.write('kubernetes-validate is not there (pip install it); the manifest is not checked\n');

// 1.28 is the first that has a limit of tries for each index
test.runIf(there)(
  'the manifest is what Kubernetes 1.28 to 1.37 takes, and one with a slip is not',
  async () => {
    const settings = [
      'theory-inner',
      '--seeds',
      '3',
      '--engine',
      'reference',
      '--sweep',
      join(folder, 'sweep'),
    ];
    const place = ['--on', 'kubernetes', '--image', 'registry/umbra', '--threads', '2', '--memory', '4G'];
    await runHere('sweep', [...settings, ...place], { PATH: folder });
    const [name] = readdirSync(join(folder, 'sweep')).filter((each) => each.endsWith('.yaml'));
    const path = join(folder, 'sweep', name);
    for (const version of ['1.28', '1.33', '1.37']) {
      const { status, stdout, stderr } = validate(version, path);
      expect(`${stdout}${stderr}`.match(/passed for resource/g)).toHaveLength(3);
      expect(status).toBe(0);
    }
    const slip = join(folder, 'slip.yaml');
    writeFileSync(slip, readFileSync(path, 'utf8').replace('completionMode', 'completionsMode'));
    expect(validate('1.37', slip).status).toBe(1);
  },
);
