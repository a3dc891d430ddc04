// Bars at the means of samples, alone or in groups, each with its 95% interval and a dot a seed.
import type { ChartConfiguration, LegendItem, Plugin } from 'chart.js';
import type {} from 'chartjs-chart-error-bars';
import { aside, type Head, headOf, padding, plotWidth, reserve, roomFor, valueAxis } from './frame.ts';
import { bounded, type Estimate, estimate, rangeOf, type Sample, within } from './samples.ts';
import { colourOf, dotted, faint, ink, spread, tinted, type Unit, written } from './style.ts';
import { fitLabels, fontOf, type Text, widthOf } from './text.ts';

export interface Bar extends Sample {
  readonly label: Text;
  /** The palette's next, if it is left out. */
  readonly colour?: string;
}

/** Bars side by side over one label. Their own labels are the legend's, where each stands once. */
export interface BarGroup {
  readonly label: Text;
  readonly bars: readonly Bar[];
}

export type BarChart = Head & {
  readonly yTitle: string;
  readonly unit: Unit;
  /** Where a guess would be: a dashed line. */
  readonly chance?: number;
  /** Where the axis ends; behind the data, if it is left out. */
  readonly yMax?: number;
} & ({ readonly bars: readonly Bar[] } | { readonly groups: readonly BarGroup[] });

