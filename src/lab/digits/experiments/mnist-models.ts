// Trained models on disk: safetensors, one leading axis for the seeds, the config in the metadata.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '../../../index.ts';
import { pieces, readAll } from '../../../store/bytes.ts';
import { decodeSafetensors, FormatError, writeSafetensors } from '../../../store/index.ts';
import { parseConfig } from '../../core/experiments/config.ts';
import { named } from '../../core/training/named.ts';
import { initialModels, layerSizes, type Mlp } from '../distillation/model.ts';
import type { Models } from '../distillation/students.ts';
import { type MnistConfig, mnist } from './mnist.ts';

const format = 'umbra/mnist-checkpoint@1';

/** The model that `tensors` hold under `group`, if it is the one that `config` describes. */
function modelFrom(
  tensors: Readonly<Record<string, Tensor>>,
  group: string,
  config: MnistConfig,
  source: string,
): Mlp {
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
    return parseConfig(mnist, JSON.parse(metadata.config));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${source}: the config in its metadata is not one (${why})`);
  }
}

/** A teacher and its initialisation, out of a file. */
export interface Teacher extends Models {
  readonly config: MnistConfig;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
}

/**
 * The teacher in the checkpoint at `path`, or in the run folder there. `overrides` are settings that the
 * caller insists on. Throws FormatError where the file is no teacher's, or of another architecture.
 */
export function loadTeacher(path: string, overrides: Partial<MnistConfig>): Teacher {
  const source = existsSync(path) && statSync(path).isDirectory() ? join(path, 'teacher.safetensors') : path;
  const bytes = readAll(source);
  const hash = createHash('sha256');
  for (const piece of pieces(bytes)) hash.update(piece);
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  if (metadata.format !== format || metadata.arm !== 'teacher')
    throw new FormatError(
      `${source}: not a teacher's checkpoint; give the teacher.safetensors that npm run mnist:teacher wrote`,
    );
  const config = { ...configFrom(metadata, source), ...overrides };
  return {
    config,
    sha256: hash.digest('hex'),
    teacher: modelFrom(tensors, 'params', config, source),
    init: modelFrom(tensors, 'init', config, source),
  };
}

/**
 * Writes each seed's model called `name`, 'teacher' or a student's arm, as after `epoch` epochs, to `path`, whole
 * or not at all; a teacher's with where it started.
 */
export function saveModel(path: string, config: MnistConfig, name: string, epoch: number, params: Mlp): void {
  const init = name === 'teacher' ? named('init', initialModels(config)) : [];
  const tensors = Object.fromEntries([...named('params', params), ...init]);
  writeSafetensors(path, tensors, {
    format,
    arm: name,
    epoch: String(epoch),
    config: JSON.stringify(config),
  });
}
