// A sweep on Kubernetes: an Indexed Job whose pods share a volume, as a manifest for kubectl.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../../../store/atomic.ts';
import { type On, SweepError } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { numbersOf, spansOf } from './spans.ts';
import type { Sweep } from './sweep.ts';
import { outputIfThere, outputOf, ToolError } from './tools.ts';

/** Where the sweep's folder lies in a pod. */
const folder = '/sweep';

/** What the sweep is called in the cluster: no two sweeps share it. */
function nameOf({ plan, directory }: Sweep): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([directory, plan]))
    .digest('hex')
    .slice(0, 10);
  return `umbra-${plan.experiment
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 30)}-${hash}`;
}

/** What runs `elements`: the plan, the volume unless it is there, and a job called `id`. */
function resources(
  sweep: Sweep,
  elements: readonly number[],
  { threads = 1, memory, image, claim, storage }: On<'kubernetes'>,
  id: string,
) {
  const name = nameOf(sweep);
  const labels = { 'app.kubernetes.io/name': 'umbra', 'app.kubernetes.io/instance': name };
  const needs = { cpu: String(threads), ...(memory ? { memory } : {}) };
  const plan = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data: { 'sweep.json': readFileSync(sweep.planPath, 'utf8') },
  };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels },
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage } } },
  };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: id, labels },
    spec: {
      completionMode: 'Indexed',
      completions: elements.length,
      parallelism: elements.length,
      backoffLimitPerIndex: 3,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }, // a node that goes is no fault of it
          // wrong usage stays so; schemas before 1.33 want conditions beside exit codes
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: [2] }, onPodConditions: [] },
        ],
      },
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 120, // for a last checkpoint
          containers: [
            {
              name: 'element',
              image,
              command: ['node', 'scripts/start.js', 'scripts/sweep.ts', 'element', folder],
              args: ['--of', spansOf(elements)],
              env: [{ name: 'UMBRA_THREADS', value: String(threads) }],
              resources: { requests: needs, limits: needs },
              volumeMounts: [
                { name: 'sweep', mountPath: folder, subPath: name }, // several sweeps may share a claim
                { name: 'plan', mountPath: `${folder}/sweep.json`, subPath: 'sweep.json' },
              ],
            },
          ],
          volumes: [
            { name: 'sweep', persistentVolumeClaim: { claimName: claim ?? name } },
            { name: 'plan', configMap: { name } },
          ],
        },
      },
    },
  };
  return [plan, ...(claim ? [] : [volume]), job];
}

const jobStatus = z.object({
  status: z.object({
    completedIndexes: z.string().default(''),
    failedIndexes: z.string().default(''),
    active: z.number().default(0),
  }),
});

export const kubernetes: Scheduler<On<'kubernetes'>> = {
  async start(sweep, elements, place, keep, { tell }) {
    const id = `${nameOf(sweep)}-${sweep.jobs().length}`;
    const path = join(sweep.directory, `${id}.yaml`);
    const documents = resources(sweep, elements, place, id).map((each) => JSON.stringify(each, null, 2)); // which is YAML, too
    const head = '# A sweep of Umbra. It begins so because kubectl takes for JSON what begins with a brace.';
    writeAtomic(path, `${[head, ...documents].join('\n---\n')}\n`);
    keep(id);
    try {
      outputOf('kubectl', ['apply', '--filename', path]);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (!error.missing)
        throw new SweepError(`${error.message}; the manifest is ${path}: kubectl apply -f ${path}`);
      tell(`kubectl is not there; the manifest is ${path}: kubectl apply -f ${path}`);
    }
  },

  states(_, { id, elements }) {
    const found = outputIfThere('kubectl', ['get', 'job', id, '--ignore-not-found', '--output', 'json']);
    if (found.trim() === '') return new Map();
    const { status } = jobStatus.parse(JSON.parse(found));
    const failed = new Set(numbersOf(status.failedIndexes));
    const done = new Set(numbersOf(status.completedIndexes));
    const left = elements.map((element, i) => ({ element, i })).filter(({ i }) => !failed.has(i));
    return new Map(
      left
        .filter(({ i }) => done.has(i) || status.active > 0)
        .map(({ element, i }) => [element, done.has(i) ? 'done' : 'waiting']),
    );
  },

  cancel(_, { id }) {
    outputOf('kubectl', ['delete', 'job', id, '--ignore-not-found', '--wait=false']);
  },
};
