// Matrices side by side: a coloured cell with its number at each row and column.
import type { ChartConfiguration, Plugin } from 'chart.js';
import { axisTitle, type Head, headOf, padding, reserve } from './frame.ts';
import { ink, palette, type Unit, written } from './style.ts';
import { fitLabels, fontOf, type Text, widthOf } from './text.ts';

export interface Panel {
  /** What stands above it; empty where it stands alone. */
  readonly title: string;
  readonly unit: Unit;
  readonly decimals: number;
  /** By row and column; null leaves a cell empty. */
  readonly values: readonly (readonly (number | null)[])[];
}

export type MatrixChart = Head & {
  readonly rows: { readonly title: string; readonly labels: readonly Text[] };
  readonly columns: { readonly title: string; readonly labels: readonly Text[] };
  readonly panels: readonly Panel[];
};

/** The colour of `value` where the farthest from zero is `most`: from white to vermillion, below zero to blue. */
export function colourOfCell(value: number, most: number): string {
  const share = most === 0 ? 0 : Math.min(1, Math.abs(value) / most);
  const full = value < 0 ? palette.blue : palette.vermillion;
  const mixed = [1, 3, 5].map((at) => {
    const to = Number.parseInt(full.slice(at, at + 2), 16);
    return Math.round(255 + (to - 255) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${mixed.join('')}`;
}

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly colour: string;
  readonly light: boolean;
}

const gap = 0.5; // between panels, in cells

function cellsOf(panels: readonly Panel[], columns: number): Cell[] {
  return panels.flatMap(({ values, unit, decimals }, k) => {
    const most = Math.max(...values.flat().map((value) => Math.abs(value ?? 0)));
    return values.flatMap((row, y) =>
      row.flatMap((value, x): Cell[] =>
        value === null
          ? []
          : [
              {
                ...{ x: x + k * (columns + gap), y },
                text: written(value, unit, decimals),
                colour: colourOfCell(value, most),
                light: Math.abs(value) > 0.75 * most,
              },
            ],
      ),
    );
  });
}

/** Draws the cells with their numbers, all in the largest size in which each has room, and the panels' titles. */
const draw = (cells: readonly Cell[], panels: readonly Panel[], columns: number): Plugin => ({
  id: 'cells',
  afterDatasetsDraw({ ctx, chartArea, scales: { x, y } }) {
    const [width, height] = [x, y].map((axis) =>
      Math.abs(axis.getPixelForValue(1) - axis.getPixelForValue(0)),
    );
    const fits = (points: number): boolean =>
      points + 4 <= height && cells.every(({ text }) => widthOf(text, points, 'bold') + 6 <= width);
    const points = [16, 14, 13, 12, 11, 10, 9].find(fits);
    ctx.save();
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const cell of cells) {
      const [left, top] = [x.getPixelForValue(cell.x), y.getPixelForValue(cell.y)];
      ctx.fillStyle = cell.colour;
      ctx.fillRect(left - width / 2 + 1, top - height / 2 + 1, width - 2, height - 2);
      if (points === undefined) continue;
      ctx.font = fontOf(points, 'bold');
      ctx.fillStyle = cell.light ? '#ffffff' : ink;
      ctx.fillText(cell.text, left, top);
    }
    ctx.font = fontOf(13, 'bold');
    ctx.fillStyle = ink;
    ctx.textBaseline = 'bottom';
    panels.forEach(({ title }, k) => {
      ctx.fillText(title, x.getPixelForValue(k * (columns + gap) + (columns - 1) / 2), chartArea.top - 4);
    });
    ctx.restore();
  },
});

/**
 * A chart of matrices with the same rows and columns, each coloured from zero to its value farthest from it. Throws
 * RangeError where a matrix has other rows or columns, or a value that is no number.
 */
export function matrixChart(chart: MatrixChart): ChartConfiguration {
  const { rows, columns, panels } = chart;
  const [n, m] = [rows.labels.length, columns.labels.length];
  if (n === 0 || m === 0 || panels.length === 0)
    throw new RangeError('matrixChart: there is no cell; give at least a panel, a row and a column');
  for (const { values, title } of panels) {
    if (values.length !== n || values.some((row) => row.length !== m))
      throw new RangeError(`matrixChart: "${title}" has not ${n} rows of ${m} values`);
    const bad = values.flat().find((value) => value !== null && !Number.isFinite(value));
    if (bad !== undefined) throw new RangeError(`matrixChart: "${title}" has the value ${bad}`);
  }
  const cells = cellsOf(panels, m);
  const across = panels.length * (m + gap) - gap;
  const cellWidth = 700 / across;
  const below = fitLabels(columns.labels, { width: cellWidth - 6, sizes: [13, 12, 11, 10, 9], lines: 3 });
  const beside = fitLabels(rows.labels, { width: 130, sizes: [13, 12, 11, 10], lines: 2 });
  const places = panels.flatMap((_, k) => columns.labels.map((_, i) => i + k * (m + gap)));
  const labelled = (value: string | number) => below[places.indexOf(Number(value)) % m].lines;
  const bare = { grid: { display: false }, border: { display: false } } as const;
  return {
    type: 'scatter',
    data: {
      datasets: [
        {
          label: 'cells',
          data: cells.map(({ x, y }) => ({ x, y })),
          pointRadius: 0,
        },
      ],
    },
    options: {
      layout: { padding },
      scales: {
        x: {
          ...bare,
          type: 'linear',
          min: -0.5,
          max: across - 0.5,
          title: axisTitle(columns.title, 600),
          afterBuildTicks: (axis) => {
            axis.ticks = places.map((value) => ({ value }));
          },
          ticks: {
            callback: labelled,
            color: ink,
            font: { size: below[0].size },
            maxRotation: 0,
            autoSkip: false,
          },
        },
        y: {
          ...bare,
          type: 'linear',
          reverse: true,
          min: -0.5,
          max: n - 0.5,
          title: axisTitle(rows.title, 380),
          afterBuildTicks: (axis) => {
            axis.ticks = rows.labels.map((_, value) => ({ value }));
          },
          ticks: {
            callback: (value) => beside[Number(value)].lines,
            color: ink,
            font: { size: beside[0].size },
            autoSkip: false,
          },
        },
        ...reserve(24, panels.some(({ title }) => title !== '') ? 24 : 6),
      },
      plugins: { legend: { display: false }, ...headOf(chart) },
    },
    plugins: [draw(cells, panels, m)],
  };
}
