// Draws results into a folder, each figure beside the JSON that it was drawn from.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../../../store/atomic.ts';
import { render } from '../charts/render.ts';
import { type Catalogue, experimentNamed } from '../experiments/catalogue.ts';
import { resultFor } from '../experiments/experiment.ts';
import { type Result, ResultError, readResult, writeResult } from '../runs/result.ts';

/** The figure of `result`, which `source` names in errors. Throws ResultError where there is none. */
export function figureOf(catalogue: Catalogue, result: Result, source: string): { png: Buffer; svg: string } {
  const experiment = experimentNamed(catalogue, result.experiment);
  if (!experiment)
    throw new ResultError(
      `${source}: there is no experiment "${result.experiment}", only ${catalogue.map(({ name }) => name).join(', ')}`,
    );
  return render(experiment.figure(resultFor(experiment, result)));
}

/** Draws `result`, which `source` names in errors, to `stem`.png and .svg; gives their paths. */
function draw(catalogue: Catalogue, result: Result, stem: string, source: string): string[] {
  const images = figureOf(catalogue, result, source);
  return (['png', 'svg'] as const).map((kind) => {
    const path = `${stem}.${kind}`;
    writeAtomic(path, images[kind]);
    return path;
  });
}

/**
 * Writes `result` and its figure to `directory` as EXPERIMENT-PRESET.json, .png and .svg, replacing earlier ones;
 * gives the three paths. Throws ResultError if the result has no figure, and what the file system throws.
 */
export function drawResult(catalogue: Catalogue, result: Result, directory: string): string[] {
  const { preset } = result.config;
  if (typeof preset !== 'string' || !/^\w[\w.-]*$/.test(preset))
    throw new ResultError(
      `config.preset is ${JSON.stringify(preset)}; a figure needs one that can name its files`,
    );
  const stem = join(directory, `${result.experiment}-${preset}`);
  const json = `${stem}.json`;
  const images = draw(catalogue, result, stem, json);
  writeResult(json, result);
  return [json, ...images];
}

/** The names of the results in `directory` that begin with `prefix`. Throws what the file system throws. */
export const resultsIn = (directory: string, prefix = ''): string[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
    .sort();

/**
 * Draws the figure of every result in `directory` whose name begins with `prefix` again, under its file's name, and
 * gives the paths that it wrote. Throws ResultError for a JSON file that is no result, and what the file system throws.
 */
export const redrawAll = (catalogue: Catalogue, directory: string, prefix = ''): string[] =>
  resultsIn(directory, prefix).flatMap((name) => {
    const path = join(directory, name);
    return draw(catalogue, readResult(path), path.slice(0, -'.json'.length), path);
  });
