// Looks at a chart while it is drawn.
import type { Chart, ChartConfiguration } from 'chart.js';
import { render } from '../../../../src/lab/core/charts/render.ts';

/** What `look` sees of `configuration`'s chart once it is laid out. */
export function drawn<T>(configuration: ChartConfiguration, look: (chart: Chart) => T): T {
  const seen: T[] = [];
  const probe = {
    id: 'probe',
    afterDraw: (chart: Chart) => {
      seen.push(look(chart));
    },
  };
  render({ ...configuration, plugins: [...(configuration.plugins ?? []), probe] });
  return seen[0];
}

export const dataOf = ({ data }: ChartConfiguration, label: string): unknown[] => {
  const found = data.datasets.filter((dataset) => dataset.label === label);
  if (found.length !== 1) throw new Error(`${found.length} datasets are called "${label}"`);
  return found[0].data;
};

/** The words of a title, subtitle or axis title, whose lines are joined. */
export const wordsOf = (text: unknown): string => [text].flat().join(' ');

export const rangeOfAxis = (configuration: ChartConfiguration, axis: 'x' | 'y'): [number, number] =>
  drawn(configuration, ({ scales }) => [scales[axis].min, scales[axis].max]);

/** What is written at an axis, from its beginning. */
export const ticksOf = (configuration: ChartConfiguration, axis: 'x' | 'y'): string[] =>
  drawn(configuration, ({ scales }) => scales[axis].ticks.map(({ label }) => wordsOf(label)));
