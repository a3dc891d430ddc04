// What an experiment costs on this machine.
import { jit, matmul, random } from '../../index.ts';
import { makeConfig } from '../experiments/config.ts';
import type { Experiment } from '../experiments/experiment.ts';

/** FLOPs a second of a matrix product of the sizes that training has, on the engine that runs. */
export function measuredRate(): number {
  const [m, k, n] = [1024, 784, 256];
  const x = random.normal(random.key(0), [m, k]);
  const w = random.normal(random.key(1), [k, n]);
  const product = jit(matmul);
  product(x, w);
  const started = performance.now();
  let times = 0;
  do {
    product(x, w);
    times++;
  } while (performance.now() - started < 300);
  return (2 * m * k * n * times) / ((performance.now() - started) / 1000);
}

// A training step also draws, measures and updates: it was seen to take about twice its products' time.
const overhead = 2;

const minutes = (s: number): string => (s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`);

/** What a preset costs: `12 TFLOP, about 2 min`. */
export function costOf(experiment: Experiment, preset: string, rate: number): string {
  const flops = experiment.flops(makeConfig(experiment, preset));
  return `${Number((flops / 1e12).toPrecision(2))} TFLOP, about ${minutes((overhead * flops) / rate)}`;
}
