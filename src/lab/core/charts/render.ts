// From a Chart.js configuration to PNG and SVG; looks the same on every machine, knows no experiment.
import { createCanvas, type SKRSContext2D, SvgExportFlag } from '@napi-rs/canvas';
import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import { size } from './style.ts';
import { fontFamily } from './text.ts';

const pixelRatio = 2;

const paper: Plugin = {
  id: 'paper',
  afterInit(chart) {
    const context: SKRSContext2D = chart.ctx;
    context.lang = 'en'; // the machine's language may shape letters otherwise
  },
  beforeDraw({ ctx, width, height }) {
    ctx.save();
    ctx.fillStyle = '#ffffff';
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

// chartjs-node-canvas loads a Chart.js of its own; the SVG is drawn by the same, so that both have its plugins.
function load() {
  const loaded: (typeof Chart)[] = [];
  const renderer = new ChartJSNodeCanvas({
    ...size,
    plugins: { modern: ['chartjs-chart-error-bars'] },
    chartCallback: (ChartClass) => {
      ChartClass.defaults.font.family = fontFamily;
      ChartClass.register(paper);
      loaded.push(ChartClass);
    },
  });
  return { renderer, ChartClass: loaded[0] };
}
const { renderer, ChartClass } = load();

const still = (configuration: ChartConfiguration, devicePixelRatio: number): ChartConfiguration => ({
  ...configuration,
  options: { ...configuration.options, responsive: false, animation: false, devicePixelRatio },
});

// A hundredth of a pixel is enough for a path, and saves a third of the bytes.
const rounded = (svg: string): string =>
  svg.replace(/ d="[^"]*"/g, (path) =>
    path.replace(/\d+\.\d+/g, (x) => String(Number(Number(x).toFixed(2)))),
  );

/**
 * `svg` with two arcs for each circle: Skia writes 64 curves, in all more than the rest of a figure with a
 * dot a seed. A closed path is a circle if its many curves end at one distance from its middle.
 */
const encircled = (svg: string): string =>
  svg.replace(/(?<= d=")M[-\d. ]+(?:Q[-\d. ]+){32,}Z(?=")/g, (path) => {
    const ends = path
      .slice(1, -1)
      .split('Q')
      .map((curve) => curve.split(' ').map(Number).slice(-2));
    const [[x, y], [left, top]] = [ends[0], ends[(ends.length - 1) / 2] ?? [0, 0]];
    const [middle, height] = [(x + left) / 2, (y + top) / 2];
    const radius = Math.hypot(x - middle, y - height);
    if (ends.some((end) => Math.abs(Math.hypot(end[0] - middle, end[1] - height) - radius) > 0.03))
      return path;
    const arc = `A${radius.toFixed(2)} ${radius.toFixed(2)} 0 1 1`;
    return `M${x} ${y}${arc} ${left} ${top}${arc} ${x} ${y}Z`;
  });

/** `svg` with its ids counted from 1: Skia counts on through all that a process draws. */
function renumbered(svg: string): string {
  const numbers = new Map<string, string>();
  return svg
    .replace(/(?<= id=")[^"]+/g, (id) => {
      numbers.set(id, `c${numbers.size + 1}`);
      return numbers.get(id) ?? id;
    })
    .replace(/(?<=url\(#)[^)]+/g, (id) => numbers.get(id) ?? id);
}

/** Draws `configuration` on white, at {@link size}. The same input gives the same bytes. */
export function render(configuration: ChartConfiguration): { png: Buffer; svg: string } {
  const png = renderer.renderToBufferSync(still(configuration, pixelRatio));
  const canvas = createCanvas(size.width, size.height, SvgExportFlag.ConvertTextToPaths);
  const context: SKRSContext2D = canvas.getContext('2d');
  const chart = new ChartClass(context, still(configuration, 1));
  const svg = renumbered(encircled(rounded(canvas.getContent().toString('utf8'))));
  chart.destroy();
  return { png, svg };
}
