// The arrays that every runner starts from, written once as raw little-endian files, so that losses can be compared.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GptTask,
  gptShapes,
  isLanguage,
  type LlamaTask,
  llamaLayers,
  llamaShapes,
  mlp,
  type Task,
} from './workloads.ts';

/** Uniform on [0, 1): a small generator with a fixed seed (the splitmix32 mixer). */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 8) * 2 ** -24;
  };
}

const filled = (size: number, next: () => number): Float32Array => Float32Array.from({ length: size }, next);

const normals = (uniform: () => number) => (): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const saver = (folder: string) => {
  mkdirSync(folder, { recursive: true });
  return (name: string, array: Float32Array | Int32Array): void => writeFileSync(join(folder, name), array);
};

/** What the names of the files of a GPT begin with: its width tells it from the others. */
export const gptName = ({ width }: GptTask): string => `gpt${width}`;

/**
 * Writes each parameter of a GPT into a file of its own, weights N(0, 0.02²), scales 1 and biases 0, then the tokens that it
 * reads and those that come next; of all models, one after the other.
 */
export function writeGpt(folder: string, task: GptTask): void {
  const save = saver(folder);
  const uniform = uniforms(2);
  const normal = normals(uniform);
  const { vocabulary, batch, length } = task;
  const models = task.models ?? 1;
  for (const [name, shape] of gptShapes(task)) {
    const next = name.endsWith('scale') ? () => 1 : name.endsWith('bias') ? () => 0 : () => 0.02 * normal();
    save(`${gptName(task)}.${name}.f32`, filled(models * shape.reduce((n, size) => n * size, 1), next));
  }
  for (const name of ['tokens', 'next'])
    save(
      `${gptName(task)}.${name}.i32`,
      Int32Array.from({ length: models * batch * length }, () => Math.floor(vocabulary * uniform())),
    );
}

/**
 * Writes each parameter of a Llama into a file of its own, weights uniform with mean 0 and variance 0.02², scales 1; the
 * additions, of which the second factors are 0; and the tokens that it reads and those that come next.
 */
function writeLlama(folder: string, task: LlamaTask): void {
  const save = saver(folder);
  const uniform = uniforms(3);
  const small = () => (uniform() - 0.5) * 0.02 * Math.sqrt(12);
  for (const [name, shape] of llamaShapes(task)) {
    const next = ['first', 'second', 'norm'].includes(name) ? () => 1 : small;
    save(
      `llama.${name}.f32`,
      filled(
        shape.reduce((n, size) => n * size, 1),
        next,
      ),
    );
  }
  const { blocks, rank, batch, length, vocabulary } = task;
  for (const [name, [inputs]] of Object.entries(llamaLayers(task)))
    save(`llama.${name}.a.f32`, filled(blocks * inputs * rank, small));
  for (const name of ['tokens', 'next'])
    save(
      `llama.${name}.i32`,
      Int32Array.from({ length: batch * length }, () => Math.floor(vocabulary * uniform())),
    );
}

/** Writes what `tasks` begin with into `folder`. */
export function writeAll(folder: string, tasks: readonly Task[]): void {
  const digits = tasks.filter((task) => !isLanguage(task));
  if (digits.length > 0) writeData(folder, digits.some(({ models }) => models !== null) ? mlp.models : 1);
  const language = tasks.filter(isLanguage);
  for (const task of language) if (task.kind === 'gpt') writeGpt(folder, task);
  const llamas = language.filter((task) => task.kind !== 'gpt');
  const [one] = llamas.sort((a, b) => b.batch - a.batch); // the others read a part of its tokens
  if (one) writeLlama(folder, one);
}

/** Writes weights, images, labels and teacher logits of `models` models into `folder`. */
export function writeData(folder: string, models: number): void {
  const save = saver(folder);
  const uniform = uniforms(1);
  const normal = normals(uniform);
  const { sizes, batch, classes, images } = mlp;
  for (const [i, outputs] of sizes.slice(1).entries())
    save(
      `weight${i}.f32`,
      filled(models * sizes[i] * outputs, () => normal() / Math.sqrt(sizes[i])),
    );
  save(
    'images.f32',
    filled(models * batch * sizes[0], () => 2 * uniform() - 1),
  );
  save(
    'labels.i32',
    Int32Array.from({ length: models * batch }, () => Math.floor(classes * uniform())),
  );
  save('targets.f32', filled(models * images * (sizes[sizes.length - 1] - classes), normal));
}
