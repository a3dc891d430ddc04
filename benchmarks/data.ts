// The arrays that every runner starts from, written once as raw little-endian files, so that losses can be compared.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mlp } from './workloads.ts';

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

/** Writes weights, images, labels and teacher logits of `models` models into `folder`. */
export function writeData(folder: string, models: number): void {
  mkdirSync(folder, { recursive: true });
  const uniform = uniforms(1);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const save = (name: string, array: Float32Array | Int32Array): void =>
    writeFileSync(join(folder, name), array);
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
