// Indices far outside read 0 and nothing else, also where several are looked up at a time and the array is reshaped.
import { describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { prims, trace } from '../../src/graph/index.ts';
import { arange, tensor } from '../../src/ops/index.ts';

const indices = [0, 743, 744, -1, 2 ** 31 - 1, -(2 ** 31), 100, 8, 1e9, -1e9, 31, 248, 5, 2e9, 247, 700, 3];
const expected = indices.map((i) => (i >= 0 && i < 744 ? i + 1 : 0));

describe.each(engineNames())('On the %s engine', (name) => {
  test('a gather through a reshape looks at no index before it is known to be inside', () => {
    const engine = useEngine(name);
    const reference = useEngine('reference');
    const inputs = [prims.reshape(prims.cast(arange(1, 745), 'f32'), [3, 31, 8]), tensor(indices, 'i32')];
    const { graph } = trace(
      ([x, at]) => [prims.gather(prims.reshape(x, [744]), prims.cumSum(at, 0), { axis: 0, batch: 0 })],
      inputs,
    );
    const { graph: plain } = trace(
      ([x, at]) => [prims.gather(prims.reshape(x, [744]), at, { axis: 0, batch: 0 })],
      inputs,
    );
    expect(Array.from(engine.compile(plain)(inputs)[0].data)).toEqual(expected);
    expect(engine.compile(graph)(inputs)[0].data).toEqual(reference.compile(graph)(inputs)[0].data);
  });
});