interface Placed extends Estimate {
  readonly x: number;
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

const nameOf = (label: Text): string => [label].flat().join(' ');

/** The legend: each label once, with the colour of the first bar that has it. */
function coloursOf(groups: readonly BarGroup[]): Map<string, string> {
  const colours = new Map<string, string>();
  for (const { label, colour } of groups.flatMap(({ bars }) => bars)) {
    const name = nameOf(label);
    if (!colours.has(name)) colours.set(name, colour ?? colourOf(colours.size));
  }
  return colours;
}

/** The highest that a bar's marks reach, or the lowest below zero. */
const tip = ({ mean, interval, values }: Placed): number =>
  mean < 0
    ? Math.min(mean, interval?.low ?? mean, ...values)
    : Math.max(mean, interval?.high ?? mean, ...values);

/** How the means are written so that each has room above its bar; null if there is none for any. */
function means(bars: readonly Placed[], unit: Unit, room: number): { texts: string[]; size: number } | null {
  const largest = Math.max(...bars.map(({ mean }) => Math.abs(mean)));
  const full = unit === 'share' ? 1 : Math.max(0, 2 - Math.floor(Math.log10(largest || 1)));
  for (const decimals of full > 0 ? [full, full - 1] : [full]) {
    const texts = bars.map(({ mean }) => written(mean, unit, decimals));
    const size = [14, 13, 12, 11].find((points) =>
      texts.every((text) => widthOf(text, points, 'bold') + 4 <= room),
    );
    if (size) return { texts, size };
  }
  return null;
}

const annotate = (bars: readonly Placed[], unit: Unit, room: number, chance?: number): Plugin => ({
  id: 'annotate',
  afterDatasetsDraw({ ctx, chartArea, scales: { x, y } }) {
    ctx.save();
    const numbers = means(bars, unit, room);
    if (numbers) {
      ctx.font = fontOf(numbers.size, 'bold');
      ctx.fillStyle = ink;
      ctx.strokeStyle = '#ffffff'; // keeps the lines behind away from the letters
      ctx.lineWidth = 4;
      ctx.lineJoin = 'round';
      ctx.textAlign = 'center';
      bars.forEach((bar, i) => {
        const [side, away] = bar.mean < 0 ? (['top', 8] as const) : (['bottom', -8] as const);
        ctx.textBaseline = side;
        const end = Math.max(chartArea.top, Math.min(chartArea.bottom, y.getPixelForValue(tip(bar))));
        const at = [x.getPixelForValue(bar.x), end + away] as const;
        ctx.strokeText(numbers.texts[i], ...at);
        ctx.fillText(numbers.texts[i], ...at);
      });
    }
    if (chance !== undefined) {
      ctx.font = fontOf(aside.size);
      ctx.fillStyle = faint;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'middle';
      ctx.fillText('chance', chartArea.right + aside.gap, y.getPixelForValue(chance));
    }
    ctx.restore();
  },
});

const legendOf = (colours: ReadonlyMap<string, string>): LegendItem[] =>
  [...colours].map(([text, colour]) => ({
    text,
    fillStyle: tinted(colour, 0.25),
    strokeStyle: colour,
    lineWidth: 1.5,
    fontColor: ink,
  }));

// The distance from one group to the next is 1, and so is that of bars that stand alone.
const layoutOf = (most: number) =>
  most === 1 ? { spacing: 1, thickness: 0.6 } : { spacing: 0.84 / most, thickness: 0.88 };

/**
 * A chart of bars at the mean of each sample, with its 95% interval (t over seeds; Wilson for one value of
 * known `trials`), a dot a seed and the mean in figures. Throws RangeError for a sample without a mean.
 */
export function barChart(chart: BarChart): ChartConfiguration {
  const { unit, chance } = chart;
  const grouped = 'groups' in chart;
  const groups = grouped ? chart.groups : chart.bars.map((bar) => ({ label: bar.label, bars: [bar] }));
  if (groups.every(({ bars }) => bars.length === 0))
    throw new RangeError('barChart: there is no bar; give at least one');
  const samples = groups.flatMap(({ bars }) => bars);
  const shares = bounded(unit, samples);
  const most = Math.max(...groups.map(({ bars }) => bars.length));
  const { spacing, thickness } = layoutOf(most);
  const colours = coloursOf(groups);
  const bars = groups.flatMap((group, i) =>
    group.bars.map((bar, k): Placed => {
      const name = nameOf(bar.label);
      const where = grouped ? `"${name}" of "${nameOf(group.label)}"` : `"${name}"`;
      return {
        ...within(shares, estimate(bar, `barChart: ${where}`)),
        x: i + (k - (group.bars.length - 1) / 2) * spacing,
        name: grouped ? `${nameOf(group.label)}, ${name}` : name,
        colour: bar.colour ?? colours.get(name) ?? colourOf(0),
        values: bar.values,
      };
    }),
  );

  const middle = (groups.length - 1) / 2;
  const reach = Math.max(groups.length, 4 / most) / 2; // few stand together in the middle
  const ends = [middle - reach, middle + reach];
  const right = roomFor(chance === undefined ? 0 : widthOf('chance', aside.size));
  const unitWidth = plotWidth(right) / (2 * reach);
  const barWidth = Math.min(120, unitWidth * spacing * thickness);
  const labels = fitLabels(
    groups.map(({ label }) => label),
    { width: unitWidth - 8, sizes: [13, 12, 11, 10], lines: 3 },
  );
  const range = rangeOf(
    [...bars.map(tip), ...bars.flatMap(({ interval }) => (interval ? [interval.low] : [])), chance ?? 0],
    { zero: true, max: chart.yMax },
  );
  const whiskerSize = Math.min(14, Math.round(barWidth / 3));

  return {
    type: 'bar',
    data: {
      datasets: [
        {
          type: 'scatterWithErrorBars',
          label: '95% interval',
          data: bars.flatMap(({ x, mean, interval }) =>
            interval ? [{ x, y: mean, yMin: interval.low, yMax: interval.high }] : [],
          ),
          pointStyle: false,
          errorBarColor: ink,
          errorBarWhiskerColor: ink,
          errorBarLineWidth: 1.8,
          errorBarWhiskerLineWidth: 1.8,
          errorBarWhiskerSize: whiskerSize,
        },
        ...bars.map(({ x, name, colour, values }) => {
          const shown = dotted(values);
          const places = spread(shown.length);
          return {
            type: 'scatter' as const,
            label: `${name}, each seed`,
            data: shown.map((y, i) => ({ x: x + (places[i] * barWidth) / unitWidth, y })),
            pointRadius: barWidth < 60 ? 2.4 : 3,
            backgroundColor: colour,
            borderColor: '#ffffff',
            borderWidth: 0.6,
          };
        }),
        {
          type: 'line',
          label: 'chance',
          data: chance === undefined ? [] : ends.map((x) => ({ x, y: chance })),
          borderColor: faint,
          borderWidth: 1.5,
          borderDash: [6, 4],
          pointRadius: 0,
        },
        {
          type: 'bar',
          label: 'mean',
          data: bars.map(({ x, mean }) => ({ x, y: mean })),
          backgroundColor: bars.map(({ colour }) => tinted(colour, 0.25)),
          borderColor: bars.map(({ colour }) => colour),
          borderWidth: 1.5,
          barPercentage: thickness,
          categoryPercentage: 1,
          maxBarThickness: 120,
        },
      ],
    },
    options: {
      clip: false,
      layout: { padding },
      scales: {
        x: {
          type: 'linear',
          offset: false,
          min: ends[0],
          max: ends[1],
          afterBuildTicks: (axis) => {
            axis.ticks = groups.map((_, value) => ({ value }));
          },
          ticks: {
            callback: (value) => labels[Number(value)].lines,
            color: ink,
            font: { size: labels[0].size },
            maxRotation: 0,
            autoSkip: false,
          },
          grid: { display: false },
        },
        y: valueAxis(range, chart.yTitle, unit),
        ...reserve(right, grouped ? 16 : 24),
      },
      plugins: {
        legend: {
          display: grouped,
          align: 'start',
          onClick: () => {},
          labels: {
            generateLabels: () => legendOf(colours),
            boxWidth: 16,
            boxHeight: 11,
            padding: 14,
            font: { size: 13 },
          },
        },
        ...headOf(chart),
      },
    },
    plugins: [annotate(bars, unit, grouped ? unitWidth * spacing : unitWidth, chance)],
  };
}
