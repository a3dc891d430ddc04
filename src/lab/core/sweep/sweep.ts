// The folder of a sweep: its plan, a run folder an element, their logs, and what was handed to whom.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolders, writeAtomic } from '../../../store/atomic.ts';
import { on } from '../runs/file-errors.ts';
import { lockName } from '../runs/lock.ts';
import { placeSchema, SweepError } from './place.ts';

/** What a sweep is of: everything that its elements must agree in. */
const planSchema = z.strictObject({
  schema: z.literal('umbra/sweep@1'),
  experiment: z.string(),
  /** The experiment's settings, of all seeds. */
  config: z.record(z.string(), z.json()),
  /** The flags that say so. */
  flags: z.array(z.string()),
  /** Where outputs of stages are kept, as seen from the sweep's folder. */
  artefacts: z.string(),
  engine: z.string(),
  /** SHA-256 of the code. */
  code: z.string(),
  versions: z.record(z.string(), z.string()),
  elements: z.array(z.strictObject({ shard: z.string().optional(), seeds: z.array(z.number()) })).min(1),
});
export type SweepPlan = z.infer<typeof planSchema>;

const jobSchema = z.strictObject({
  /** What the place calls it. */
  id: z.string(),
  place: placeSchema,
  elements: z.array(z.number()),
});
/** Elements that were handed to a place together. */
export type Job = z.infer<typeof jobSchema>;

const files = { plan: 'sweep.json', jobs: 'jobs.json', elements: 'elements', logs: 'logs' } as const;

export class Sweep {
  constructor(
    readonly directory: string,
    readonly plan: SweepPlan,
  ) {}

  path(name: string): string {
    return join(this.directory, name);
  }

  get planPath(): string {
    return this.path(files.plan);
  }

  get artefacts(): string {
    return resolve(this.directory, this.plan.artefacts);
  }

  /** The run folder of an element. */
  run(element: number): string {
    return join(this.directory, files.elements, String(element));
  }

  /** Where an element's result lies once it is there. */
  result(element: number): string {
    return join(this.run(element), 'result.json');
  }

  hasResult(element: number): boolean {
    return existsSync(this.result(element));
  }

  /** Whether an element's run has begun. */
  hasRun(element: number): boolean {
    return existsSync(join(this.run(element), 'config.json'));
  }

  /** What an element wrote to its terminal, each time that it ran. */
  log(element: number | string): string {
    return join(this.directory, files.logs, `${element}.log`);
  }

  /** What was handed over so far, in that order. */
  jobs(): Job[] {
    const path = this.path(files.jobs);
    if (!existsSync(path)) return [];
    return parsed(path, z.array(jobSchema));
  }

  keepJob(job: Job): void {
    const path = this.path(files.jobs);
    on(path, () => writeAtomic(path, `${JSON.stringify([...this.jobs(), job])}\n`));
  }
}

/** What the file `path` holds, which is `schema`. Throws SweepError where it does not. */
function parsed<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(on(path, () => readFileSync(path, 'utf8'))));
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    throw new SweepError(`${path}: this is no sweep's; restore the file, or begin another sweep`);
  }
}

/** A sweep in the folder `directory`, which is made if missing. Throws SweepError where something else is in it. */
export function createSweep(directory: string, plan: SweepPlan): Sweep {
  const sweep = new Sweep(resolve(directory), plan);
  return on(directory, () => {
    const there = statSync(directory, { throwIfNoEntry: false });
    if (there?.isFile())
      throw new SweepError(`${directory}: this is a file; choose another path for the sweep's folder`);
    const names = there ? readdirSync(directory) : [];
    if (names.includes(files.plan))
      throw new SweepError(
        `${directory}: this folder holds a sweep; npm run sweep -- retry ${directory} goes on with it, or choose another folder`,
      );
    if (names.some((name) => name !== lockName))
      throw new SweepError(`${directory}: this folder holds something else than a sweep; choose another`);
    for (const name of [files.elements, files.logs]) makeFolders(join(directory, name));
    writeAtomic(sweep.planPath, `${JSON.stringify(plan)}\n`);
    return sweep;
  });
}

/** The sweep in the folder `directory`. Throws SweepError where there is none. */
export function openSweep(directory: string): Sweep {
  const path = join(directory, files.plan);
  if (!existsSync(path))
    throw new SweepError(`${directory}: there is no sweep (${files.plan}); check the path`);
  return new Sweep(resolve(directory), parsed(path, planSchema));
}
