// Every distribution of inputs is what its name says, and an image depends on its key and number alone.
import { describe, expect, test } from 'vitest';
import { arange, jit, random, slice, stack, type Tensor, tensor, vmap } from '../../../../src/index.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { pixels, side } from '../../../../src/lab/digits/data/images.ts';
import { loadData } from '../../../../src/lab/digits/data/load.ts';
import { type InputName, imageSource, inputNames } from '../../../../src/lab/digits/distillation/inputs.ts';

const digits = (await loadData({ data: 'embedded', trainDigits: 500, testDigits: 10, splitSeed: 0 }, ''))
  .train.images;
const key = random.key(1);

const sources = Object.fromEntries(inputNames.map((name) => [name, imageSource(name, digits)]));

const rowsOf = (images: Tensor): number[][] =>
  Array.from({ length: images.shape[0] }, (_, i) =>
    Array.from(images.data.subarray(i * pixels, (i + 1) * pixels)),
  );
const at = (name: InputName, indices: number[], under = key): number[][] =>
  rowsOf(sources[name](under, tensor(indices, 'i32')));
const first = (name: InputName, count: number): number[][] => rowsOf(sources[name](key, arange(count)));

/** The greatest distance between two lists of images. */
const distance = (a: readonly number[][], b: readonly number[][]): number =>
  Math.max(...a.map((row, i) => Math.max(...row.map((x, j) => Math.abs(x - b[i][j])))));

/** Mean of the `power`th power of all pixels. */
const moment = (images: readonly number[][], power: number): number =>
  mean(images.map((image) => mean(image.map((x) => x ** power))));

/** Correlation of pixels (dy, dx) apart, round the edges, in images about 0. */
const correlation = (images: readonly number[][], dy: number, dx: number): number =>
  mean(
    images.map((image) =>
      mean(
        image.map((x, i) => {
          const [row, column] = [Math.floor(i / side), i % side];
          return x * image[((row + dy) % side) * side + ((column + dx) % side)];
        }),
      ),
    ),
  ) / moment(images, 2);

describe.each(inputNames)('%s', (name) => {
  test('an image depends on its number, not on those that are drawn with it', () => {
    const together = at(name, [3, 77, 3, 1200]);
    expect(together[0]).toEqual(together[2]);
    for (const [i, index] of [3, 77, 3, 1200].entries())
      expect(distance([together[i]], at(name, [index]))).toBeLessThan(1e-5);
    expect(distance([together[0]], [together[1]])).toBeGreaterThan(0.01);
  });

  test('a key gives the same images again, also compiled and mapped over keys', () => {
    const [one, other] = [random.key(5), random.key(6)];
    const numbers = tensor([0, 9], 'i32');
    const mapped = jit(vmap(sources[name], [0, null]))(stack([one, other]), numbers);
    expect(mapped.shape).toEqual([2, 2, pixels]);
    expect(distance(rowsOf(slice(mapped, 0)), at(name, [0, 9], one))).toBeLessThan(1e-5);
    expect(distance(rowsOf(slice(mapped, 1)), at(name, [0, 9], other))).toBeLessThan(1e-5);
    const apart = distance(at(name, [0], one), at(name, [0], other));
    if (name === 'digits') expect(apart).toBe(0);
    else expect(apart).toBeGreaterThan(0.01);
  });
});

// 300 images are 235,200 pixels: the mean square of independent ones is good to about a percent.
const count = 300;

test('uniform pixels lie in [−1, 1), with the mean, variance and fourth moment of that, each for itself', () => {
  const images = first('uniform', count);
  expect(Math.min(...images.map((image) => Math.min(...image)))).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...images.map((image) => Math.max(...image)))).toBeLessThan(1);
  expect(moment(images, 1)).toBeCloseTo(0, 2);
  expect(moment(images, 2)).toBeCloseTo(1 / 3, 2);
  expect(moment(images, 4)).toBeCloseTo(1 / 5, 2);
  expect(correlation(images, 0, 1)).toBeCloseTo(0, 1.5);
  expect(correlation(images, 1, 0)).toBeCloseTo(0, 1.5);
});

test.each([
  ['gaussian', 1],
  ['gaussian-0.5', 0.5],
  ['gaussian-2', 2],
] as const)('%s pixels have mean 0, deviation %d and the kurtosis 3, each for itself', (name, deviation) => {
  const images = first(name, count);
  expect(moment(images, 1) / deviation).toBeCloseTo(0, 2);
  expect(moment(images, 2) / deviation ** 2).toBeCloseTo(1, 1.5);
  expect(moment(images, 4) / moment(images, 2) ** 2).toBeCloseTo(3, 1);
  expect(correlation(images, 0, 1)).toBeCloseTo(0, 1.5);
});

