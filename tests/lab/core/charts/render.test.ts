import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { ChartConfiguration } from 'chart.js';
import { describe, expect, test } from 'vitest';
import { barChart } from '../../../../src/lab/core/charts/bars.ts';
import { render } from '../../../../src/lab/core/charts/render.ts';
import { size } from '../../../../src/lab/core/charts/style.ts';

const figure = (teacher = 0.97): ChartConfiguration =>
  barChart({
    title: 'A student reads digits',
    subtitle: 'invented numbers',
    yTitle: 'accuracy',
    unit: 'share',
    chance: 0.1,
    bars: [
      { label: 'teacher', colour: '#0072b2', values: [0.96, teacher] },
      { label: 'student', colour: '#d55e00', values: [0.5, 0.6] },
      { label: 'control', colour: '#009e73', values: [0.1, 0.12] },
    ],
  });

/** The picture's pixels at the size of the PNG, as 0xRRGGBB. */
async function pixelsOf(picture: Buffer): Promise<{ width: number; height: number; pixels: number[] }> {
  const image = await loadImage(picture);
  const [w, h] = [2 * size.width, 2 * size.height];
  const context = createCanvas(w, h).getContext('2d');
  context.drawImage(image, 0, 0, w, h);
  const { data } = context.getImageData(0, 0, w, h);
  const pixels = Array.from(
    { length: w * h },
    (_, i) => (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2],
  );
  return { width: image.width, height: image.height, pixels };
}

const count = (pixels: number[], colour: number): number => pixels.filter((pixel) => pixel === colour).length;

describe('render', () => {
  test('draws a PNG of twice the size, in colour on white', async () => {
    const { width, height, pixels } = await pixelsOf(render(figure()).png);
    expect([width, height]).toEqual([1800, 1120]);
    expect(pixels[0]).toBe(0xffffff);
    expect(count(pixels, 0xffffff) / pixels.length).toBeGreaterThan(0.6);
    for (const colour of [0x0072b2, 0xd55e00, 0x009e73, 0x222222])
      expect(count(pixels, colour)).toBeGreaterThan(100);
  });

  test('keeps the margin free, so that nothing is cut off', async () => {
    const { pixels } = await pixelsOf(render(figure()).png);
    const [w, h] = [2 * size.width, 2 * size.height];
    const margin = pixels.filter((_, i) => {
      const [x, y] = [i % w, Math.floor(i / w)];
      return x < 10 || y < 10 || x >= w - 10 || y >= h - 10;
    });
    expect(count(margin, 0xffffff)).toBe(margin.length);
  });

  test('draws the same picture as SVG, with letters as paths', async () => {
    const { svg, png } = render(figure());
    expect(svg).toMatch(/^<\?xml .*\n<svg [^>]*width="900" height="560"/);
    expect(svg.match(/<path /g)?.length).toBeGreaterThan(30);
    expect(svg).not.toMatch(/<text|NaN|font-family/);
    const drawnLarge = svg.replace(
      'width="900" height="560"',
      'width="1800" height="1120" viewBox="0 0 900 560"',
    );
    const { pixels } = await pixelsOf(Buffer.from(drawnLarge));
    const raster = (await pixelsOf(png)).pixels;
    const different = pixels.filter((pixel, i) => (pixel === 0xffffff) !== (raster[i] === 0xffffff));
    expect(different.length / pixels.length).toBeLessThan(0.02);
  });

  test('gives the same bytes for the same input, however often', () => {
    const once = render(figure());
    const reused = figure();
    for (const again of [render(figure()), render(reused), render(reused)]) {
      expect(again.png.equals(once.png)).toBe(true);
      expect(again.svg).toBe(once.svg);
    }
  });

  test('gives other bytes for other numbers', () => {
    expect(render(figure(0.9)).png.equals(render(figure()).png)).toBe(false);
  });

  test('draws circles in the SVG as two arcs each, wherever they are', () => {
    const { svg } = render(figure());
    expect(svg.match(/ d="M[^"]*A3\.?\d* [^"]*A3[^"]*Z"/g)).toHaveLength(12); // filled, and outlined
    expect(svg).not.toMatch(/ d="M[-\d. ]+(Q[-\d. ]+){32}/);
  });
});
