// The convolutional layer: values against a loop and against PyTorch, derivatives against finite differences.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type Conv, conv2d, glorotUniform, initConv, relu } from '../../src/nn/index.ts';
import { type ConvOptions, mean, slice, square, sum, tensor, zeros } from '../../src/ops/index.ts';
import { key, keys, normal } from '../../src/random/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, makeGrid, toGrid, toTensor } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

/** The definition for images [n, height, width, channels], with `low` zeros above and to the left. */
function looped({ weight, bias }: Conv, x: Tensor, stride: number, low: number[], out: number[]) {
  const [w, b, images] = [weight, bias, x].map(toGrid);
  const [height, width, channels, outChannels] = w.shape;
  const [n, rows, columns] = images.shape;
  return makeGrid(x.dtype, [n, ...out, outChannels], ([image, r, c, o]) => {
    let total = b.data[o];
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (let channel = 0; channel < channels; channel++) {
          const [row, column] = [r * stride + i - low[0], c * stride + j - low[1]];
          if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
          total += at(images, [image, row, column, channel]) * at(w, [i, j, channel, o]);
        }
    return total;
  });
}

const layer = (shape: number[], seed = 0): Conv => ({
  weight: randomTensor(shape, seed),
  bias: randomTensor([shape[3]], seed + 1),
});

// x of a whole image [5, 4, 2] and a kernel 3 × 2 from 2 channels to 2, as in the script below
const counted = (n: number, f: (i: number) => number, shape: number[]): Tensor =>
  toTensor({ dtype: 'f64', shape, data: Array.from({ length: n }, (_, i) => f(i)) });
const image = counted(40, (i) => ((i * 7) % 11) - 5, [1, 5, 4, 2]);
const small: Conv = {
  weight: counted(24, (i) => ((i * 5) % 7) - 3, [3, 2, 2, 2]),
  bias: tensor([0.5, -1], 'f64'),
};

