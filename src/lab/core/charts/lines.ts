// Lines through the means of samples, with 95% intervals: whiskers where points are few, bands along curves.
import type { ChartConfiguration } from 'chart.js';
import { axisTitle, type Head, headOf, padding, plotWidth, reserve, roomFor, valueAxis } from './frame.ts';
import { axisBreak, type EndLabel, endLabels, fitEndLabels } from './line-labels.ts';
import {
  band,
  dots,
  type Line,
  markRadius,
  type Place,
  radiiAlong,
  through,
  whiskers,
} from './line-marks.ts';
import { decades, legible, positionsOf, type Scale, tickLabel } from './positions.ts';
import { bounded, estimate, niceStep, rangeOf, type Sample, within } from './samples.ts';
import { colourOf, dashOf, decimal, decimalsOf, faint, ink, markOf, type Unit } from './style.ts';

export interface Point extends Sample {
  readonly x: number;
}

export interface Series {
  readonly label: string;
  /** The palette's next, if it is left out. */
  readonly colour?: string;
  /** Lengths of dashes and gaps in pixels; the next of four patterns, if it is left out. */
  readonly dash?: readonly number[];
  readonly points: readonly Point[];
}

export interface LineChart extends Head {
  /**
   * A log axis may show 0, before a break. `ticks` are what is written on it, as far as there is room; left
   * out, a log axis has every x of a sweep.
   */
  readonly x: { readonly title: string; readonly scale: Scale; readonly ticks?: readonly number[] };
  readonly y: { readonly title: string; readonly unit: Unit; readonly min?: number; readonly max?: number };
  readonly series: readonly Series[];
  /** A dashed line from side to side, such as chance. */
  readonly reference?: { readonly y: number; readonly label: string };
}

/** From so many points on, a series is a curve: its intervals are a band. */
export const curveFrom = 16;

const tickSize = 13;

const inShares = ({ series, y }: Pick<LineChart, 'series' | 'y'>): boolean =>
  bounded(
    y.unit,
    series.flatMap(({ points }) => points),
  );

function linesOf({ series, y }: LineChart): Line[] {
  if (series.length === 0) throw new RangeError('lineChart: there is no series; give at least one');
  const shares = inShares({ series, y });
  return series.map(({ label, colour, dash, points }, i) => {
    if (points.length === 0) throw new RangeError(`lineChart: series "${label}" has no point; leave it out`);
    const drawn = points.map((point) => ({
      x: point.x,
      values: point.values,
      ...within(shares, estimate(point, `lineChart: series "${label}" at x = ${point.x}`)),
    }));
    return {
      label,
      colour: colour ?? colourOf(i),
      dash: dash ?? dashOf(i),
      mark: markOf(i),
      curve: points.length >= curveFrom,
      points: drawn.sort((a, b) => a.x - b.x),
    };
  });
}

/** What must lie within the plot. */
const heights = (lines: readonly Line[]): number[] =>
  lines.flatMap(({ curve, points }) =>
    points.flatMap(({ mean, interval, values }) => [
      mean,
      ...(interval ? [interval.low, interval.high] : []),
      ...(curve ? [] : values),
    ]),
  );

/** How far the whiskers of one x stand from each other, in pixels. */
function sidestep(few: readonly Line[], pixel: Place): number {
  if (few.length < 2) return 0;
  const places = [...new Set(few.flatMap(({ points }) => points.map(({ x }) => pixel(x))))];
  places.sort((a, b) => a - b);
  const least = Math.min(...places.slice(1).map((place, i) => place - places[i]), 100);
  return Math.min(10, (0.6 * least) / few.length);
}

function xTicks({ x }: LineChart, xs: readonly number[], pixel: (x: number) => number): number[] | null {
  if (x.ticks) return legible(x.ticks, pixel, tickSize);
  if (x.scale === 'linear') return null;
  const swept = new Set(xs);
  const round = decades(xs);
  return legible(swept.size < curveFrom || round.length < 2 ? [...swept] : round, pixel, tickSize);
}

/** The distance of ticks on a linear axis, whole where every x is. */
function stepOf(xs: readonly number[], span: number): number {
  const step = niceStep(span, 8);
  if (Number.isInteger(step) || !xs.every(Number.isInteger)) return step;
  return step < 1 ? 1 : 2 * step; // 2.5
}

