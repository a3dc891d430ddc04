// What is around the marks of every chart: title, subtitle, axes and margins.
import type { ChartConfiguration, ScaleOptionsByType } from 'chart.js';
import type { Range } from './samples.ts';
import { decimalsOf, faint, grid, ink, size, type Unit, written, zeroLine } from './style.ts';
import { fitEvenly, fitText, type Text } from './text.ts';

export const margin = 10;

/** Font size of what stands beside the plot, and its distance. */
export const aside = { size: 13, gap: 6 };

/** Room to the right of the plot for labels of `width`. */
export const roomFor = (width: number): number => Math.ceil(Math.max(24, aside.gap + width + margin));

// The numbers on an axis are rarely wider than this, and the title beside them is one line high.
const leftOfPlot = margin + 75;

/** About how wide the plot is, for what must be decided before Chart.js lays it out. */
export const plotWidth = (right: number): number => size.width - leftOfPlot - right;

export interface Head {
  readonly title: string;
  /** One line, or its lines. */
  readonly subtitle: Text;
}

type Options = NonNullable<ChartConfiguration['options']>;

/** Title and subtitle with nothing cut: a title that is too long takes two lines, then shrinks. */
export function headOf({ title, subtitle }: Head): NonNullable<Options['plugins']> {
  const width = size.width - 2 * margin;
  const top = fitEvenly(title, { width, sizes: [19, 18, 17, 16, 15], weight: 'bold', lines: 2 });
  const lines = [subtitle].flat().length;
  const under = fitText(subtitle, { width, sizes: [13, 12.5, 12, 11.5, 11], lines });
  return {
    title: {
      display: true,
      text: top.lines,
      align: 'start',
      color: ink,
      font: { size: top.size, weight: 'bold' },
      padding: { bottom: 6 },
    },
    subtitle: {
      display: true,
      text: under.lines,
      align: 'start',
      color: faint,
      font: { size: under.size },
      padding: { bottom: margin },
    },
  };
}

/** The title of an axis that is `length` pixels long. */
export const axisTitle = (title: string, length: number) => {
  const { lines, size: points } = fitEvenly(title, { width: length, sizes: [14, 13, 12], lines: 1 });
  return { display: true, text: lines, color: ink, font: { size: points } };
};

const empty = { ticks: { display: false }, grid: { display: false }, border: { display: false } } as const;

/**
 * Axes that show nothing and keep room free at the right of the plot and above it. Padding would do so too,
 * but title and subtitle would then be squeezed into what is left of the width. They must come after x and y:
 * Chart.js takes the first axes of a chart for its data.
 */
export const reserve = (right: number, above: number) => ({
  room: {
    ...empty,
    type: 'linear' as const,
    axis: 'y' as const,
    position: 'right' as const,
    afterFit: (axis: { width: number }) => {
      axis.width = right - margin;
    },
  },
  space: {
    ...empty,
    type: 'linear' as const,
    axis: 'x' as const,
    position: 'top' as const,
    afterFit: (axis: { height: number }) => {
      axis.height = above;
    },
  },
});

export const padding = { top: margin, right: margin, bottom: margin, left: margin };

type Linear = ScaleOptionsByType<'linear'>;
type Partially<T> = { [K in keyof T]?: T[K] extends object ? Partially<T[K]> : T[K] };

/** The axis of values, with a stronger line at zero where it lies within the plot. */
export function valueAxis({ min, max, step }: Range, title: string, unit: Unit) {
  const factor = unit === 'share' ? 100 : 1;
  const decimals = decimalsOf(factor * step);
  return {
    type: 'linear' as const,
    min,
    max,
    title: axisTitle(title, 380),
    ticks: {
      stepSize: step,
      includeBounds: false,
      callback: (value: string | number) => written(Number(value), unit, decimals),
      color: ink,
      font: { size: 13 },
      padding: 6,
    },
    grid: {
      color: ({ tick }: { tick: { value: number } }) =>
        min < 0 && Math.abs(tick.value) < step / 1e6 ? zeroLine : grid,
      drawTicks: false,
    },
    border: { display: false },
  } satisfies Partially<Linear>;
}