describe('conv2d', () => {
  test.each<[string, number[], number[], ConvOptions, number[], number[]]>([
    ['a square kernel', [2, 6, 7, 3], [3, 3, 3, 4], {}, [0, 0], [4, 5]],
    ['a kernel that is no square', [2, 5, 9, 2], [2, 4, 2, 3], {}, [0, 0], [4, 6]],
    ['a stride that leaves pixels over', [1, 8, 7, 2], [3, 2, 2, 3], { stride: 2 }, [0, 0], [3, 3]],
    ['a stride beyond the kernel', [1, 9, 9, 1], [2, 2, 1, 3], { stride: 4 }, [0, 0], [2, 2]],
    ['a kernel as large as the image', [3, 4, 5, 2], [4, 5, 2, 3], { stride: 3 }, [0, 0], [1, 1]],
    ['one pixel, a dense layer on channels', [2, 3, 3, 4], [1, 1, 4, 5], {}, [0, 0], [3, 3]],
    ['zeros around', [2, 5, 4, 2], [3, 3, 2, 2], { padding: 'same' }, [1, 1], [5, 4]],
    ['more zeros after than before', [1, 5, 6, 1], [4, 2, 1, 2], { padding: 'same' }, [1, 0], [5, 6]],
    ['zeros and a stride', [1, 7, 6, 2], [3, 3, 2, 2], { padding: 'same', stride: 2 }, [1, 0], [4, 3]],
    ['no zeros needed', [1, 6, 6, 1], [2, 1, 1, 2], { padding: 'same', stride: 3 }, [0, 0], [2, 2]],
    ['a kernel beyond the image', [1, 2, 3, 1], [5, 5, 1, 2], { padding: 'same' }, [2, 2], [2, 3]],
  ])('with %s is its definition', (_, shape, kernel, options, low, out) => {
    const [conv, x] = [layer(kernel), randomTensor(shape, 5)];
    expectGrid(conv2d(conv, x, options), looped(conv, x, Number(options.stride ?? 1), low, out), 1e3);
  });

  // W = w.permute(3, 2, 0, 1), X = x.permute(0, 3, 1, 2); F.conv2d(X, W, b, …).permute(0, 2, 3, 1).flatten()
  // with PyTorch 2.15 in f64, w[i] = 5i mod 7 − 3 and x[i] = 7i mod 11 − 5
  test.each<[ConvOptions, number[], number[]]>([
    [
      {},
      [1, 3, 3, 2],
      [8.5, -22, 11.5, -39, 25.5, 10, 20.5, 9, 12.5, -19, 15.5, 19, -11.5, -4, 13.5, -21, -16.5, 6],
    ],
    [{ stride: 2 }, [1, 2, 2, 2], [8.5, -22, 25.5, 10, -11.5, -4, -16.5, 6]],
    [
      { padding: 'same' },
      [1, 5, 4, 2],
      [
        -30.5, 31, -24.5, -2, 3.5, -35, 11.5, -10, 8.5, -22, 11.5, -39, 25.5, 10, 2.5, 22, 20.5, 9, 12.5, -19,
        15.5, 19, -19.5, 24, -11.5, -4, 13.5, -21, -16.5, 6, 13.5, 4, 28.5, -26, 19.5, 2, -33.5, 8, -1.5, -3,
      ],
    ],
  ])('with %o gives the numbers of PyTorch', (options, shape, data) => {
    expectGrid(conv2d(small, image, options), { dtype: 'f64', shape, data });
  });

  test('has the gradients of PyTorch', () => {
    // of F.conv2d(X, W, b, 2).square().sum(), in the order of w and x
    const loss = (conv: Conv, x: Tensor) => sum(square(conv2d(conv, x, { stride: 2 })));
    const { weight, bias } = grad(loss)(small, image);
    expectNumbers(
      weight.data,
      [
        -64, 300, -178, -192, 335, 108, 111, -164, -52, 280, -166, -212, 347, 88, -64, 300, -40, 260, 99,
        -144, -202, -152, -52, 280,
      ],
    );
    expectNumbers(bias.data, [12, -20]);
    expectNumbers(
      grad((x: Tensor) => loss(small, x))(image).data,
      [
        -139, 88, 7, 115, -113, -40, 173, -111, 34, -166, 61, -139, 102, -42, 31, -113, 141, 23, 38, 81, 83,
        149, -198, 99, -46, 22, -15, 53, -66, 102, -45, 123, 16, -77, 47, -46, -24, -87, -3, -66,
      ],
    );
  });

  test.each<ConvOptions>([{}, { stride: 2 }, { stride: 2, padding: 'same' }])(
    'with %o has the derivatives that finite differences have',
    (options) => {
      const { weight, bias } = layer([3, 2, 2, 2]);
      const x = randomTensor([2, 5, 4, 2], 3);
      const f = (w: Tensor, b: Tensor, images: Tensor) => conv2d({ weight: w, bias: b }, images, options);
      const given = [weight, bias, x] as const;
      const loss = (p: { w: Tensor; b: Tensor; x: Tensor }) => sum(square(f(p.w, p.b, p.x)));
      const gradient = grad(loss)({ w: weight, b: bias, x });
      const twice = f(...given).data.map((v) => 2 * v);
      [gradient.w, gradient.b, gradient.x].forEach((g, k) => {
        expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
      });
    },
  );

  test('takes any leading axes, none too, and no images', () => {
    const conv = layer([3, 3, 2, 4]);
    const x = randomTensor([2, 3, 6, 5, 2], 1);
    const all = conv2d(conv, x);
    expect(all.shape).toEqual([2, 3, 4, 3, 4]);
    expectSame(slice(all, 1, 2), conv2d(conv, slice(x, 1, 2)), 1e-13);
    expect(conv2d(conv, zeros([0, 6, 5, 2], 'f64')).shape).toEqual([0, 4, 3, 4]);
    expect(conv2d(conv, zeros([2, 0, 5, 2], 'f64'), { padding: 'same' }).shape).toEqual([2, 0, 5, 4]);
  });

  test('maps over models, with images of their own or shared', () => {
    const make = (k: Tensor) => initConv(k, [3, 2], 2, 4, undefined, 'f64');
    const models = vmap(make)(keys([7, 8]));
    const images = randomTensor([2, 3, 6, 5, 2], 1);
    const apply = (conv: Conv, x: Tensor) => conv2d(conv, x, { stride: 2, padding: 'same' });
    const [own, shared] = [
      vmap(apply)(models, images),
      vmap(apply, [0, null])(models, slice(images, 0)),
    ] as const;
    const gradients = vmap(grad((conv: Conv, x: Tensor) => sum(square(apply(conv, x)))))(models, images);
    [7, 8].forEach((seed, i) => {
      const one = make(key(seed));
      expectSame(slice(own, i), apply(one, slice(images, i)), 1e-13);
      expectSame(slice(shared, i), apply(one, slice(images, 0)), 1e-13);
      const alone = grad((conv: Conv) => sum(square(apply(conv, slice(images, i)))))(one);
      expectSame(slice(gradients.weight, i), alone.weight, 1e-12);
      expectSame(slice(gradients.bias, i), alone.bias, 1e-12);
    });
  });

  test.each<[string, number[], number[], number[], ConvOptions, string]>([
    [
      'channels that differ',
      [2, 8, 8, 3],
      [5, 5, 1, 4],
      [4],
      {},
      'conv2d: [2, 8, 8, 3] by [5, 5, 1, 4]: there are 3 channels, the weights have 1',
    ],
    [
      'images without channels',
      [8, 8],
      [5, 5, 1, 4],
      [4],
      {},
      'conv2d: [8, 8] by [5, 5, 1, 4]: images are [..., height, width, channels]',
    ],
    [
      'weights of a dense layer',
      [8, 8, 1],
      [25, 4],
      [4],
      {},
      'conv2d: [8, 8, 1] by [25, 4]: weights are [height, width, inChannels, outChannels]',
    ],
    [
      'biases of another size',
      [8, 8, 1],
      [5, 5, 1, 4],
      [3],
      {},
      'conv2d: [8, 8, 1] by [5, 5, 1, 4]: the biases are [3]; they must be [4]',
    ],
    [
      'a patch beyond the image',
      [8, 4, 1],
      [5, 5, 1, 4],
      [4],
      {},
      "conv2d: [8, 4, 1] by [5, 5, 1, 4]: it is smaller than the window; take padding: 'same', or smaller windows",
    ],
    [
      'a stride of 0',
      [8, 8, 1],
      [5, 5, 1, 4],
      [4],
      { stride: 0 },
      'conv2d: [8, 8, 1] by [5, 5, 1, 4]: stride 0 is not a whole number ≥ 1',
    ],
  ])('refuses %s', (_, shape, weight, bias, options, reason) => {
    expect(() => conv2d({ weight: zeros(weight), bias: zeros(bias) }, zeros(shape), options)).toThrow(
      new ShapeError(reason),
    );
  });
});

