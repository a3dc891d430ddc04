// What the theorem is tried with: small digits, starts, and distributions of inputs, all from a key.
import {
  astype,
  grad,
  mean,
  mul,
  random,
  reshape,
  sign,
  sub,
  type Tensor,
  take,
  zeros,
} from '../../../../index.ts';
import { inner, moved } from '../../../core/training/vectors.ts';
import { type Digits as FullDigits, side as fullSide } from '../../data/images.ts';
import { pixels, side } from './networks.ts';
import { type Case, type Digits, studentStep, teacherStep } from './theorem.ts';

/** Digits in f64 at a quarter of their resolution, each pixel the mean of 4 × 4: images [n, 49] in [−1, 1]. */
export function smallDigits({ images, labels }: FullDigits): Digits {
  const [n, by] = [images.shape[0], fullSide / side];
  const blocks = reshape(astype(images, 'f64'), [n, side, by, side, by]);
  return { images: reshape(mean(blocks, [2, 4]), [n, pixels]), labels };
}

/** `n` of the digits, drawn with replacement. */
export function someDigits({ images, labels }: Digits, key: Tensor, n: number): Digits {
  const indices = random.randint(key, [n], 0, labels.shape[0]);
  return { images: take(images, indices), labels: take(labels, indices) };
}

/** Distributions that do not look at the model: `n` images [n, 49], in f64. */
export const plainInputs = {
  uniform: (key: Tensor, n: number) => random.uniform(key, [n, pixels], -1, 1, 'f64'),
  gaussian: (key: Tensor, n: number) => random.normal(key, [n, pixels], 'f64'),
  zero: (_: Tensor, n: number) => zeros([n, pixels], 'f64'),
  /** One image, `n` times. */
  single: (key: Tensor, n: number) => take(random.uniform(key, [1, pixels], -1, 1, 'f64'), zeros([n], 'i32')),
  digits: (key: Tensor, n: number, digits: Digits) => someDigits(digits, key, n).images,
} as const;

export const inputNames = [...Object.keys(plainInputs), 'adversarial'] as (
  | keyof typeof plainInputs
  | 'adversarial'
)[];
export type InputName = (typeof inputNames)[number];

const adversary = { steps: 10, size: 0.1 };

/**
 * Images chosen against the theorem: from uniform noise, steps of fixed size in every pixel down the gradient of
 * ⟨Δ_S, Δ_T⟩, which it says is never negative.
 */
export function adversarialInputs(
  of: Case,
  params: Parameters<typeof teacherStep>[1],
  digits: Digits,
  epsilon: number,
  start: Tensor,
): Tensor {
  const toTeacher = teacherStep(of.network, params, digits);
  const teacher = moved(params, epsilon, toTeacher);
  const agreement = (images: Tensor): Tensor => inner(studentStep(of, params, teacher, images), toTeacher);
  let images = start;
  for (let i = 0; i < adversary.steps; i++)
    images = sub(images, mul(sign(grad(agreement)(images)), adversary.size));
  return images;
}
