// Tensors in the engine's memory: who owns a block, and what happens when there is no room.
import { describe, expect, test } from 'vitest';
import { apply, load, number, store } from '../../../src/compile/index.ts';
import { type Storage, TraceError } from '../../../src/tensor/index.ts';
import { buffer, execute, type Kernels, place, program, routine, storageOf } from './kernels.ts';

const one = number(1, 'f32');

/** x + 1 for an array of `size`. */
function increment(size: number): Kernels {
  const [x, y] = [buffer('f32', size), buffer('f32', size)];
  return {
    inputs: [x],
    outputs: [y],
    routines: [routine(size, (i) => [store(y, i, apply('add', [load(x, i), one]))])],
  };
}

/** x + 1 in the place of x. */
function incrementInPlace(size: number): Kernels {
  const kernels = increment(size);
  const [x, y] = [...(kernels.inputs ?? []), ...kernels.outputs];
  return { ...kernels, reuses: new Map([[y, x]]) };
}

const numbers = (storage: Storage): number[] => Array.from(storage.read());

describe('A result', () => {
  test('is read as often as one likes, and is an input like any other', () => {
    const where = place();
    const step = program(increment(3), where);
    const [first] = step.run([storageOf(Float32Array.of(1, 2, 3))]);
    const [second] = step.run([first]);
    expect(numbers(second)).toEqual([3, 4, 5]);
    expect(first.read()).toBe(first.read());
    expect(numbers(first)).toEqual([2, 3, 4]);
  });

  test('can be an input of another memory', () => {
    const [a, b] = [place(), place()];
    const [first] = program(increment(3), a).run([storageOf(Float32Array.of(1, 2, 3))]);
    expect(numbers(program(increment(3), b).run([first])[0])).toEqual([3, 4, 5]);
  });

  test('that is an input is that input, and one asked for twice is one', () => {
    const { inputs = [], outputs, routines } = increment(2);
    const it = program({ inputs, outputs: [outputs[0], inputs[0], outputs[0]], routines });
    const given = storageOf(Float32Array.of(5, 6));
    const [a, b, c] = it.run([given]);
    expect(b).toBe(given);
    expect(c).toBe(a);
    expect(numbers(a)).toEqual([6, 7]);
  });

  test('of no elements takes none', () => {
    const { inputs = [], outputs } = increment(0);
    expect(execute({ inputs, outputs, routines: [] }, [new Float32Array(0)])[0]).toEqual(new Float32Array(0));
  });

  test('is gone once it is given up, and its memory free', () => {
    const where = place();
    const step = program(increment(1000), where);
    const input = storageOf(new Float32Array(1000));
    const [first] = step.run([input]);
    const before = where.store.free;
    first.giveUp();
    expect(where.store.free).toBe(before + 4032);
    expect(() => first.read()).toThrow('this tensor was given up: disposed of');
    expect(() => step.run([first])).toThrow(TraceError);
  });

  test('frees its copy of an array with it', () => {
    const where = place();
    const input = storageOf(new Float32Array(1000));
    const results = program(increment(1000), where).run([input]);
    const before = where.store.free;
    input.giveUp();
    expect(where.store.free).toBe(before + 4032);
    expect(numbers(results[0])[0]).toBe(1);
  });
});

describe('A donated input', () => {
  test('gives its memory to the result and cannot be read any more', () => {
    const where = place();
    const [first] = program(increment(2), where).run([storageOf(Float32Array.of(1, 2))]);
    const step = program(incrementInPlace(2), where);
    const free = where.store.free;
    const [second] = step.run([first]);
    expect(where.store.free).toBe(free);
    expect(numbers(second)).toEqual([3, 4]);
    expect(() => first.read()).toThrow(TraceError);
    expect(() => first.read()).toThrow('this tensor was given up');
  });

  test('from the host, or given twice, is copied and stays as it was', () => {
    const where = place();
    const array = Float32Array.of(1, 2);
    const step = program(incrementInPlace(2), where);
    expect(numbers(step.run([storageOf(array)])[0])).toEqual([2, 3]);
    expect(Array.from(array)).toEqual([1, 2]);
    const { inputs = [], outputs, ...rest } = incrementInPlace(2);
    const other = buffer('f32', 2);
    const both = program({ inputs: [...inputs, other], outputs: [...outputs, other], ...rest }, where);
    const [given] = program(increment(2), where).run([storageOf(array)]);
    const [result, same] = both.run([given, given]);
    expect(numbers(result)).toEqual([3, 4]);
    expect(numbers(same)).toEqual([2, 3]);
  });
});

describe('Memory', () => {
  const mebibyte = 2 ** 18; // elements
  const touch = (size: number): Kernels => {
    const y = buffer('f32', size);
    return { outputs: [y], routines: [routine(1, () => [store(y, number(0), one)])] };
  };

  test('stays flat over 500 results of 10 MB that nobody frees, and what is kept stays right', () => {
    const where = place();
    const step = program(touch(10 * mebibyte), where);
    const [kept] = program(increment(mebibyte), where).run([storageOf(new Float32Array(mebibyte).fill(41))]);
    let latest = step.run([]);
    const resident: number[] = [];
    for (let i = 1; i < 500; i++) {
      latest = step.run([]);
      if (i % 50 === 0) resident.push(process.memoryUsage().rss / 2 ** 20);
    }
    expect(where.store.heap.size).toBeLessThan(400 * 2 ** 20);
    expect(Math.max(...resident) - resident[0]).toBeLessThan(200);
    expect(latest[0].read()[0]).toBe(1);
    expect(kept.read().every((value) => value === 42)).toBe(true);
  });

  test('is freed with the tensors that the collector finds', async () => {
    const where = place();
    const step = program(touch(10 * mebibyte), where);
    for (let i = 0; i < 300; i++) {
      step.run([]);
      await new Promise(setImmediate);
    }
    expect(where.store.evictions).toBeLessThan(150);
  });

  test('that cannot be had is an error which names the bytes, and leaves the engine usable', () => {
    const where = place();
    const [held] = program(touch(mebibyte), where).run([]);
    const outputs = [1, 2, 3].map(() => buffer('f32', 1500 * mebibyte));
    expect(() => program({ outputs, routines: [] }, where).run([])).toThrow(
      /^wasm: no room for 1572864000 bytes more: WebAssembly's memory of \d\.\d\d GiB is in use and cannot grow/,
    );
    expect(held.read()[0]).toBe(1);
    expect(execute(increment(1), [Float32Array.of(1)], where)[0][0]).toBe(2);
  });
});
