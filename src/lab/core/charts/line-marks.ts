// What a chart of lines draws for each series: line, marks, whiskers, dots and bands, as Chart.js's datasets.
import type { ChartDataset } from 'chart.js';
import type {} from 'chartjs-chart-error-bars';
import type { Estimate } from './samples.ts';
import { dotted, type Mark, spread, tinted } from './style.ts';

export interface Drawn extends Estimate {
  readonly x: number;
  readonly values: readonly number[];
}

export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly mark: Mark;
  /** Whether it has so many points that its intervals are a band. */
  readonly curve: boolean;
  readonly points: readonly Drawn[];
}

/** From x to where it stands on the axis. */
export type Place = (x: number) => number;

export const markRadius = 4.5;

/** Which points of a curve have a mark: others than those of the curves beside it. */
export function radiiAlong(count: number, index: number, curves: number): number[] {
  const stride = Math.ceil(count / 8);
  const first = Math.floor((stride * (index + 0.5)) / curves);
  return Array.from({ length: count }, (_, i) => (i % stride === first ? markRadius : 0));
}

export const through = (line: Line, place: Place, radius: number | number[]): ChartDataset => ({
  type: 'line',
  label: line.label,
  data: line.points.map(({ x, mean }) => ({ x: place(x), y: mean })),
  borderColor: line.colour,
  borderWidth: 2,
  borderDash: [...line.dash],
  pointRadius: radius,
  pointStyle: line.mark.shape,
  pointBackgroundColor: line.mark.hollow ? '#ffffff' : line.colour,
  pointBorderColor: line.mark.hollow ? line.colour : '#ffffff',
  pointBorderWidth: line.mark.hollow ? 1.6 : 0.8,
});

export const whiskers = ({ label, colour, points }: Line, place: Place): ChartDataset => ({
  type: 'scatterWithErrorBars',
  label: `${label}, 95% interval`,
  data: points.flatMap(({ x, mean, interval }) =>
    interval ? [{ x: place(x), y: mean, yMin: interval.low, yMax: interval.high }] : [],
  ),
  pointStyle: false,
  errorBarColor: colour,
  errorBarWhiskerColor: colour,
  errorBarLineWidth: 1.6,
  errorBarWhiskerLineWidth: 1.6,
  errorBarWhiskerSize: 8,
});

/** The seeds of each point, at both sides of its whisker within `width`. */
export const dots = ({ label, colour, points }: Line, place: Place, width: number): ChartDataset => ({
  type: 'scatter',
  label: `${label}, each seed`,
  data: points.flatMap(({ x, values }) => {
    if (values.length === 1) return []; // the mark itself
    const shown = dotted(values);
    const places = spread(shown.length);
    return shown.map((y, i) => ({ x: place(x) + places[i] * width, y }));
  }),
  pointRadius: 2,
  backgroundColor: tinted(colour, 0.45),
  borderWidth: 0,
});

export function band({ label, colour, points }: Line, place: Place): ChartDataset[] {
  const known = points.flatMap(({ x, interval }) => (interval ? [{ x: place(x), ...interval }] : []));
  const edge = { type: 'line' as const, pointRadius: 0, borderWidth: 0 };
  return [
    { ...edge, label: `${label}, low`, data: known.map(({ x, low }) => ({ x, y: low })), fill: false },
    {
      ...edge,
      label: `${label}, high`,
      data: known.map(({ x, high }) => ({ x, y: high })),
      fill: '-1',
      backgroundColor: tinted(colour, 0.2),
    },
  ];
}
