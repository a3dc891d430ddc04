// What a student looks at: images that are a function of a key and their number, so none is ever stored.
import {
  add,
  broadcastTo,
  fromTypedArray,
  matmul,
  mean,
  mul,
  random,
  remainder,
  slice,
  sub,
  type Tensor,
  take,
  vmap,
} from '../../../index.ts';
import { pixels, side } from '../data/images.ts';

/** The images numbered `indices`, i32 [b], under one seed's key: f32 [b, 784]. */
export type ImageSource = (key: Tensor, indices: Tensor) => Tensor;

/** Images that are there already, f32 [n, 784], over and over. */
export const imagesFrom =
  (images: Tensor): ImageSource =>
  (_, indices) =>
    take(images, remainder(indices, images.shape[0]));

/** One image a key. */
const drawn =
  (draw: (key: Tensor) => Tensor): ImageSource =>
  (key, indices) =>
    vmap((i: Tensor) => draw(random.foldIn(key, i)))(indices);

const uniform = drawn((key) => random.uniform(key, [pixels], -1, 1));
const gaussian = (deviation: number): ImageSource =>
  drawn((key) => mul(random.normal(key, [pixels]), deviation));

/** `source`'s images, each taken for a row vector, times `matrix` [n, 784]. */
const through =
  (source: ImageSource, matrix: Tensor): ImageSource =>
  (key, indices) =>
    matmul(source(key, indices), matrix);

/** The deviation of a pixel that is uniform on [−1, 1]. */
const uniformDeviation = 1 / Math.sqrt(3);

const rank = 8;

/** Gaussian in a fixed space of 8 dimensions that is drawn once, with the pixels' deviation of uniform noise. */
function lowRank(): ImageSource {
  const basis = random.normal(random.key('the basis of low-rank images'), [rank, pixels]);
  const coordinates = drawn((key) => random.normal(key, [rank]));
  return through(coordinates, mul(basis, uniformDeviation / Math.sqrt(rank)));
}

/** The 784 × 784 matrix of the convolution with `kernel`, which goes round at the edges. */
function circulant(kernel: (dy: number, dx: number) => number): Tensor {
  const matrix = new Float32Array(pixels * pixels);
  for (let from = 0; from < pixels; from++)
    for (let to = 0; to < pixels; to++) {
      const dy = (Math.floor(to / side) - Math.floor(from / side) + side) % side;
      const dx = ((to % side) - (from % side) + side) % side;
      matrix[from * pixels + to] = kernel(dy, dx);
    }
  return fromTypedArray(matrix, [pixels, pixels], 'f32');
}

const blurRadius = 1.5; // pixels, the deviation of the Gaussian

/** Uniform noise that a Gaussian has blurred, with its deviation made that of uniform noise again. */
function blurred(): ImageSource {
  const round = (d: number): number => Math.min(d, side - d);
  const weight = (dy: number, dx: number): number =>
    Math.exp(-(round(dy) ** 2 + round(dx) ** 2) / (2 * blurRadius ** 2));
  let squares = 0;
  for (let dy = 0; dy < side; dy++) for (let dx = 0; dx < side; dx++) squares += weight(dy, dx) ** 2;
  return through(
    uniform,
    circulant((dy, dx) => weight(dy, dx) / Math.sqrt(squares)),
  );
}

/** The mean power of `images` [n, 784] less their mean image, at each of the 28 × 28 frequencies. */
function powerSpectrum(images: Tensor): Float64Array {
  const centred = sub(images, mean(images, 0));
  const waves = (wave: (angle: number) => number): Tensor => {
    const matrix = new Float32Array(pixels * pixels);
    for (let at = 0; at < pixels; at++)
      for (let frequency = 0; frequency < pixels; frequency++) {
        const turns = Math.floor(at / side) * Math.floor(frequency / side) + (at % side) * (frequency % side);
        matrix[at * pixels + frequency] = wave((2 * Math.PI * (turns % side)) / side);
      }
    return fromTypedArray(matrix, [pixels, pixels], 'f32');
  };
  const squares = (matrix: Tensor): Tensor => {
    const amplitudes = matmul(centred, matrix);
    return mean(mul(amplitudes, amplitudes), 0);
  };
  return Float64Array.from(add(squares(waves(Math.cos)), squares(waves(Math.sin))).data);
}

/** Gaussian noise with the power spectrum of the digits, phases at random, about the digits' mean pixel. */
function spectrumMatched(digits: Tensor): ImageSource {
  const sample = slice(digits, `:${Math.min(digits.shape[0], 2000)}`);
  const power = powerSpectrum(sample);
  const kernel = (dy: number, dx: number): number => {
    let sum = 0;
    for (let fy = 0; fy < side; fy++)
      for (let fx = 0; fx < side; fx++)
        sum +=
          Math.sqrt(power[fy * side + fx] / pixels) * Math.cos((2 * Math.PI * (fy * dy + fx * dx)) / side);
    return sum / pixels;
  };
  const kernels = Array.from({ length: pixels }, (_, at) => kernel(Math.floor(at / side), at % side));
  const shaped = through(
    gaussian(1),
    circulant((dy, dx) => kernels[dy * side + dx]),
  );
  const level = mean(sample);
  return (key, indices) => add(shaped(key, indices), level);
}

/** All pixels of an image alike, uniform on [−1, 1] from image to image. */
const constant = drawn((key) => broadcastTo(random.uniform(key, [1], -1, 1), [pixels]));

/** share · digit + (1 − share) · uniform noise. */
const mixed =
  (share: number) =>
  (digits: Tensor): ImageSource =>
  (key, indices) =>
    add(mul(imagesFrom(digits)(key, indices), share), mul(uniform(key, indices), 1 - share));

/** Every distribution by its name; `digits` are training images, f32 [n, 784] in [−1, 1]. */
const inputs = {
  uniform: () => uniform,
  gaussian: () => gaussian(1),
  'gaussian-0.5': () => gaussian(0.5),
  'gaussian-2': () => gaussian(2),
  'low-rank': lowRank,
  blurred,
  spectrum: spectrumMatched,
  constant: () => constant,
  digits: imagesFrom,
  'mixed-0.25': mixed(0.25),
  'mixed-0.5': mixed(0.5),
  'mixed-0.75': mixed(0.75),
} satisfies Readonly<Record<string, (digits: Tensor) => ImageSource>>;

export type InputName = keyof typeof inputs;
export const inputNames = Object.keys(inputs) as [InputName, ...InputName[]];

/** The source called `name`. */
export const imageSource = (name: InputName, digits: Tensor): ImageSource => inputs[name](digits);
