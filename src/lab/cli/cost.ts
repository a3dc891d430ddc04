// What an experiment costs on this machine.
import { type DType, grad, jit, mul, nn, random, sum, type Tensor, tanh, treeLeaves } from '../../index.ts';
import { makeConfig } from '../experiments/config.ts';
import type { Experiment } from '../experiments/experiment.ts';
import type { CommonConfig } from '../experiments/settings.ts';

/** FLOPs a second that the gradients of an experiment come at, with a config of its own. */
export type Rates = (experiment: Experiment, config: CommonConfig) => number;

const window = 300; // milliseconds that are measured

/** The rate of the gradient of a network of these layers: the best of many, since other work makes it only slower. */
function rateOf(
  sizes: readonly number[],
  examples: number,
  dtype: DType,
  activation: (x: Tensor) => Tensor,
): number {
  const layers = nn.initMlp(random.key(0), sizes, nn.lecunNormal, dtype);
  const images = random.normal(random.key(1), [examples, sizes[0]], dtype);
  const gradient = jit((model: nn.Dense[]) =>
    grad((of: nn.Dense[]) => {
      const outputs = nn.mlp(of, images, activation);
      return sum(mul(outputs, outputs));
    })(model),
  );
  gradient(layers); // compiles
  let best = Number.POSITIVE_INFINITY;
  const until = performance.now() + window;
  do {
    const started = performance.now();
    for (const { data } of treeLeaves(gradient(layers))) data.at(0);
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < until);
  const products = sizes.slice(1).map((outputs, i) => 2 * sizes[i] * outputs);
  return (examples * (3 * products.reduce((a, b) => a + b) - products[0])) / (best / 1000);
}

/** What the engine that runs reaches here: each network is measured once. */
export function measuredRates(): Rates {
  const known = new Map<string, number>();
  return ({ small }, { hidden = [256, 256], batch = 256 }) => {
    const key = JSON.stringify(small ? 'small' : [hidden, batch]);
    const rate =
      known.get(key) ??
      (small
        ? rateOf([49, 64, 64, 13], 256, 'f64', tanh)
        : rateOf([784, ...(hidden as number[]), 13], Math.min(Number(batch), 256), 'f32', nn.relu));
    known.set(key, rate);
    return rate;
  };
}

// As seen with gcc: seconds to start and to draw the figure, and to compile one of a run's programs.
const seconds = { start: 1, program: 3 };

// Drawing images, updating weights and measuring accuracies were seen to take so much beside the gradients.
const beside = 1.5;

const shown = (s: number): string => (s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`);

/** Seconds that a run of `config` takes, where its programs are not in the cache. */
export function secondsOf(experiment: Experiment, config: CommonConfig, rates: Rates): number {
  const training = (beside * experiment.flops(config)) / rates(experiment, config);
  return seconds.start + seconds.program * (experiment.programs?.(config) ?? 2) + training;
}

/** What a preset costs: `12 TFLOP, about 2 min`. */
export function costOf(experiment: Experiment, preset: string, rates: Rates): string {
  const config = makeConfig(experiment, preset) as CommonConfig;
  const teraflops = Number((experiment.flops(config) / 1e12).toPrecision(2));
  return `${teraflops} TFLOP, about ${shown(secondsOf(experiment, config, rates))}`;
}
