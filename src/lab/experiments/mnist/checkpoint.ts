// The experiment's models on disk: safetensors, one leading axis for the seeds, the config in the metadata.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '../../../index.ts';
import { FormatError, readSafetensors, writeSafetensors } from '../../../store/index.ts';
import { type MnistConfig, parseConfig } from './config.ts';
import { layerSizes, type Model } from './model.ts';

const format = 'umbra/mnist-checkpoint@1';

/** A trained model a seed, and, for a teacher, where it started. */
export interface Checkpoint {
  readonly config: MnistConfig;
  /** What was trained: 'teacher' or the name of a student's arm. */
  readonly arm: string;
  /** Epochs done. */
  readonly epoch: number;
  readonly params: Model;
  readonly init?: Model;
}

const named = (group: string, model: Model): [string, Tensor][] =>
  model.flatMap(({ weight, bias }, i): [string, Tensor][] => [
    [`${group}.${i}.weight`, weight],
    [`${group}.${i}.bias`, bias],
  ]);

/** Writes `checkpoint` to `path`, whole or not at all. */
export function saveCheckpoint(path: string, { config, arm, epoch, params, init }: Checkpoint): void {
  const tensors = Object.fromEntries([...named('params', params), ...(init ? named('init', init) : [])]);
  writeSafetensors(path, tensors, { format, arm, epoch: String(epoch), config: JSON.stringify(config) });
}

/** The model that `tensors` hold under `group`, if it is the one that `config` describes. */
function modelFrom(
  tensors: Readonly<Record<string, Tensor>>,
  group: string,
  config: MnistConfig,
  source: string,
): Model {
  const sizes = layerSizes(config);
  const get = (name: string, shape: readonly number[]): Tensor => {
    const found = tensors[`${group}.${name}`];
    const expected = `f32[${shape.join(', ')}]`;
    const actual = found ? `${found.dtype}[${found.shape.join(', ')}]` : 'missing';
    if (!found || actual !== expected)
      throw new FormatError(
        `${source}: ${group}.${name} is ${actual}, where --hidden ${config.hidden} --aux ${config.aux} --seeds ${config.seeds} needs ${expected}; give a checkpoint of that architecture`,
      );
    return found;
  };
  return sizes.slice(1).map((outputs, i) => ({
    weight: get(`${i}.weight`, [config.seeds, sizes[i], outputs]),
    bias: get(`${i}.bias`, [config.seeds, outputs]),
  }));
}

function configFrom(metadata: Readonly<Record<string, string>>, source: string): MnistConfig {
  try {
    return parseConfig(JSON.parse(metadata.config));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${source}: the config in its metadata is not one (${why})`);
  }
}

/** A teacher and its initialisation. */
export interface Teacher {
  readonly config: MnistConfig;
  readonly teacher: Model;
  readonly init: Model;
}

/**
 * The teacher in the checkpoint at `path`, or in the run folder there. `overrides` are settings that the
 * caller insists on. Throws FormatError where the file is no teacher's, or of another architecture.
 */
export function loadTeacher(path: string, overrides: Partial<MnistConfig>): Teacher {
  const source = existsSync(path) && statSync(path).isDirectory() ? join(path, 'teacher.safetensors') : path;
  const { tensors, metadata } = readSafetensors(source);
  if (metadata.format !== format || metadata.arm !== 'teacher')
    throw new FormatError(
      `${source}: not a teacher's checkpoint; give the teacher.safetensors that npm run mnist:teacher wrote`,
    );
  const config = { ...configFrom(metadata, source), ...overrides };
  return {
    config,
    teacher: modelFrom(tensors, 'params', config, source),
    init: modelFrom(tensors, 'init', config, source),
  };
}
