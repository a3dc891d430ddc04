// What a compiled graph gives is the caller's own: nothing that is done with it reaches the next call.
import { describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';
import { add, reshape, zeros } from '../../src/ops/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';

describe.each(engineNames())('On the %s engine', (name) => {
  const constants = (x: Tensor) => ({
    start: zeros([4]),
    again: reshape(zeros([4]), [2, 2]),
    sum: add(x, 1),
    wide: zeros([5000]),
  });
  const written = jit((y: Tensor) => add(y, 7), { donate: [0] });
  const x = tensor([1, 2, 3]);

  test.each([
    ['eager', () => vmap(constants)],
    ['jitted', () => jit(vmap(constants))],
  ])('%s constants are whole at every call, also where the last ones were donated', (_, make) => {
    useEngine(name);
    for (let again = 0; again < 3; again++) {
      const f = make();
      for (let call = 0; call < 2; call++) {
        const { start, again: square, sum, wide } = f(x);
        expect(start.toArray()).toEqual(Array(3).fill([0, 0, 0, 0]));
        expect(square.toArray()).toEqual(
          Array(3).fill([
            [0, 0],
            [0, 0],
          ]),
        );
        expect(sum.toArray()).toEqual([2, 3, 4]);
        expect(wide.data.every((value) => value === 0)).toBe(true);
        for (const given of [start, square, sum, wide]) expect(written(given).size).toBe(given.size);
      }
    }
  });
});
