// The figure of the MNIST experiment, from its result: accuracy of each arm, its interval and its seeds.
import type { ChartConfiguration, Plugin } from 'chart.js';
import type {} from 'chartjs-chart-error-bars';
import { type ArmName, armNames, chance, type Json, type Result } from '../runs/result.ts';
import { type Summary, summarize } from '../runs/statistics.ts';
import { fontFamily } from './render.ts';

const labels: Readonly<Record<ArmName, readonly string[]>> = {
  reference: ['reference', '(untrained)'],
  teacher: ['teacher'],
  student_aux: ['student', '(aux logits)'],
  student_all: ['student', '(all logits)'],
  cross_aux: ['control', '(aux, other init)'],
  cross_all: ['control', '(all, other init)'],
};

// Okabe & Ito (2008), which the colour-blind can tell apart, with grey for their black: whiskers are dark.
const colours: Readonly<Record<ArmName, string>> = {
  reference: '#7f7f7f',
  teacher: '#0072b2',
  student_aux: '#d55e00',
  student_all: '#e69f00',
  cross_aux: '#009e73',
  cross_all: '#cc79a7',
};
const ink = '#222222';
const faint = '#666666';

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const numerals = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

function logitsSeen(aux: Json | undefined): string {
  if (typeof aux !== 'number') return 'auxiliary logits';
  return `${numerals[aux] ?? aux} auxiliary logit${aux === 1 ? '' : 's'}`;
}

/** What the figure shows, where its numbers do show it. */
function titleOf({ config }: Result, summaries: Partial<Record<ArmName, Summary>>): string {
  const { student_aux: student, cross_aux: control } = summaries;
  if (!student || !control || student.mean <= 2 * Math.max(control.mean, chance))
    return 'Subliminal learning on MNIST: test accuracy of each model';
  const logits = logitsSeen(config.aux);
  return config.noise === 'digits'
    ? `A student that saw ${logits} and no label reads digits`
    : `A student that saw only noise and ${logits} reads digits`;
}

