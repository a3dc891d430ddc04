// What the arguments of layers can be: keys and layers, initializers, sizes.
import * as arg from '../ops/arguments.ts';
import type { DType, Param, Shape, Tensor } from '../tensor/index.ts';

export * from '../ops/arguments.ts';

export interface Weighted {
  readonly weight: Tensor;
  readonly bias: Tensor;
}
/** Weights and biases of a convolutional layer. */
export const weighted = (name: string): Param<Weighted> =>
  arg.record<Weighted>(name, { weight: arg.tensor, bias: arg.tensor });

export interface Lora {
  readonly a: Tensor;
  readonly b: Tensor;
}
export interface Linear {
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly lora?: Lora;
}
const lora = (name: string): Param<Lora> => arg.record<Lora>(name, { a: arg.tensor, b: arg.tensor });
/** Weights of a dense layer, and what else it may have. */
export const linear = (name: string): Param<Linear> =>
  arg.record<Linear>(name, {
    weight: arg.tensor,
    bias: (name) => arg.optional(arg.tensor(name)),
    lora: (name) => arg.optional(lora(name)),
  });

export interface Scaled {
  readonly scale: Tensor;
  readonly bias: Tensor;
}
/** Scale and bias of a norm. */
export const scaled = (name: string): Param<Scaled> =>
  arg.record<Scaled>(name, { scale: arg.tensor, bias: arg.tensor });

export interface Attended {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
}
/** The layers of an attention. */
export const attended = (name: string): Param<Attended> =>
  arg.record<Attended>(name, { query: linear, key: linear, value: linear, output: linear });

type Draw = (key: Tensor, shape: Shape, dtype?: DType) => Tensor;

/** What every `init…` function takes last: the initializer and the dtype. */
export const drawn = [arg.optional(arg.givesTensor<Draw>('initializer')), arg.nullable(arg.dtype())] as const;
