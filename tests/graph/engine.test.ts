// How graphs and single primitives reach the engine: chosen once, compiled once, cached by what they are.
import { beforeEach, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  bind,
  compile,
  type Engine,
  getEngine,
  prims,
  run,
  setEngine,
  trace,
} from '../../src/graph/index.ts';
import { fromNested, type Tensor } from '../../src/tensor/index.ts';

const reference = useEngine('reference');

/** The reference engine, counting what it compiles. */
function counting(): Engine & { compiled: number } {
  const engine = {
    name: 'counting',
    compiled: 0,
    compile(graph: Parameters<Engine['compile']>[0]) {
      engine.compiled++;
      return reference.compile(graph);
    },
  };
  return engine;
}

const square = trace(([x]) => [prims.mul(x, x)], [{ dtype: 'f32', shape: [] }]).graph;

describe('The chosen engine', () => {
  beforeEach(() => {
    useEngine('reference');
  });

  test('is the one that was set last', () => {
    expect(getEngine().name).toBe('reference');
    const engine = counting();
    setEngine(engine);
    expect(getEngine()).toBe(engine);
  });

  test('compiles a graph once', () => {
    const engine = counting();
    setEngine(engine);
    for (const x of [2, 3, 4]) expect(run(square, [fromNested(x)])[0].item()).toBe(x * x);
    expect(compile(square)).toBe(compile(square));
    expect(engine.compiled).toBe(1);
  });

  test('compiles graphs that are traced anew and do the same once, those beyond the last 64 again', () => {
    const engine = counting();
    setEngine(engine);
    const power = (n: number) => {
      const { graph } = trace(
        ([x]) => [Array.from({ length: n }).reduce<Tensor>((y) => prims.mul(y, x), x)],
        [{ dtype: 'f32', shape: [] }],
      );
      return run(graph, [fromNested(2)])[0].item();
    };
    expect([1, 2, 1, 2].map(power)).toEqual([4, 8, 4, 8]);
    expect(engine.compiled).toBe(2);
    for (let n = 3; n <= 65; n++) power(n);
    expect(engine.compiled).toBe(65);
    power(2); // among the last 64
    expect(engine.compiled).toBe(65);
    power(1);
    expect(engine.compiled).toBe(66);
  });

  test('compiles a graph that another engine has compiled', () => {
    const [first, second] = [counting(), counting()];
    for (const engine of [first, second, first]) {
      setEngine(engine);
      run(square, [fromNested(3)]);
    }
    expect([first.compiled, second.compiled]).toEqual([1, 1]);
  });

  test('compiles a primitive once for each shape, dtype and parameter', () => {
    const engine = counting();
    setEngine(engine);
    const compiled = (f: () => void): number => {
      const before = engine.compiled;
      f();
      return engine.compiled - before;
    };
    const [a, b] = [fromNested([[1, 2]]), fromNested([[3, 4]])];
    compiled(() => bind('sum', { axes: [0] }, a));
    expect(compiled(() => bind('sum', { axes: [0] }, b))).toBe(0);
    expect(compiled(() => bind('sum', { axes: [1] }, a))).toBe(1);
    expect(compiled(() => bind('sum', { axes: [0] }, fromNested([[1, 2]], 'f64')))).toBe(1);
    expect(compiled(() => bind('sum', { axes: [0] }, fromNested([[1], [2]])))).toBe(1);
  });

  test('never sees an illegal graph', () => {
    const engine = counting();
    setEngine(engine);
    expect(() => compile({ ...square, nodes: [...square.nodes, ...square.nodes] })).toThrow('illegal graph');
    expect(engine.compiled).toBe(0);
  });

  test('makes every constant that is asked for', () => {
    for (const value of [1, NaN, -0, 0, Infinity]) expect(prims.full([], value, 'f64').item()).toBe(value);
  });
});
