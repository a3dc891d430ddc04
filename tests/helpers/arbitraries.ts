// fast-check arbitraries of shapes, axes, dtypes and tensors.
import fc from 'fast-check';
import { type DType, dtypes, type Shape, type Tensor } from '../../src/tensor/index.ts';
import { everyIndex, toTensor } from './grids.ts';
import { numbersOfBits } from './halves.ts';

/** Axis sizes, of which 0 and 1 are the ones that code forgets. */
export const size = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 10, arbitrary: fc.integer({ min: 2, max: 4 }) },
);

export const shape = (minLength = 0, maxLength = 4): fc.Arbitrary<number[]> =>
  fc.array(size, { minLength, maxLength });

export const dtype: fc.Arbitrary<DType> = fc.constantFrom(...dtypes);
export const numericDtype: fc.Arbitrary<DType> = fc.constantFrom('i32', 'f32', 'f64');
export const floatDtype: fc.Arbitrary<DType> = fc.constantFrom('f32', 'f64');

/** An axis of a tensor of `ndim` dimensions, which may count from the end. */
export const axis = (ndim: number): fc.Arbitrary<number> => fc.integer({ min: -ndim, max: ndim - 1 });

/** Some of the axes, in any order, or `undefined` for all. */
export const axes = (ndim: number): fc.Arbitrary<number[] | undefined> =>
  fc.option(
    fc
      .shuffledSubarray(Array.from({ length: ndim }, (_, i) => i))
      .chain((list) => fc.tuple(...list.map((i) => fc.constantFrom(i, i - ndim)))),
    { nil: undefined },
  );

const small = fc.integer({ min: -9, max: 9 });
/** Within ±128 and exact in f32, of a size whose products neither overflow nor underflow. */
const fraction = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((n) => n / 2 ** 13);

const values: Record<DType, fc.Arbitrary<number>> = {
  bool: fc.integer({ min: 0, max: 1 }),
  u8: fc.integer({ min: 0, max: 255 }),
  i8: fc.integer({ min: -128, max: 127 }),
  bf16: small,
  f16: small,
  i32: fc.oneof({ weight: 6, arbitrary: small }, { weight: 1, arbitrary: fc.integer() }),
  f32: fc.oneof(small, fraction),
  f64: fc.oneof(small, fraction),
};

const halves = (dtype: DType): fc.Arbitrary<number> =>
  fc.nat(65535).map((bits) => numbersOfBits(dtype)[bits]);

/** Any float of `dtype`, with NaN, the infinities and both zeros. */
export const anyValue: Record<DType, fc.Arbitrary<number>> = {
  bool: values.bool,
  u8: values.u8,
  i8: values.i8,
  bf16: fc.oneof(small, halves('bf16')),
  f16: fc.oneof(small, halves('f16')),
  i32: values.i32,
  f32: fc.oneof(small, fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, -0)),
  f64: fc.oneof(small, fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0)),
};

/** Moderate finite values of `dtype` (among them some i32 near the limits) in `dims`. */
export function tensorOf(
  dims: Shape,
  kind: DType,
  elements: fc.Arbitrary<number> = values[kind],
): fc.Arbitrary<Tensor> {
  const n = everyIndex(dims).length;
  return fc
    .array(elements, { minLength: n, maxLength: n })
    .map((data) => toTensor({ dtype: kind, shape: dims, data }));
}

/** A tensor of any shape and of a dtype out of `kind`. */
export const anyTensor = (
  kind: fc.Arbitrary<DType> = dtype,
  minLength = 0,
  maxLength = 3,
): fc.Arbitrary<Tensor> =>
  fc.tuple(kind, shape(minLength, maxLength)).chain(([d, dims]) => tensorOf(dims, d));

/** A shape that broadcasts with `dims`: leading axes dropped, some sizes replaced by 1. */
export const broadcastable = (dims: Shape): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.nat(dims.length), fc.array(fc.boolean(), { minLength: dims.length, maxLength: dims.length }))
    .map(([dropped, ones]) => dims.map((n, i) => (ones[i] ? 1 : n)).slice(dropped));
