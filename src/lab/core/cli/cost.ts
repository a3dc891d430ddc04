// What an experiment costs on this machine.
import { makeConfig } from '../experiments/config.ts';
import type { CommonConfig, Experiment, Sample } from '../experiments/experiment.ts';

/** FLOPs a second that the sample of an experiment comes at, with a config of its own. */
export type Rates = (experiment: Experiment, config: CommonConfig) => number;

const window = 300; // milliseconds that are measured

/** The rate at which `sample` is done: the best of many, since other work makes it only slower. */
function rateOf({ flops, prepare }: Sample): number {
  const work = prepare();
  work(); // compiles
  let best = Number.POSITIVE_INFINITY;
  const until = performance.now() + window;
  do {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < until);
  return flops / (best / 1000);
}

/** What the engine that runs reaches here: equal work is measured once. */
export function measuredRates(): Rates {
  const known = new Map<string, number>();
  return ({ field }, config) => {
    const sample = field.sample(config);
    const rate = known.get(sample.name) ?? rateOf(sample);
    known.set(sample.name, rate);
    return rate;
  };
}

// As seen with gcc: seconds to start and to draw the figure, and to compile one of a run's programs.
const seconds = { start: 1, program: 3 };

const shown = (s: number): string => (s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`);

/** Seconds that a run of `config` takes, where its programs are not in the cache. */
export function secondsOf(experiment: Experiment, config: CommonConfig, rates: Rates): number {
  const { overhead } = experiment.field.sample(config);
  const training = ((1 + overhead) * experiment.flops(config)) / rates(experiment, config);
  return seconds.start + seconds.program * (experiment.programs?.(config) ?? 2) + training;
}

/** What a preset costs: `12 TFLOP, about 2 min`. */
export function costOf(experiment: Experiment, preset: string, rates: Rates): string {
  const config = makeConfig(experiment, preset) as CommonConfig;
  const teraflops = Number((experiment.flops(config) / 1e12).toPrecision(2));
  return `${teraflops} TFLOP, about ${shown(secondsOf(experiment, config, rates))}`;
}