/** How many of `vectors` do not follow from those before them. */
function rankOf(vectors: readonly number[][]): number {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, x, i) => sum + x * b[i], 0);
  const basis: number[][] = [];
  for (const vector of vectors) {
    const rest = basis.reduce((left, unit) => {
      const along = dot(left, unit);
      return left.map((x, i) => x - along * unit[i]);
    }, vector);
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-3 * Math.sqrt(dot(vector, vector))) basis.push(rest.map((x) => x / length));
  }
  return basis.length;
}

test('low-rank images lie in one space of 8 dimensions under every key, with the variance of uniform noise', () => {
  expect(rankOf(first('low-rank', 7))).toBe(7);
  expect(rankOf([...first('low-rank', 20), ...at('low-rank', [0, 1, 2], random.key(9))])).toBe(8);
  const squares = moment(first('low-rank', 2000), 2);
  expect(Math.abs(squares * 3 - 1)).toBeLessThan(0.1); // eight coordinates an image, and one basis
  expect(rankOf(first('uniform', 20))).toBe(20);
});

test('blurred images have the variance of uniform noise and the correlations of a Gaussian blur of 1.5 pixels', () => {
  const images = first('blurred', count);
  expect(moment(images, 1)).toBeCloseTo(0, 1);
  expect(Math.abs(moment(images, 2) * 3 - 1)).toBeLessThan(0.06);
  // a Gaussian of deviation r, convolved with itself
  for (const [dy, dx] of [
    [0, 1],
    [1, 0],
    [2, 0],
    [0, 3],
    [2, 2],
  ])
    expect(correlation(images, dy, dx)).toBeCloseTo(Math.exp(-(dy ** 2 + dx ** 2) / (4 * 1.5 ** 2)), 1);
});

const waves = [0, 1, 2, 5, 9]; // of 28 frequencies, the highest being 14

/** The mean power of images about their mean image at pairs of those frequencies, by the definition. */
function powers(images: readonly number[][]): number[] {
  const centre = images[0].map((_, i) => mean(images.map((image) => image[i])));
  const frequencies = waves.flatMap((fy) => waves.map((fx) => [fy, fx]));
  return frequencies.map(([fy, fx]) => {
    const angles = centre.map((_, i) => (2 * Math.PI * (fy * Math.floor(i / side) + fx * (i % side))) / side);
    const [cos, sin] = [angles.map(Math.cos), angles.map(Math.sin)];
    return mean(
      images.map((image) => {
        let [real, imaginary] = [0, 0];
        image.forEach((x, i) => {
          real += (x - centre[i]) * cos[i];
          imaginary += (x - centre[i]) * sin[i];
        });
        return real ** 2 + imaginary ** 2;
      }),
    );
  });
}

test("spectrum-matched noise has the digits' power at each frequency, their mean pixel, and no digit's shape", () => {
  const drawn = first('spectrum', 800);
  const [ours, theirs] = [powers(drawn), powers(rowsOf(digits))];
  expect(Math.max(...theirs) / Math.min(...theirs)).toBeGreaterThan(20); // there is a shape to match
  // the mean of 800 squares of normals is good to 5 % for the one real frequency, and 3.5 % for the others
  const logs = ours.map((power, i) => Math.abs(Math.log(power / theirs[i])));
  expect(Math.max(...logs)).toBeLessThan(0.25);
  const level = moment(rowsOf(digits), 1);
  const deviation = Math.sqrt(theirs[0] / 800) / pixels; // of the mean of 800 images' means
  expect(Math.abs(moment(drawn, 1) - level)).toBeLessThan(5 * deviation);
  expect(Math.max(...drawn.map((image) => Math.max(...image)))).toBeGreaterThan(1); // Gaussian, not ink and paper
});

test('constant images are of one value each, uniform on [−1, 1) from image to image', () => {
  const images = first('constant', 3000);
  for (const image of images) expect(new Set(image).size).toBe(1);
  const values = images.map(([value]) => [value]);
  expect(Math.min(...values.flat())).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...values.flat())).toBeLessThan(1);
  expect(moment(values, 1)).toBeCloseTo(0, 1);
  expect(moment(values, 2)).toBeCloseTo(1 / 3, 1);
  expect(moment(values, 4)).toBeCloseTo(1 / 5, 1);
});

test('digits are the training images in their order, over and over', () => {
  const all = rowsOf(digits);
  expect(at('digits', [0, 499, 500, 1203])).toEqual([all[0], all[499], all[0], all[203]]);
});

test.each([
  ['mixed-0.25', 0.25],
  ['mixed-0.5', 0.5],
  ['mixed-0.75', 0.75],
] as const)('%s is that share of a digit and the rest of uniform noise', (name, share) => {
  const indices = [4, 510];
  const noise = at('uniform', indices);
  const expected = at('digits', indices).map((digit, i) =>
    digit.map((x, j) => share * x + (1 - share) * noise[i][j]),
  );
  expect(distance(at(name, indices), expected)).toBeLessThan(1e-6);
});