/**
 * A chart of lines through the mean of each sample, named at their ends. Series of fewer than
 * {@link curveFrom} points have a mark a point, a whisker for its 95% interval (t over seeds; Wilson for one
 * value of known `trials`) and faint dots for the seeds; longer ones have a band, and a mark now and then.
 * Throws RangeError for what cannot be drawn, naming series and x.
 */
export function lineChart(chart: LineChart): ChartConfiguration {
  const { x, y, reference } = chart;
  const lines = linesOf(chart);
  const xs = lines.flatMap(({ points }) => points.map((point) => point.x));
  const labels: EndLabel[] = lines.map((line) => ({
    text: line.label,
    y: line.points[line.points.length - 1].mean,
    line,
  }));
  if (reference) labels.push({ text: reference.label, y: reference.y, line: null });
  const { fitted, width } = fitEndLabels(labels);
  const right = roomFor(width);

  const { at, gap, ...ends } = positionsOf([...xs, ...(x.ticks ?? [])], x.scale, 'lineChart');
  const few = lines.filter(({ curve }) => !curve);
  const curves = lines.filter(({ curve }) => curve);
  const alone = ends.max > ends.min ? 0 : 0.5;
  const [least, greatest] = [ends.min - alone, ends.max + alone];
  const beside = few.length > 0 ? 16 + 5 * few.length : 0; // in pixels
  const range = rangeOf([...heights(lines), ...(reference ? [reference.y] : [])], {
    ...y,
    cap: inShares(chart) ? 1 : undefined,
    ...(y.unit === 'power' ? { zero: false, step: 1 } : {}),
  });
  const perPixel = (greatest - least) / (plotWidth(right) - 2 * beside);
  const [first, last] = [least - beside * perPixel, greatest + beside * perPixel];
  const pixel: Place = (value) => (at(value) - first) / perPixel;
  const ticks = xTicks(chart, xs, pixel);
  const step = stepOf(xs, greatest - least);

  const stepAside = sidestep(few, pixel);
  const placed = few.map((line, i) => {
    const shift = (i - (few.length - 1) / 2) * stepAside * perPixel;
    return { line, place: (value: number) => at(value) + shift };
  });
  const dotsWidth = Math.min(16, few.length > 1 ? 1.6 * stepAside : 16) * perPixel;

  return {
    type: 'line',
    data: {
      datasets: [
        ...placed.map(({ line, place }) => through(line, place, markRadius)),
        ...curves.map((line, i) => through(line, at, radiiAlong(line.points.length, i, curves.length))),
        ...placed.map(({ line, place }) => whiskers(line, place)),
        ...placed.map(({ line, place }) => dots(line, place, dotsWidth)),
        ...curves.flatMap((line) => band(line, at)),
        {
          type: 'line',
          label: 'reference',
          data: reference ? [first, last].map((end) => ({ x: end, y: reference.y })) : [],
          borderColor: faint,
          borderWidth: 1.5,
          borderDash: [6, 4],
          pointRadius: 0,
        },
      ],
    },
    options: {
      clip: 6,
      layout: { padding },
      scales: {
        x: {
          type: 'linear',
          min: first,
          max: last,
          title: axisTitle(x.title, plotWidth(right)),
          afterBuildTicks: (axis) => {
            if (ticks) axis.ticks = ticks.map((tick) => ({ value: at(tick) }));
          },
          ticks: {
            stepSize: step,
            includeBounds: false,
            callback: (value, i) => (ticks ? tickLabel(ticks[i]) : decimal(Number(value), decimalsOf(step))),
            color: ink,
            font: { size: tickSize },
            maxRotation: 0,
            autoSkip: false,
          },
          grid: { drawOnChartArea: false, tickColor: faint, tickLength: 5 },
          border: { color: faint },
        },
        y: valueAxis(range, y.title, y.unit),
        ...reserve(right, 16),
      },
      plugins: { legend: { display: false }, ...headOf(chart) },
    },
    plugins: [endLabels(labels, fitted), ...(gap === null ? [] : [axisBreak(gap)])],
  };
}
