import { expect, test } from 'vitest';
import { matmul, reshape, tensor } from '../../src/index.ts';

/** Small integers, so that every order of summation gives the same float. */
const digits = (length: number, step: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => ((i * step) % 17) - 8);

const bytes = ({ buffer }: ArrayBufferView): Buffer => Buffer.from(buffer as ArrayBuffer);

test.each([
  [1, 1100, 1],
  [511, 513, 515],
  [1021, 7, 3],
  [2, 3, 1025],
])(
  'a product of %i × %i × %i, more than one block, has every entry right, whoever computes it',
  (m, k, n) => {
    const [x, y] = [digits(m * k, 7), digits(k * n, 5)];
    const expected = new Float64Array(m * n);
    for (let i = 0; i < m; i++)
      for (let p = 0; p < k; p++)
        for (let j = 0; j < n; j++) expected[i * n + j] += x[i * k + p] * y[p * n + j];
    const product = () => matmul(reshape(tensor(x), [m, k]), reshape(tensor(y), [k, n])).data;
    // the helper needs a while to start: of these calls the first go without it
    for (let call = 0; call < 10; call++) expect(bytes(product()).equals(bytes(expected))).toBe(true);
  },
);
