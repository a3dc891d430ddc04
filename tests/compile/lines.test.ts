// Whole lines along an axis: updates added where indices say, and the order that sorts.
import { describe, expect, test } from 'vitest';
import { type Engine, prims } from '../../src/graph/index.ts';
import { argsort, cumsum } from '../../src/index.ts';
import { fromTypedArray, type Tensor } from '../../src/tensor/index.ts';
import { aval, compiledEngines, compiledOf, engineNamed, graphOf, kernelOps } from '../helpers/compiled.ts';
import { generator, randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

const reference = engineNamed('reference');

const indicesOf = (shape: readonly number[], size: number): Tensor => {
  const next = generator(3);
  const n = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Int32Array.from({ length: n }, () => Math.floor(next() * (size + 6)) - 3),
    shape,
    'i32',
  );
};

/** Numbers with many equal ones, NaN, and zeros of both signs. */
function keys(shape: readonly number[]): Tensor {
  const next = generator(5);
  const few = [Number.NaN, -0, 0, 1, 2.5, -3, Infinity, -Infinity];
  const n = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Float32Array.from({ length: n }, () => few[Math.floor(next() * few.length)]),
    shape,
    'f32',
  );
}

/** Compares what `engine` makes of `f` with what the reference engine does; whole numbers and moves are exact. */
function expectAsReference(engine: Engine, f: (...inputs: Tensor[]) => Tensor[], inputs: Tensor[]): void {
  const graph = graphOf(f, ...inputs);
  const expected = reference.compile(graph)(inputs);
  engine
    .compile(graph)(inputs)
    .forEach((actual, i) => {
      expectSame(actual, expected[i], actual.dtype === 'f32' ? 1e-5 : 0);
    });
}

test('A scatter of many updates has a kernel of its own, one of few is summed where it is read', () => {
  const f = (updates: Tensor, indices: Tensor): Tensor =>
    prims.neg(prims.scatterAdd(updates, indices, { axis: 0, batch: 0, size: 9 }));
  const ops = (n: number) => kernelOps(f, aval([n, 4]), aval([n], 'i32'));
  expect(ops(17)).toEqual([['scatterAdd'], ['neg']]);
  expect(ops(16)).toEqual([['neg', 'scatterAdd']]);
});

test('The gradient of an embedding is made by several tasks, each of which has a part of every vector', () => {
  const tasks = (width: number): number => {
    const f = (updates: Tensor, indices: Tensor): Tensor =>
      prims.scatterAdd(updates, indices, { axis: 0, batch: 0, size: 100 });
    const [{ written }] = compiledOf(f, [aval([200, width]), aval([200], 'i32')]).kernels;
    return written.routines[0].tasks;
  };
  expect([15, 40, 384, 5000].map(tasks)).toEqual([1, 2, 24, 32]);
});

describe.each(compiledEngines())('On the %s engine', (name) => {
  const engine = engineNamed(name);

  test('updates are added where their indices say, few or many, and nowhere if that is outside', () => {
    const few = [randomTensor([5, 4], 1, 'f32'), indicesOf([5], 9)];
    const many = [randomTensor([200, 4], 2, 'f32'), indicesOf([200], 9)];
    const inside = [randomTensor([3, 40, 5], 3, 'f32'), indicesOf([40], 7)];
    const batched = [randomTensor([4, 30, 3], 4, 'f32'), indicesOf([4, 30], 8)];
    const wide = [randomTensor([60, 77], 5, 'f32'), indicesOf([60], 9)];
    const whole = [randomTensor([2, 6, 5], 5, 'i32'), indicesOf([2, 6, 5], 10)];
    const last = [randomTensor([3, 33], 6, 'f32'), indicesOf([33], 11)];
    const none = [randomTensor([0, 4], 7, 'f32'), indicesOf([0], 9)];
    const cases = [few, many, inside, batched, whole, last, none, wide];
    const params = [
      { axis: 0, batch: 0, size: 9 },
      { axis: 0, batch: 0, size: 9 },
      { axis: 1, batch: 0, size: 7 },
      { axis: 1, batch: 1, size: 8 },
      { axis: 0, batch: 0, size: 10 },
      { axis: 1, batch: 0, size: 11 },
      { axis: 0, batch: 0, size: 9 },
      { axis: 0, batch: 0, size: 9 },
    ];
    expectAsReference(
      engine,
      (...inputs) => params.map((each, i) => prims.scatterAdd(inputs[2 * i], inputs[2 * i + 1], each)),
      cases.flat(),
    );
  });

  test('argsort keeps the order of what is equal, and puts NaN last, along every axis', () => {
    const inputs = [keys([100]), keys([7, 33]), keys([3, 17, 5]), keys([1]), keys([4, 0]), keys([64, 2])];
    const axes = [0, 1, 1, 0, 1, 0];
    expectAsReference(
      engine,
      (...xs) => [...xs.map((x, i) => argsort(x, axes[i])), argsort(xs[1], 0)],
      inputs,
    );
    const [order] = engine.compile(graphOf((x) => argsort(x), inputs[0]))([inputs[0]]);
    const sorted = Array.from(order.data, (at) => inputs[0].data[at]);
    const numbers = sorted.filter((x) => !Number.isNaN(x));
    expect(sorted.slice(0, numbers.length)).toEqual(numbers);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    order.data.forEach((at, i) => {
      if (i > 0 && Object.is(sorted[i], sorted[i - 1])) expect(at).toBeGreaterThan(order.data[i - 1]);
    });
  });

  test('running sums go along every axis', () => {
    const inputs = [randomTensor([300], 1, 'f32'), randomTensor([5, 6, 7], 2, 'i32')];
    expectAsReference(engine, (x, y) => [cumsum(x, 0), ...[0, 1, 2].map((axis) => cumsum(y, axis))], inputs);
  });
});
