// What the compiler knows: transformations keep signatures, and a gradient has the type of its tree.
import { describe, expectTypeOf, test } from 'vitest';
import type { Tensor } from '../../src/tensor/index.ts';
import {
  grad,
  jit,
  jvp,
  linearize,
  type TreeFunction,
  valueAndGrad,
  vjp,
  vmap,
} from '../../src/transforms/index.ts';

type Params = { readonly layers: readonly { weight: Tensor; bias: Tensor }[]; scale: [Tensor, Tensor] };
type Data = { x: Tensor; label: Tensor };
type Step = TreeFunction<[params: Params, data: Data], { loss: Tensor; params: Params }>;

declare const loss: (params: Params, data: Data, weight: Tensor) => Tensor;
declare const step: Step;
declare const params: Params;
declare const data: Data;

describe('The type', () => {
  test('of a gradient is that of the first argument', () => {
    const gradient = () => grad(loss);
    expectTypeOf(gradient).returns.parameters.toEqualTypeOf<[params: Params, data: Data, weight: Tensor]>();
    expectTypeOf(gradient).returns.returns.toEqualTypeOf<Params>();
  });

  test('of valueAndGrad is a pair', () => {
    const both = () => valueAndGrad(loss);
    expectTypeOf(both).returns.returns.toEqualTypeOf<[Tensor, Params]>();
  });

  test('of a gradient in chosen arguments is theirs, beside an aux as it is', () => {
    type Aux = { seen: Data };
    const withAux = (p: Params, d: Data, w: Tensor): [Tensor, Aux] => [loss(p, d, w), { seen: d }];
    const cases = {
      one: () => grad(loss, { argnums: 2 }),
      several: () => grad(loss, { argnums: [0, 2] }),
      aux: () => grad(withAux, { hasAux: true }),
      both: () => valueAndGrad(withAux, { argnums: [2, 0], hasAux: true }),
    };
    expectTypeOf(cases.one).returns.returns.toEqualTypeOf<Tensor>();
    expectTypeOf(cases.several).returns.returns.toEqualTypeOf<readonly [Params, Tensor]>();
    expectTypeOf(cases.aux).returns.returns.toEqualTypeOf<[Params, Aux]>();
    expectTypeOf(cases.both).returns.returns.toEqualTypeOf<[[Tensor, Aux], readonly [Tensor, Params]]>();
    expectTypeOf(cases.both).returns.parameters.toEqualTypeOf<[p: Params, d: Data, w: Tensor]>();
  });

  test('of jit and vmap is that of their function', () => {
    const [compiled, mapped] = [() => jit(step), () => vmap(step, [0, null])];
    expectTypeOf(compiled).returns.toEqualTypeOf<Step>();
    expectTypeOf(mapped).returns.toEqualTypeOf<Step>();
    const scaled = (x: Tensor, { by }: { by: number }): Tensor => (by > 0 ? x : step(params, data).loss);
    const fixed = () => jit(scaled, { static: [1] });
    expectTypeOf(fixed).returns.toEqualTypeOf<typeof scaled>();
  });

  test('of jvp is two results', () => {
    const forward = () => jvp(step, [params, data], [params, data]);
    expectTypeOf(forward).returns.toEqualTypeOf<[ReturnType<Step>, ReturnType<Step>]>();
  });

  test('of linearize takes tangents of the arguments', () => {
    const linear = () => linearize(step, params, data)[1];
    expectTypeOf(linear).returns.parameters.toEqualTypeOf<[params: Params, data: Data]>();
    expectTypeOf(linear).returns.returns.toEqualTypeOf<ReturnType<Step>>();
  });

  test('of a pullback goes from the result to the arguments', () => {
    const pullback = () => vjp(step, params, data)[1];
    expectTypeOf(pullback).returns.parameters.toEqualTypeOf<[ReturnType<Step>]>();
    expectTypeOf(pullback).returns.returns.toEqualTypeOf<[params: Params, data: Data]>();
  });

  test('refuses what cannot be', () => {
    const wrong = () => {
      // @ts-expect-error the result of a differentiated function is a tensor
      grad(step);
      // @ts-expect-error a number is no tree
      jit(loss)(params, data, 3);
      // @ts-expect-error tangents have the structure of the primals
      jvp(step, [params, data], [params]);
    };
    expectTypeOf(wrong).toBeFunction();
  });
});
