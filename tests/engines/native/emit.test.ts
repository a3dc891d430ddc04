// What is alike in a program is compiled once.
import { expect, test } from 'vitest';
import { emit } from '../../../src/engines/native/emit.ts';
import { add, matmul, type Tensor, tanh } from '../../../src/index.ts';
import { aval, compiledOf } from '../../helpers/compiled.ts';

const learners = (n: number) => {
  const one = (x: Tensor, w: Tensor): Tensor => tanh(add(matmul(x, w), 1));
  const f = (x: Tensor, ...weights: Tensor[]): Tensor[] => weights.map((w) => one(one(x, w), w));
  const shape = aval([64, 64]);
  const compiled = compiledOf(f, [shape, ...new Array<typeof shape>(n).fill(shape)]);
  const text = emit(compiled, [...compiled.inputs, ...compiled.outputs]);
  return { functions: text.match(/^static void routine_/gm)?.length, calls: compiled.routines.length };
};

test('Kernels that differ only in their buffers are one function, however many there are.', () => {
  const [few, many] = [learners(2), learners(12)];
  expect(many.calls).toBe(6 * few.calls);
  expect(many.functions).toBe(few.functions);
});

test('Kernels that differ in a constant are functions of their own.', () => {
  const functions = (constant: number): number | undefined => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [add(x, 1), add(y, constant)];
    const compiled = compiledOf(f, [aval([8]), aval([8, 1])]);
    const text = emit(compiled, [...compiled.inputs, ...compiled.outputs]);
    return text.match(/^static void routine_/gm)?.length;
  };
  expect(functions(1)).toBe(1);
  expect(functions(2)).toBe(2);
});
