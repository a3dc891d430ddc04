// Lays the results of several runs together, as one run of all their seeds would have given them.
import { isDeepStrictEqual } from 'node:util';
import { LabError } from '../errors.ts';
import { commitsOf, enginesOf } from '../runs/header.ts';
import { type Result, resultFrom } from '../runs/result.ts';
import { differences } from './config.ts';

/** Results that do not belong together; the message is one line with the files and the way out. */
export class MergeError extends LabError {
  override name = 'MergeError';
}

/** A result, and what errors call it. */
export interface Source {
  readonly path: string;
  readonly result: Result;
}

/** Why `one` cannot stand beside `first`. */
function obstacle(
  { path: one, result: a }: Source,
  { path: first, result: b }: Source,
  sameCode: boolean,
): string | undefined {
  const [engines, commits] = [enginesOf, commitsOf].map((of) => [a, b].map((each) => of(each).join(', ')));
  if (a.experiment !== b.experiment)
    return `${one}: it is of ${a.experiment}, and ${first} of ${b.experiment}; give results of one experiment`;
  if (a.configHash !== b.configHash) {
    const how = differences(a.config, b.config) || `preset ${a.config.preset}, not ${b.config.preset}`;
    return `${one}: its config has ${how} as in ${first}; give results of one config`;
  }
  if (!isDeepStrictEqual(a.metrics, b.metrics))
    return `${one}: its metrics are not those of ${first}; give results of one version of the experiment`;
  if (engines[0] !== engines[1])
    return `${one}: it ran on ${engines[0]}, and ${first} on ${engines[1]}; give results of one engine`;
  if (!sameCode && commits[0] !== commits[1])
    return `${one}: it ran at commit ${commits[0] || 'unknown'}, and ${first} at ${commits[1] || 'unknown'}; give results of one commit`;
  return undefined;
}

/**
 * One result of all `sources`, of which there is one at least. `sameCode` says that all ran the same code, at whatever
 * commits: else those must be one. Throws MergeError where they do not belong together.
 */
export function merge(sources: readonly Source[], { sameCode = false } = {}): Result {
  const [first, ...others] = sources;
  for (const other of others) {
    const why = obstacle(other, first, sameCode);
    if (why) throw new MergeError(why);
  }
  const owners = new Map<number, string>();
  for (const { path, result } of sources)
    for (const seed of result.seeds) {
      const owner = owners.get(seed);
      if (owner !== undefined)
        throw new MergeError(`${path}: it has seed ${seed}, which ${owner} has, too; leave out one of them`);
      owners.set(seed, path);
    }
  const { experiment, config, metrics } = first.result;
  const inOrder = sources.map(({ result }) => result).toSorted((a, b) => a.seeds[0] - b.seeds[0]);
  return resultFrom({
    experiment,
    config,
    metrics,
    parts: inOrder.flatMap(({ parts }) => parts),
    rows: inOrder.flatMap(({ rows }) => rows),
  });
}
