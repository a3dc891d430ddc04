// Runs an experiment to its result in this process, without a folder.
import { getEngine, threadCount } from '../../src/index.ts';
import { makeConfig, type Settings } from '../../src/lab/core/experiments/config.ts';
import {
  type CommonConfig,
  type CommonSettings,
  type Experiment,
  type ResultOf,
  resultFor,
  seedsOf,
} from '../../src/lab/core/experiments/experiment.ts';
import { processor, versions } from '../../src/lab/core/runs/provenance.ts';
import { type Row, resultFrom } from '../../src/lab/core/runs/result.ts';
import type { LabEvent } from '../../src/lab/core/training/events.ts';

/** Settings with which an ablation takes seconds and its effect still shows. */
export const smallAblation = {
  hidden: [32, 32],
  aux: 25,
  trainDigits: 4096,
  testDigits: 1000,
  teacherEpochs: 3,
  noiseImages: 8192,
  studentEpochs: 1,
  batch: 32,
  seeds: 4,
};

/** What `experiment` gives with the settings of `preset`, but for `overrides`; `look` sees every event. */
export async function resultOf<S extends Settings & CommonSettings>(
  experiment: Experiment<S>,
  preset: string,
  overrides: Readonly<Record<string, unknown>> = {},
  look: (event: LabEvent) => void = () => {},
): Promise<ResultOf<S>> {
  const settled = makeConfig(experiment, preset, overrides);
  const config = settled as unknown as CommonConfig;
  const events = experiment.run(
    settled,
    await experiment.field.load(config, { datasets: '../shared/mnist' }),
  );
  const part = {
    seeds: seedsOf(config),
    engine: getEngine().name,
    versions: versions(),
    commit: null,
    machine: { cpu: processor(), threads: threadCount() },
    wallSeconds: 0,
  };
  const { name, metrics } = experiment;
  const ended = (rows: Row[]): ResultOf<S> =>
    resultFor(
      experiment,
      resultFrom({ experiment: name, config, metrics: metrics(settled), parts: [part], rows }),
    );
  for (;;) {
    const { value, done } = await events.next();
    if (done) return ended(value);
    look(value);
  }
}
