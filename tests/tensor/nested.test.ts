// Which dtype literals and typed arrays make.
import { describe, expect, test } from 'vitest';
import { fromNested, type Nested } from '../../src/tensor/index.ts';

const dtypesOf = (...literals: readonly Nested[]): string[] =>
  literals.map((literal) => fromNested(literal).dtype);

describe('Without a dtype', () => {
  test('numbers are i32 where all of them are whole, as in NumPy and JAX', () => {
    expect(dtypesOf(3, [0, 2], [[-1], [2 ** 31 - 1]], [true, 2])).toEqual(['i32', 'i32', 'i32', 'i32']);
    expect(fromNested([true, 2]).toArray()).toEqual([1, 2]);
  });

  test('numbers are f32 where one is not whole, is −0, or is more than i32 holds, and where there are none', () => {
    expect(dtypesOf(2.5, [0, 2.5], [0, -0], [2 ** 31], [Number.NaN], [1, Infinity], [], [[]])).toEqual(
      new Array(8).fill('f32'),
    );
    expect(Object.is(fromNested([1, -0]).data[1], -0)).toBe(true);
  });

  test('booleans are bool, and typed arrays the dtype that holds them', () => {
    const bytes = Uint8Array.of(5, 0, 7);
    expect(dtypesOf([true], bytes, Uint8ClampedArray.of(1), Int8Array.of(-1), Int16Array.of(1))).toEqual([
      ...['bool', 'u8', 'u8', 'i8', 'i32'],
    ]);
    expect(dtypesOf(Uint16Array.of(1), Uint32Array.of(1), Float32Array.of(1), Float64Array.of(1))).toEqual([
      ...['i32', 'i32', 'f32', 'f64'],
    ]);
    expect(dtypesOf(BigInt64Array.of(1n))).toEqual(['i32']);
    expect(fromNested(bytes).toArray()).toEqual([5, 0, 7]);
    expect(fromNested(bytes, 'bool').toArray()).toEqual([true, false, true]);
  });

  test('a Float16Array, where the runtime has it, is f16', () => {
    class Float16Array extends Uint16Array {
      override get [Symbol.toStringTag](): 'Uint16Array' {
        return 'Float16Array' as 'Uint16Array';
      }
    }
    expect(dtypesOf(Float16Array.of(1))).toEqual(['f16']);
  });

  test('what stands together is promoted', () => {
    expect(dtypesOf([Uint8Array.of(1), Int8Array.of(1)], [Uint8Array.of(1), [2.5]])).toEqual(['i32', 'f32']);
  });
});

describe('With a dtype', () => {
  test('typed arrays are numbers, not bits', () => {
    expect(fromNested(Uint16Array.of(1, 300), 'bf16').toArray()).toEqual([1, 300]);
    expect(fromNested(Int8Array.of(-1), 'f16').toArray()).toEqual([-1]);
    expect(() => fromNested(Int8Array.of(-1), 'u8')).toThrow('u8 holds whole numbers from 0 to 255, not -1');
  });
});
