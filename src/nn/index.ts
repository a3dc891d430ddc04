// Neural networks as plain functions over trees of parameters.
export * from './activations.ts';
export * from './attention.ts';
export * from './cache.ts';
export { type ChainState, chain, type GradientTransformation, type Optimizer } from './chain.ts';
export * from './clipping.ts';
export * from './conv.ts';
export * from './dense.ts';
export * from './dropout.ts';
export { embedding, initEmbedding, tiedHead } from './embedding.ts';
export * from './initializers.ts';
export * from './linear-cross-entropy.ts';
export * from './lora.ts';
export { type CrossEntropyOptions, crossEntropy, klDivergence, meanSquaredError } from './losses.ts';
export * from './norm.ts';
export * from './optimizers.ts';
export { type AvgPoolOptions, avgPool, maxPool, type PoolOptions } from './pooling.ts';
export * from './rotary.ts';
export * from './schedules.ts';
export {
  type AdamState,
  addDecayedWeights,
  clipNorm,
  type MomentumState,
  momentum,
  type RateState,
  type ScaleByAdamOptions,
  scaleByAdam,
  scaleByLearningRate,
} from './transformations.ts';
export * from './transformer.ts';
