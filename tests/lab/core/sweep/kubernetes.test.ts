// Sweeps on Kubernetes without a cluster: the manifest, and what kubectl is asked and answers.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSweep } from '../../../../src/lab/core/sweep/sweep.ts';
import { expectFailure } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-kubernetes-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const asked = [
  ...['theory-inner', '--seeds', '4', '--engine', 'reference', '--on', 'kubernetes'],
  ...['--image', 'registry/umbra', '--threads', '2', '--memory', '4G'],
];

/** A kubectl that notes how it is called, and answers with what lies in the file `answer`. */
const kubectl = '#!/bin/sh\necho "$@" >> "$CALLS"\n[ "$1" = get ] && exec /bin/cat "$ANSWER"\nexit "$CODE"\n';
const env = { PATH: at('bin'), CALLS: at('calls'), ANSWER: at('answer'), CODE: '0' };
const sweep = (...args: string[]) => runHere('sweep', args, env);
const calls = (): string[] => readFileSync(at('calls'), 'utf8').trimEnd().split('\n');

beforeAll(() => {
  mkdirSync(at('bin'));
  writeFileSync(at('bin', 'kubectl'), kubectl);
  chmodSync(at('bin', 'kubectl'), 0o755);
});

/** What lies in the only manifest of the sweep in the folder `name`. */
function documents(name: string): { kind: string; metadata: { name: string }; [key: string]: unknown }[] {
  const [file] = readdirSync(at(name)).filter((each) => each.endsWith('-0.yaml'));
  const [, ...parts] = readFileSync(at(name, file), 'utf8').split('\n---\n');
  return parts.map((part) => JSON.parse(part));
}

describe('a sweep', () => {
  test('is an Indexed Job with a plan and a volume, which kubectl is given', async () => {
    expect(await sweep(...asked, '--sweep', at('one'))).toMatchObject({ code: 0, err: '' });
    const [plan, volume, job] = documents('one');
    expect([plan, volume, job].map(({ kind }) => kind)).toEqual([
      'ConfigMap',
      'PersistentVolumeClaim',
      'Job',
    ]);
    expect(plan.data).toEqual({ 'sweep.json': readFileSync(at('one', 'sweep.json'), 'utf8') });
    expect(job.spec).toMatchObject({
      ...{ completionMode: 'Indexed', completions: 4 },
      template: {
        spec: {
          containers: [
            {
              image: 'registry/umbra',
              args: ['--of', '0-3'],
              resources: { limits: { cpu: '2', memory: '4G' } },
            },
          ],
          volumes: [
            { persistentVolumeClaim: { claimName: volume.metadata.name } },
            { configMap: { name: plan.metadata.name } },
          ],
        },
      },
    });
    expect(calls()).toEqual([`apply --filename ${at('one', `${job.metadata.name}.yaml`)}`]);
  });

  test('takes a claim that is there', async () => {
    await sweep(...asked, '--claim', 'ours', '--sweep', at('claimed'));
    const [, job, ...none] = documents('claimed');
    expect(none).toEqual([]);
    expect(JSON.stringify(job)).toContain('"claimName":"ours"');
  });

  test('is as far as the job says, and tried again where that has given up', async () => {
    const status = { active: 1, completedIndexes: '0-1', failedIndexes: '3' };
    writeFileSync(env.ANSWER, JSON.stringify({ status }));
    expect((await sweep('status', at('one'))).out).toBe(
      'done         2  0, 1\nwaiting      1  2\nnot begun    1  3\n',
    );
    expect((await sweep('retry', at('one'))).out).toContain('1 of 4 elements');
    const [first, second] = openSweep(at('one')).jobs();
    expect(second).toEqual({ ...first, id: first.id.replace(/0$/, '1'), elements: [3] });
    expect(readFileSync(at('one', `${second.id}.yaml`), 'utf8')).toContain('"3"');
    writeFileSync(env.ANSWER, '');
    expect((await sweep('status', at('one'))).out).toContain('not begun    4');
  });

  test('is taken back by its jobs', async () => {
    await sweep('cancel', at('one'));
    const ids = openSweep(at('one'))
      .jobs()
      .map(({ id }) => id);
    expect(calls().slice(-2)).toEqual(ids.map((id) => `delete job ${id} --ignore-not-found --wait=false`));
  });

  test('that the cluster refuses is there as a manifest', async () => {
    const refused = await runHere('sweep', [...asked, '--quiet', '--sweep', at('refused')], {
      ...env,
      CODE: '1',
    });
    expectFailure(refused, 1, 'kubectl apply -f');
    expect(documents('refused')).toHaveLength(3);
  });

  test('has its artefacts in its volume', async () => {
    const elsewhere = await sweep(...asked, '--artefacts', at('artefacts'), '--sweep', at('none'));
    expectFailure(elsewhere, 2, '--artefacts: on Kubernetes they lie in the volume');
  });
});