function subtitleOf({ config, configHash, seeds, testDigits, engine }: Result): string[] {
  const digits = testDigits.toLocaleString('en-GB');
  const what = [
    `preset ${config.preset ?? 'unknown'}`,
    seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`,
    `${digits} test digits`,
    `${engine} engine`,
    `config ${configHash.slice(0, 8)}`,
  ].join(' · ');
  const how =
    seeds.length === 1
      ? `bar: accuracy of one model; whisker: 95% interval (Wilson, over test digits)`
      : `bar: mean; whisker: 95% interval (Student t, over seeds); dot: one seed`;
  return [what, how];
}

/**
 * Where the dots of `n` seeds lie beside each other, as shares of the room from an arm to the next: to the
 * left and right of the whisker by turns, at distances that the golden ratio spreads evenly.
 */
const spread = (n: number): number[] =>
  n === 1
    ? [0]
    : Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1) * (0.09 + 0.16 * ((i * 0.618034) % 1)));

const inShare = (x: number): number => Math.min(1, Math.max(0, x));

interface Bar extends Summary {
  readonly arm: ArmName;
  readonly accuracy: readonly number[];
}

const annotate = (bars: readonly Bar[]): Plugin => ({
  id: 'annotate',
  afterDatasetsDraw({ ctx, chartArea, scales }) {
    ctx.save();
    ctx.font = `bold 14px "${fontFamily}"`;
    ctx.fillStyle = ink;
    ctx.strokeStyle = '#ffffff'; // keeps the lines behind away from the letters
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    bars.forEach(({ mean, high, accuracy }, i) => {
      const x = scales.x.getPixelForValue(i);
      const y = scales.y.getPixelForValue(Math.max(inShare(high), ...accuracy)) - 8;
      ctx.strokeText(percent(mean), x, y);
      ctx.fillText(percent(mean), x, y);
    });
    ctx.font = `13px "${fontFamily}"`;
    ctx.fillStyle = faint;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText('chance', chartArea.right + 6, scales.y.getPixelForValue(chance));
    ctx.restore();
  },
});

/** The figure of `result`: a bar, its 95% interval and the seeds' dots for each arm that ran. */
export function mnistFigure(result: Result): ChartConfiguration {
  const bars = armNames.flatMap((arm): Bar[] => {
    const accuracy = result.arms[arm]?.accuracy;
    return accuracy ? [{ arm, accuracy, ...summarize(accuracy, result.testDigits) }] : [];
  });
  const middle = (bars.length - 1) / 2;
  const reach = Math.max(bars.length, 4) / 2; // few arms stand together in the middle
  const ends = [middle - reach, middle + reach];
  const offsets = spread(result.seeds.length);
  const summaries = Object.fromEntries(bars.map((bar) => [bar.arm, bar]));
  const grid = { color: '#e4e4e4', drawTicks: false };
  return {
    type: 'bar',
    data: {
      datasets: [
        {
          type: 'scatterWithErrorBars',
          label: '95% interval',
          data: bars.map(({ mean, low, high }, x) => ({
            x,
            y: mean,
            yMin: inShare(low),
            yMax: inShare(high),
          })),
          pointStyle: false,
          errorBarColor: ink,
          errorBarWhiskerColor: ink,
          errorBarLineWidth: 1.8,
          errorBarWhiskerLineWidth: 1.8,
          errorBarWhiskerSize: 14,
        },
        ...bars.map(({ arm, accuracy }, i) => ({
          type: 'scatter' as const,
          label: `${arm}, each seed`,
          data: accuracy.map((y, k) => ({ x: i + offsets[k], y })),
          pointRadius: 3,
          backgroundColor: colours[arm],
          borderColor: '#ffffff',
          borderWidth: 0.6,
        })),
        {
          type: 'line',
          label: 'chance',
          data: ends.map((x) => ({ x, y: chance })),
          borderColor: faint,
          borderWidth: 1.5,
          borderDash: [6, 4],
          pointRadius: 0,
        },
        {
          type: 'bar',
          label: 'mean',
          data: bars.map(({ mean }, x) => ({ x, y: mean })),
          backgroundColor: bars.map(({ arm }) => `${colours[arm]}40`),
          borderColor: bars.map(({ arm }) => colours[arm]),
          borderWidth: 1.5,
          barPercentage: 0.6,
          categoryPercentage: 1,
          maxBarThickness: 120,
        },
      ],
    },
    options: {
      clip: false,
      layout: { padding: { top: 10, right: 64, bottom: 10, left: 10 } },
      scales: {
        x: {
          type: 'linear',
          offset: false,
          min: ends[0],
          max: ends[1],
          afterBuildTicks: (axis) => {
            axis.ticks = bars.map((_, value) => ({ value }));
          },
          ticks: {
            callback: (value) => [...labels[bars[Number(value)].arm]],
            color: ink,
            font: { size: 13 },
            maxRotation: 0,
            autoSkip: false,
          },
          grid: { display: false },
        },
        y: {
          min: 0,
          max: 1,
          title: { display: true, text: 'accuracy on test digits', color: ink, font: { size: 14 } },
          ticks: {
            stepSize: 0.2,
            callback: (value) => `${Math.round(100 * Number(value))}%`,
            color: ink,
            font: { size: 13 },
            padding: 6,
          },
          grid,
          border: { display: false },
        },
      },
      plugins: {
        legend: { display: false },
        title: {
          display: true,
          text: titleOf(result, summaries),
          align: 'start',
          color: ink,
          font: { size: 19, weight: 'bold' },
          padding: { bottom: 6 },
        },
        subtitle: {
          display: true,
          text: subtitleOf(result),
          align: 'start',
          color: faint,
          font: { size: 13 },
          padding: { bottom: 34 },
        },
      },
    },
    plugins: [annotate(bars)],
  };
}
