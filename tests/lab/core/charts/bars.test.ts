import { describe, expect, test } from 'vitest';
import { type BarChart, barChart } from '../../../../src/lab/core/charts/bars.ts';
import { size } from '../../../../src/lab/core/charts/style.ts';
import { dataOf, drawn, rangeOfAxis, ticksOf, wordsOf } from './drawn.ts';

const head = {
  title: 'A finding',
  subtitle: 'and where it is from',
  yTitle: 'accuracy',
  unit: 'share',
} as const;
const three = [0.4, 0.5, 0.6];

const nine: BarChart = {
  ...head,
  chance: 0.1,
  yMax: 1,
  groups: [
    'uniform',
    'Gaussian, sd 1',
    'low-rank',
    'blurred',
    'spectrum-matched',
    'constant',
    'digits',
    'a',
    'b',
  ].map((label) => ({
    label,
    bars: [
      { label: 'student', values: three },
      { label: 'control', values: [0.1, 0.12] },
    ],
  })),
};

describe('bars', () => {
  test('stand at the means, in their order', () => {
    const figure = barChart({
      ...head,
      bars: [
        { label: 'b', values: three },
        { label: 'a', values: [0.1] },
      ],
    });
    expect(dataOf(figure, 'mean')).toEqual([
      { x: 0, y: 0.5 },
      { x: 1, y: 0.1 },
    ]);
    expect(ticksOf(figure, 'x')).toEqual(['b', 'a']);
  });

  test('have the t interval over seeds, Wilson for one value of known trials, and else none', () => {
    const figure = barChart({
      ...head,
      bars: [
        { label: 'three', values: three },
        { label: 'none', values: [0.1] },
        { label: 'one', values: [0.8], trials: 10 },
      ],
    });
    expect(dataOf(figure, '95% interval')).toEqual([
      { x: 0, y: 0.5, yMin: expect.closeTo(0.2515862, 6), yMax: expect.closeTo(0.7484138, 6) },
      { x: 2, y: 0.8, yMin: expect.closeTo(0.4902, 4), yMax: expect.closeTo(0.9433, 4) },
    ]);
  });

  test('have intervals within 0 and 1 where they are shares of a whole', () => {
    const bars = [{ label: 'wide', values: [0, 1] }];
    expect(dataOf(barChart({ ...head, bars }), '95% interval')).toEqual([{ x: 0, y: 0.5, yMin: 0, yMax: 1 }]);
    const [whole] = dataOf(barChart({ ...head, unit: 'number', bars }), '95% interval');
    expect(whole).toMatchObject({ yMin: expect.closeTo(-5.853, 3), yMax: expect.closeTo(6.853, 3) });
  });

  test('have a dot for every seed within them, alone and in groups', () => {
    const values = Array.from({ length: 25 }, (_, i) => i / 25);
    const alone = barChart({
      ...head,
      bars: [
        { label: 'a', values },
        { label: 'b', values },
      ],
    });
    const group = {
      label: 'g',
      bars: [
        { label: 'a', values },
        { label: 'b', values },
      ],
    };
    const grouped = barChart({ ...head, groups: [group, group] });
    for (const figure of [alone, grouped]) {
      const { columns, dots } = drawn(figure, (chart) => ({
        columns: chart.getDatasetMeta(figure.data.datasets.length - 1).data.map((bar) => {
          const { x, width } = bar.getProps(['x', 'width'], true);
          return [x - width / 2, x + width / 2];
        }),
        dots: figure.data.datasets.flatMap(({ label }, i) =>
          label?.endsWith('each seed') ? [chart.getDatasetMeta(i).data.map(({ x }) => x)] : [],
        ),
      }));
      expect(dots).toHaveLength(columns.length);
      dots.forEach((places, i) => {
        expect(new Set(places).size).toBe(25);
        for (const x of places) expect(x > columns[i][0] && x < columns[i][1]).toBe(true);
      });
      for (const [i, [left]] of columns.entries()) if (i > 0) expect(left).toBeGreaterThan(columns[i - 1][1]);
    }
  });

  test('stand on the axes that are written below and beside them', () => {
    const bars = ['a', 'b', 'c'].map((label) => ({ label, values: three }));
    const { places, axes } = drawn(barChart({ ...head, bars }), (chart) => ({
      places: chart.getDatasetMeta(chart.data.datasets.length - 1).data.map(({ x, y }) => [x, y]),
      axes: bars.map((_, i) => [chart.scales.x.getPixelForValue(i), chart.scales.y.getPixelForValue(0.5)]),
    }));
    expect(places).toEqual(axes.map(([x, y]) => [expect.closeTo(x, 6), expect.closeTo(y, 6)]));
  });

  test('may reach below zero', () => {
    const bars = [
      { label: 'a', values: [-0.1, -0.06] },
      { label: 'b', values: [0.2, 0.21] },
    ];
    const figure = barChart({ ...head, bars });
    const [low, high] = rangeOfAxis(figure, 'y');
    expect(low).toBeLessThan(-0.1);
    expect(high).toBeGreaterThan(0.21);
    expect(ticksOf(figure, 'y')).toContain('−20%');
    expect(ticksOf(figure, 'y')).toContain('0%');
  });

  test('begin at zero and end where they are told to', () => {
    const bars = [{ label: 'a', values: [0.52, 0.53] }];
    expect(rangeOfAxis(barChart({ ...head, bars, yMax: 1 }), 'y')).toEqual([0, 1]);
    expect(rangeOfAxis(barChart({ ...head, bars }), 'y')).toEqual([0, 0.6]);
    expect(
      ticksOf(barChart({ ...head, unit: 'number', bars: [{ label: 'a', values: [0.04] }] }), 'y'),
    ).toEqual(['0.00', '0.01', '0.02', '0.03', '0.04']);
  });

  test('have a dashed line at chance from side to side, if there is one', () => {
    const figure = barChart(nine);
    const [first, last] = dataOf(figure, 'chance');
    expect([first, last]).toMatchObject([{ y: 0.1 }, { y: 0.1 }]);
    expect([Object(first).x, Object(last).x]).toEqual(rangeOfAxis(figure, 'x'));
    expect(dataOf(barChart({ ...head, bars: [{ label: 'a', values: three }] }), 'chance')).toEqual([]);
  });
});

