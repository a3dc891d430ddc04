// What a chart of lines writes itself: the names at the ends of lines, and the break of an axis.
import type { Plugin } from 'chart.js';
import { drawPoint } from 'chart.js/helpers';
import { aside } from './frame.ts';
import { type Line, markRadius } from './line-marks.ts';
import { spaced } from './spacing.ts';
import { faint, ink } from './style.ts';
import { type Fitted, fitLabels, fontOf, widest } from './text.ts';

export interface EndLabel {
  readonly text: string;
  /** Of the line's end. */
  readonly y: number;
  /** What it names: a line, of which it shows a piece, or the reference. */
  readonly line: Line | null;
}

const piece = 30;

const roomOf = (label: EndLabel): number => (label.line ? piece + aside.gap : 0);

/** How `labels` are broken, and how wide they are with the pieces of line before them. */
export function fitEndLabels(labels: readonly EndLabel[]): { fitted: Fitted[]; width: number } {
  const texts = labels.map(({ text }) => text);
  const fitted = fitLabels(texts, { width: 150, sizes: [aside.size, 12, 11], lines: 3 });
  const widths = fitted.map(({ lines, size }, i) => roomOf(labels[i]) + widest(lines, size));
  return { fitted, width: Math.max(0, ...widths) };
}

type Context = Parameters<NonNullable<Plugin['afterDraw']>>[0]['ctx'];

function drawPiece(ctx: Context, { colour, dash, mark }: Line, x: number, y: number): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + piece, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = mark.hollow ? '#ffffff' : colour;
  ctx.strokeStyle = mark.hollow ? colour : '#ffffff';
  const borderWidth = mark.hollow ? 1.6 : 0.8;
  ctx.lineWidth = borderWidth;
  drawPoint(ctx, { pointStyle: mark.shape, radius: markRadius, borderWidth }, x + piece / 2, y);
}

/** Writes `labels` to the right of the plot, each near its line's end, with a piece of its line. */
export const endLabels = (labels: readonly EndLabel[], fitted: readonly Fitted[]): Plugin => ({
  id: 'endLabels',
  afterDraw({ ctx, chartArea, scales: { y } }) {
    const lineHeight = 1.2 * fitted[0].size;
    const blocks = labels.map((label, i) => ({
      wanted: Math.max(chartArea.top, Math.min(chartArea.bottom, y.getPixelForValue(label.y))),
      height: fitted[i].lines.length * lineHeight + 3,
      weight: label.line ? 1 : 50, // the reference has no piece of line that tells which it is
    }));
    const middles = spaced(blocks, chartArea.top - 8, chartArea.bottom + 8);
    const left = chartArea.right + aside.gap;
    ctx.save();
    labels.forEach((label, i) => {
      const { lines, size } = fitted[i];
      if (label.line) drawPiece(ctx, label.line, left, middles[i]);
      ctx.font = fontOf(size);
      ctx.fillStyle = label.line ? ink : faint;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'middle';
      lines.forEach((line, k) => {
        const height = middles[i] + (k - (lines.length - 1) / 2) * lineHeight;
        ctx.fillText(line, left + roomOf(label), height);
      });
    });
    ctx.restore();
  },
});

/** Two strokes across the axis at `position`: it leaves something out there. */
export const axisBreak = (position: number): Plugin => ({
  id: 'axisBreak',
  afterDraw({ ctx, chartArea, scales }) {
    const x = scales.x.getPixelForValue(position);
    const y = chartArea.bottom;
    ctx.save();
    ctx.fillStyle = '#ffffff';
    ctx.fillRect(x - 4, y - 3, 8, 6);
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.2;
    for (const side of [-4, 4]) {
      ctx.beginPath();
      ctx.moveTo(x + side - 3, y + 6);
      ctx.lineTo(x + side + 3, y - 6);
      ctx.stroke();
    }
    ctx.restore();
  },
});
