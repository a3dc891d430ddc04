// Models side by side: the bits of one do not depend on how many others there are.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import {
  cumsum,
  grad,
  jit,
  logsumexp,
  matmul,
  mean,
  nn,
  norm,
  random,
  slice,
  softmax,
  square,
  sum,
  type Tensor,
  transpose,
  variance,
  vmap,
} from '../../src/index.ts';

const dtypes = ['f32', 'f64'] as const;
const shapes = [
  [33, 20],
  [40, 64],
] as const;
const counts = [10]; // more than the lanes of any engine, and no multiple of them

/** Functions of one model's numbers, [rows, columns], each with sums of another kind. */
const all = (x: Tensor): Tensor[] => [
  sum(x),
  sum(x, 0),
  sum(x, -1),
  mean(square(x)),
  variance(x, 0),
  norm(x),
  softmax(x),
  logsumexp(x, -1),
  cumsum(x, 0),
  nn.layerNorm(nn.initLayerNorm(x.shape[1], x.dtype), x),
  matmul(x, slice(x, 0)),
  matmul(transpose(x), x),
  grad((y: Tensor) => sum(square(softmax(y))))(x),
];

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(dtypes)('a model of %s has the same bits alone as among others', (dtype) => {
    for (const shape of shapes) {
      const models = random.normal(random.key(1), [Math.max(...counts), ...shape], dtype);
      const mapped = jit((x: Tensor) => vmap(all)(x));
      const alone = mapped(slice(models, ':1'));
      for (const count of counts)
        mapped(slice(models, `:${count}`)).forEach((among, i) => {
          const own = among.data.subarray(0, alone[i].size);
          expect(own, `function ${i} of ${count} models of [${shape}]`).toEqual(alone[i].data);
        });
    }
  });
});
