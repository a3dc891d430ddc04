// What people are told of a program: a line a kernel, with operations, traffic and what it computes.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { explainGraph } from '../../src/compile/index.ts';
import { useEngine } from '../../src/engines/index.ts';
import { getEngine, showGraph } from '../../src/graph/index.ts';
import { add, cumsum, exp, matmul, mul, sub, sum, type Tensor, zeros } from '../../src/index.ts';
import { explain, jit } from '../../src/transforms/index.ts';
import { aval, compiledEngines, graphOf, target } from '../helpers/compiled.ts';

beforeAll(() => {
  useEngine('reference');
});
afterEach(() => {
  useEngine('reference');
});

const cells = (line: string): string[] => line.trim().split(/ {2,}/);

describe('A program explained', () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => [cumsum(exp(add(mul(x, y), mul(x, 2))), 1)];
  const graph = graphOf(f, aval([3, 40]), aval([3, 40]));

  test('has a line a kernel, with loops, operations, traffic and primitives', () => {
    const [title, first, second, last, ...others] = explainGraph(graph, target).split('\n');
    expect(others).toEqual([]);
    expect(cells(title)).toEqual(['kernel', 'loops', 'operations', 'traffic', 'what it computes']);
    // 120 elements: a store, two products, a sum and e to that; three arrays of 480 bytes
    expect(cells(first)).toEqual(['0', '[3, 40]', '1680', '1440 B', 'exp mul×2 full add']);
    expect(cells(second).toSpliced(2, 1)).toEqual(['1', '[3, 40]', '960 B', 'cumSum']);
    expect(last).toBe(
      '512 B between kernels in 1 buffers, 0 B for each thread, 0 outputs written over inputs',
    );
  });

  test('says how many outputs are written over inputs', () => {
    const lines = explainGraph({ ...graph, donated: [0] }, target).split('\n');
    expect(lines.at(-1)).toMatch(/, 1 outputs written over inputs$/);
  });

  test('counts a product as its multiply-adds, and rounds what is large', () => {
    const product = graphOf(matmul, aval([1000, 500]), aval([500, 800]));
    const [, line] = explainGraph(product, target).split('\n');
    expect(cells(line)).toEqual(['0', '[1000, 800]', '400 M', '6800 kB', 'dot']);
  });

  test('counts what is kept in an outer loop as often as it is computed there', () => {
    const centred = graphOf((x) => sub(x, mul(sum(x, 1, true), 2)), aval([8, 100]));
    const [, line] = explainGraph(centred, target).split('\n');
    // 800 elements: a store and a difference; as many terms of the sums, and a product for each of 8
    expect(cells(line).slice(1, 3)).toEqual(['[8, 100]', String(3 * 800 + 8)]);
  });
});

describe('explain', () => {
  const f = (p: { x: Tensor }, y: Tensor): Tensor => sum(mul(p.x, y));
  const args = [{ x: zeros([20]) }, zeros([20])] as const;

  test('gives the graph, on an engine without kernels', () => {
    const graph = graphOf((x, y) => sum(mul(x, y)), aval([20]), aval([20]));
    expect(getEngine().explain).toBeUndefined();
    expect(explain(f)(...args)).toBe(showGraph(graph));
  });

  test.each(compiledEngines())('gives the kernels of a function of trees on the %s engine', (engine) => {
    useEngine(engine);
    const lines = explain((p: { x: Tensor }, y: Tensor) => add(mul(p.x, y), 1), { donate: [0] })(
      ...args,
    ).split('\n');
    expect(lines).toHaveLength(3);
    expect(cells(lines[1]).at(-1)).toBe('add mul full');
    expect(lines[2]).toMatch(/, 1 outputs written over inputs$/);
  });

  test.each(compiledEngines())('puts what is called in its place on the %s engine', (engine) => {
    useEngine(engine);
    const called = jit((x: Tensor) => mul(x, 2));
    expect(explain((x: Tensor) => add(called(x), 1))(args[1])).toBe(
      explain((x: Tensor) => add(mul(x, 2), 1))(args[1]),
    );
  });

  test('refuses to give up an argument that there is not', () => {
    expect(() => explain(f, { donate: [2] })(...args)).toThrow(
      'explain: donate names argument 2, but the function was given 2',
    );
  });
});