describe('initConv', () => {
  test('gives weights [height, width, inChannels, outChannels] and biases of 0', () => {
    const { weight, bias } = initConv(key(1), [2, 3], 4, 5);
    expect([weight.shape, weight.dtype, bias.toArray()]).toEqual([[2, 3, 4, 5], 'f32', [0, 0, 0, 0, 0]]);
    const other = initConv(key(1), 3, 1, 2, glorotUniform, 'f64');
    expect([other.weight.shape, other.weight.dtype, other.bias.dtype]).toEqual([[3, 3, 1, 2], 'f64', 'f64']);
  });

  test('scales weights by how many pixels and channels an output sees', () => {
    // 5 · 5 · 16 = 400, so a variance of 1/400; 51,200 draws leave it within 3 %
    const { weight } = initConv(key(1), 5, 16, 128);
    expect(mean(square(weight)).item() * 400).toBeCloseTo(1, 1);
  });
});

describe('A network of two layers', () => {
  afterAll(() => {
    useEngine('reference');
  });

  test.each(engineNames())('gives on %s what it gives on reference', (name) => {
    const net = { a: initConv(key(1), 5, 1, 8), b: initConv(key(2), 5, 8, 6) };
    const x = normal(key(3), [4, 14, 14, 1]);
    const loss = (p: typeof net, images: Tensor) => {
      const hidden = relu(conv2d(p.a, images, { stride: 2, padding: 'same' }));
      return mean(square(conv2d(p.b, hidden, { stride: 2 })));
    };
    const expected = grad(loss)(net, x);
    useEngine(name);
    const actual = jit(grad(loss))(net, x);
    for (const part of ['a', 'b'] as const) {
      expectSame(actual[part].weight, expected[part].weight, 1e-5);
      expectSame(actual[part].bias, expected[part].bias, 1e-5);
    }
  });
});
