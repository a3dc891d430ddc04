import type { Plugin } from 'chart.js';
import { describe, expect, test } from 'vitest';
import { colourOfCell, type MatrixChart, matrixChart } from '../../../../src/lab/core/charts/matrix.ts';
import { size } from '../../../../src/lab/core/charts/style.ts';
import { dataOf, drawn, rangeOfAxis, ticksOf } from './drawn.ts';

const chart: MatrixChart = {
  title: 'A finding',
  subtitle: 'and where it is from',
  rows: { title: 'teacher', labels: ['a', 'b'] },
  columns: { title: 'student', labels: ['a', ['b', '(kin)'], 'c'] },
  panels: [
    {
      ...{ title: 'left', unit: 'share', decimals: 0 },
      values: [
        [0.8, 0.1, null],
        [0.2, 0.7, 0],
      ],
    },
    {
      ...{ title: 'right', unit: 'number', decimals: 2 },
      values: [
        [3, -1, 0],
        [0, 6, -6],
      ],
    },
  ],
};
const alone: MatrixChart = { ...chart, panels: [{ ...chart.panels[0], title: '' }] };

interface Drawn {
  readonly text: string;
  readonly colour: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Every text and every cell of `of`, as they are drawn. */
function marksOf(of: MatrixChart): { texts: Drawn[]; cells: Drawn[] } {
  const [texts, cells]: [Drawn[], Drawn[]] = [[], []];
  const figure = matrixChart(of);
  const ruler: Plugin = {
    id: 'ruler',
    beforeDraw({ ctx }) {
      texts.length = cells.length = 0; // it is drawn once for each kind of file
      const [text, rect] = [ctx.fillText.bind(ctx), ctx.fillRect.bind(ctx)];
      ctx.fillText = (written: string, x: number, y: number, limit?: number) => {
        texts.push({
          text: written,
          colour: String(ctx.fillStyle),
          x,
          y,
          width: ctx.measureText(written).width,
        });
        text(written, x, y, limit);
      };
      ctx.fillRect = (x: number, y: number, width: number, height: number) => {
        cells.push({ text: '', colour: String(ctx.fillStyle), x: x + width / 2, y: y + height / 2, width });
        rect(x, y, width, height);
      };
    },
  };
  drawn({ ...figure, plugins: [ruler, ...(figure.plugins ?? [])] }, () => null);
  return { texts, cells: cells.filter(({ width }) => width < size.width) };
}

describe('a matrix', () => {
  test('has a cell for each value, rows from above and columns from the left', () => {
    expect(dataOf(matrixChart(alone), 'cells')).toEqual([
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 0, y: 1 },
      { x: 1, y: 1 },
      { x: 2, y: 1 },
    ]);
    expect(ticksOf(matrixChart(alone), 'x')).toEqual(['a', 'b (kin)', 'c']);
    expect(ticksOf(matrixChart(alone), 'y')).toEqual(['a', 'b']);
    expect(rangeOfAxis(matrixChart(alone), 'x')).toEqual([-0.5, 2.5]);
    const [above, below] = drawn(matrixChart(alone), ({ scales: { y } }) =>
      [0, 1].map((at) => y.getPixelForValue(at)),
    );
    expect(above).toBeLessThan(below);
  });

  test('has its number in each cell, in its middle and within it', () => {
    const { texts, cells } = marksOf(alone);
    expect(cells).toHaveLength(5);
    for (const [i, written] of ['80%', '10%', '20%', '70%', '0%'].entries()) {
      const found = texts.find(({ text }) => text === written);
      expect(found).toMatchObject({ x: expect.closeTo(cells[i].x, 3), y: expect.closeTo(cells[i].y, 3) });
      expect(found?.width).toBeLessThan(cells[i].width);
    }
  });

  test('is coloured from white at zero to what lies farthest from it, each panel by itself', () => {
    expect(marksOf(chart).cells.map(({ colour }) => colour)).toEqual([
      ...[colourOfCell(0.8, 0.8), colourOfCell(0.1, 0.8), colourOfCell(0.2, 0.8)],
      ...[colourOfCell(0.7, 0.8), '#ffffff'],
      ...[colourOfCell(3, 6), colourOfCell(-1, 6), '#ffffff', '#ffffff', '#d55e00', '#0072b2'],
    ]);
    expect(colourOfCell(0, 0)).toBe('#ffffff');
    expect(colourOfCell(1, 2)).toBe('#eaaf80');
  });

  test('has numbers that can be read on their colour', () => {
    const { texts } = marksOf(chart);
    const colourOf = (written: string) => texts.find(({ text }) => text === written)?.colour;
    expect([colourOf('80%'), colourOf('6.00'), colourOf('−6.00')]).toEqual(['#ffffff', '#ffffff', '#ffffff']);
    expect([colourOf('10%'), colourOf('3.00')]).toEqual(['#222222', '#222222']);
  });
});

describe('matrices side by side', () => {
  test('stand beside each other under their titles, with the columns written below each', () => {
    const figure = matrixChart(chart);
    expect(ticksOf(figure, 'x')).toEqual(['a', 'b (kin)', 'c', 'a', 'b (kin)', 'c']);
    const { texts, cells } = marksOf(chart);
    const [left, right] = ['left', 'right'].map((title) => texts.find(({ text }) => text === title));
    expect(left?.x).toBeCloseTo(cells[1].x, 3);
    expect(right?.x).toBeCloseTo(cells[6].x, 3);
    const edges = cells.map(({ x, width }) => [x - width / 2, x + width / 2]);
    expect(Math.max(...edges.slice(0, 5).map(([, end]) => end))).toBeLessThan(
      Math.min(...edges.slice(5).map(([begin]) => begin)),
    );
    expect(Math.max(...edges.flat())).toBeLessThan(size.width);
  });

  test('of many cells have numbers that still fit, or none', () => {
    const labels = Array.from({ length: 12 }, (_, i) => `animal${i}`);
    const values = labels.map((_, i) => labels.map((_, j) => (i === j ? 0.9123 : -0.0456)));
    const panel = { title: 'many', unit: 'share', decimals: 1, values } as const;
    const many = { ...chart, rows: { title: 'r', labels }, columns: { title: 'c', labels } };
    for (const panels of [[panel], [panel, panel]]) {
      const { texts, cells } = marksOf({ ...many, panels });
      expect(cells).toHaveLength(144 * panels.length);
      for (const { width } of texts.filter(({ text }) => text === '91.2%'))
        expect(width).toBeLessThan(cells[0].width);
    }
  });
});

describe('a matrix is refused, by name,', () => {
  test.each([
    [{ panels: [] }, 'matrixChart: there is no cell; give at least a panel, a row and a column'],
    [{ rows: { title: 'r', labels: ['a'] } }, 'matrixChart: "left" has not 1 rows of 3 values'],
    [
      {
        panels: [
          {
            ...chart.panels[0],
            values: [
              [1, 2, Number.NaN],
              [1, 2, 3],
            ],
          },
        ],
      },
      'matrixChart: "left" has the value NaN',
    ],
  ])('%j', (wrong, message) => {
    expect(() => matrixChart({ ...chart, ...wrong })).toThrow(message);
  });
});