describe('groups of bars', () => {
  test('stand around their label, each bar beside the next', () => {
    const xs = dataOf(barChart(nine), 'mean').map((bar) => Object(bar).x);
    expect(xs).toHaveLength(18);
    for (let i = 0; i < 9; i++) {
      expect((xs[2 * i] + xs[2 * i + 1]) / 2).toBeCloseTo(i, 12);
      expect(xs[2 * i]).toBeLessThan(xs[2 * i + 1]);
    }
  });

  test('have one legend entry and one colour for the bars of one label', () => {
    const figure = barChart(nine);
    const entries = drawn(figure, ({ legend }) => legend?.legendItems ?? []);
    expect(entries.map(({ text }) => text)).toEqual(['student', 'control']);
    const { borderColor } = figure.data.datasets.find(({ label }) => label === 'mean') ?? {};
    const colours = Object.values(borderColor ?? {});
    expect(colours.slice(0, 2)).toEqual(entries.map(({ strokeStyle }) => strokeStyle));
    expect(new Set(colours).size).toBe(2);
  });

  test('may differ in size', () => {
    const groups = [{ label: 'all', bars: [{ label: 'a', values: three }] }, nine.groups[0]];
    expect(dataOf(barChart({ ...head, groups }), 'mean').map((bar) => Object(bar).x)).toEqual([
      0, 0.79, 1.21,
    ]);
  });

  test('have labels that are broken to fit their place', () => {
    const labels = drawn(barChart(nine), ({ scales }) => scales.x.ticks.map(({ label }) => label));
    expect(labels[4]).toEqual(['spectrum-', 'matched']);
  });
});

describe('the words of a chart', () => {
  const long =
    'A student of the same initialisation learns from auxiliary logits alone, and the more the better, up to fifty';
  const settings =
    'preset full · 10 seeds · 10,000 test digits · native engine · config 1a2b3c4d · arXiv 2507.14805, section 6 · noise uniform';

  test('are never squeezed or cut: a long title takes two lines, a long subtitle is set smaller', () => {
    const figure = barChart({ ...nine, title: long, subtitle: [settings, settings] });
    const { title, subtitle } = figure.options?.plugins ?? {};
    expect(title?.text).toHaveLength(2);
    expect(wordsOf(title?.text)).toBe(long);
    expect(subtitle?.text).toEqual([settings, settings]);
    const widths: number[] = [];
    const limits: (number | undefined)[] = [];
    drawn(
      {
        ...figure,
        plugins: [
          {
            id: 'ruler',
            beforeDraw({ ctx }) {
              const fill = ctx.fillText.bind(ctx);
              ctx.fillText = (text: string, x: number, y: number, limit?: number) => {
                if (limit !== undefined) limits.push(limit - ctx.measureText(text).width);
                widths.push(ctx.measureText(text).width);
                fill(text, x, y, limit);
              };
            },
          },
          ...(figure.plugins ?? []),
        ],
      },
      () => null,
    );
    expect(widths.length).toBeGreaterThan(20);
    expect(Math.max(...widths)).toBeLessThan(size.width - 20);
    for (const spare of limits) expect(spare).toBeGreaterThan(-0.5);
  });
});

describe('a chart is refused, by name,', () => {
  test('without bars', () => {
    expect(() => barChart({ ...head, bars: [] })).toThrow('barChart: there is no bar; give at least one');
  });

  test('for a bar without a mean', () => {
    expect(() => barChart({ ...head, bars: [{ label: ['my', 'bar'], values: [] }] })).toThrow(
      'barChart: "my bar" has no value; give one a seed',
    );
    const bars = [{ label: 'student', values: [0.1, Number.NaN] }];
    expect(() => barChart({ ...head, groups: [{ label: 'blurred', bars }] })).toThrow(
      'barChart: "student" of "blurred" has the value NaN',
    );
  });
});
