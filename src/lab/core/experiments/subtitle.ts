// The lines below a figure's title: what ran, and how to read the marks.
import { howToRead, type Models } from '../charts/style.ts';
import { countedOn, enginesOf } from '../runs/header.ts';
import type { Result } from '../runs/result.ts';

/** Preset, seeds, trials of the metric `name`, engine and config of `result`; then what its `mark`s are, one of `models` each. */
export function subtitleOf(
  result: Result,
  mark: 'bar' | 'point' | 'curve',
  name = 'accuracy',
  models: Models = { count: result.seeds.length, one: 'seed', many: 'seeds' },
): string[] {
  const { config, configHash, seeds, metrics } = result;
  const metric = metrics[name] ?? {};
  return [
    [
      `preset ${config.preset ?? 'unknown'}`,
      seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`,
      ...[countedOn(metric) ?? []].flat(),
      `${enginesOf(result).join(', ')} engine`,
      `config ${configHash.slice(0, 8)}`,
    ].join(' · '),
    howToRead(mark, models, name, metric.of),
  ];
}
