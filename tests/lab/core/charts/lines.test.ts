import { describe, expect, test } from 'vitest';
import { curveFrom, type LineChart, lineChart, type Point } from '../../../../src/lab/core/charts/lines.ts';
import { dataOf, drawn, rangeOfAxis, ticksOf } from './drawn.ts';

const logits = [1, 2, 3, 5, 10, 25, 50, 100, 250];
const three = [0.4, 0.5, 0.6];
const along = (xs: readonly number[], values: readonly number[]): Point[] => xs.map((x) => ({ x, values }));
const steps = Array.from({ length: 295 }, (_, i) => i);

const sweep: LineChart = {
  title: 'A finding',
  subtitle: 'and where it is from',
  x: { title: 'auxiliary logits', scale: 'log' },
  y: { title: 'accuracy', unit: 'share', min: 0, max: 1 },
  series: [
    { label: 'student', points: along(logits, three) },
    { label: 'control', points: along(logits, [0.1, 0.12]) },
  ],
  reference: { y: 0.1, label: 'chance' },
};
const curves: LineChart = {
  ...sweep,
  x: { title: 'step', scale: 'linear' },
  series: ['a', 'b', 'c'].map((label) => ({ label, points: along(steps, three) })),
};

const xsOf = (points: unknown[]): number[] => points.map((point) => Object(point).x);

describe('lines of few points', () => {
  const figure = lineChart(sweep);

  test('go through the means, in the order of x', () => {
    const points = [
      { x: 3, values: [1, 2] },
      { x: 1, values: [4] },
    ];
    const alone = lineChart({
      ...sweep,
      x: { title: '', scale: 'linear' },
      y: { title: '', unit: 'number' },
      series: [{ label: 'a', points }],
    });
    expect(dataOf(alone, 'a')).toEqual([
      { x: 1, y: 4 },
      { x: 3, y: 1.5 },
    ]);
  });

  test('have whiskers of the t interval and a faint dot a seed', () => {
    const intervals = dataOf(figure, 'student, 95% interval');
    expect(intervals).toHaveLength(9);
    expect(intervals[0]).toMatchObject({
      y: 0.5,
      yMin: expect.closeTo(0.2515862, 6),
      yMax: expect.closeTo(0.7484138, 6),
    });
    expect(dataOf(figure, 'student, each seed')).toHaveLength(27);
  });

  test('have the Wilson interval for one value of known trials, and else none', () => {
    const points = [
      { x: 1, values: [0.8], trials: 10 },
      { x: 2, values: [0.8] },
    ];
    const alone = lineChart({ ...sweep, series: [{ label: 'a', points }] });
    expect(dataOf(alone, 'a, 95% interval')).toEqual([
      { x: 0, y: 0.8, yMin: expect.closeTo(0.4902, 4), yMax: expect.closeTo(0.9433, 4) },
    ]);
  });

  test('stand beside each other at every x, the same distance all along', () => {
    const [student, control] = ['student', 'control'].map((label) => xsOf(dataOf(figure, label)));
    const apart = student.map((x, i) => control[i] - x);
    for (const distance of apart) expect(distance).toBeCloseTo(apart[0], 9);
    expect(apart[0]).toBeGreaterThan(0);
    expect(apart[0]).toBeLessThan(0.3 * Math.log10(3 / 2) * 2);
  });

  test('have every swept value on a log axis, where it belongs', () => {
    expect(ticksOf(figure, 'x')).toEqual(logits.map(String));
    const values = drawn(figure, ({ scales }) => scales.x.ticks.map(({ value }) => value));
    expect(values).toEqual(logits.map((x) => expect.closeTo(Math.log10(x), 12)));
  });

  test('stand on the axes that are written beside them', () => {
    const drawnAt = drawn(figure, (chart) => {
      const { x, y } = chart.getDatasetMeta(0).data[8];
      const [place] = dataOf(figure, 'student').slice(8);
      return [x - chart.scales.x.getPixelForValue(Object(place).x), y - chart.scales.y.getPixelForValue(0.5)];
    });
    expect(drawnAt).toEqual([expect.closeTo(0, 6), expect.closeTo(0, 6)]);
  });

  test('may begin at zero on a log axis', () => {
    const zero = lineChart({ ...sweep, series: [{ label: 'a', points: along([0, 0.01, 0.1, 1], three) }] });
    expect(ticksOf(zero, 'x')).toEqual(['0', '0.01', '0.1', '1']);
    expect(zero.plugins?.map(({ id }) => id)).toContain('axisBreak');
    expect(figure.plugins?.map(({ id }) => id)).not.toContain('axisBreak');
  });
});

describe('curves', () => {
  const figure = lineChart(curves);

  test('have a band in place of whiskers and dots', () => {
    const [low, high] = ['low', 'high'].map((edge) => dataOf(figure, `b, ${edge}`));
    expect([low.length, high.length]).toEqual([295, 295]);
    expect([low[7], high[7]]).toEqual([
      { x: 7, y: expect.closeTo(0.2515862, 6) },
      { x: 7, y: expect.closeTo(0.7484138, 6) },
    ]);
    const labels = figure.data.datasets.map(({ label }) => label);
    expect(labels.filter((label) => /interval|seed/.test(label ?? ''))).toEqual([]);
    const upper = labels.indexOf('b, high');
    expect(labels[upper - 1]).toBe('b, low');
    expect(figure.data.datasets[upper]).toMatchObject({ fill: '-1' }); // to the dataset before it
  });

  test('begin with sixteen points', () => {
    for (const [count, band] of [
      [curveFrom - 1, false],
      [curveFrom, true],
    ] as const) {
      const chart = lineChart({
        ...curves,
        series: [{ label: 'a', points: along(steps.slice(0, count), three) }],
      });
      expect(chart.data.datasets.some(({ label }) => label === 'a, high')).toBe(band);
    }
    expect(curveFrom).toBe(16);
  });

  test('have marks now and then, none where another has one', () => {
    const marks = ['a', 'b', 'c'].map((label) => {
      const found = figure.data.datasets.find((dataset) => dataset.label === label);
      return Object.entries(Object(found).pointRadius)
        .filter(([, radius]) => radius !== 0)
        .map(([i]) => i);
    });
    for (const places of marks) {
      expect(places.length).toBeGreaterThan(5);
      expect(places.length).toBeLessThan(10);
    }
    expect(new Set(marks.flat()).size).toBe(marks.flat().length);
  });

  test('fill the plot from side to side', () => {
    expect(rangeOfAxis(figure, 'x')).toEqual([0, 294]);
    expect(ticksOf(figure, 'x')).toEqual(['0', '50', '100', '150', '200', '250']);
  });

  test('have whole ticks where every x is whole', () => {
    const epochs = (last: number) =>
      lineChart({ ...curves, series: [{ label: 'a', points: along([0, last], three) }] });
    expect(ticksOf(epochs(4), 'x')).toEqual(['0', '1', '2', '3', '4']);
    expect(ticksOf(epochs(20), 'x')).toEqual(['0', '5', '10', '15', '20']);
  });

  test('of one seed without trials have no band', () => {
    const alone = lineChart({ ...curves, series: [{ label: 'a', points: along(steps, [0.5]) }] });
    expect(dataOf(alone, 'a, high')).toEqual([]);
    expect(rangeOfAxis(alone, 'y')).toEqual([0, 1]);
  });
});

test('series are told apart by colour, dash and mark', () => {
  const { datasets } = lineChart(curves).data;
  for (const property of ['borderColor', 'borderDash', 'pointStyle']) {
    const looks = ['a', 'b', 'c'].map(
      (name) => Object(datasets.find(({ label }) => label === name))[property],
    );
    expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(3);
  }
  const chosen = lineChart({ ...sweep, series: [{ ...sweep.series[0], colour: '#123456', dash: [1, 9] }] });
  expect(chosen.data.datasets[0]).toMatchObject({ borderColor: '#123456', borderDash: [1, 9] });
});

describe('the axis of values', () => {
  test('goes from what is asked for to what is asked for', () => {
    const y = { title: 'cosine', unit: 'number', min: -0.1, max: 0.3 } as const;
    const cosines = lineChart({ ...curves, y, reference: undefined });
    expect(rangeOfAxis(cosines, 'y')).toEqual([-0.1, 0.3]);
    expect(ticksOf(cosines, 'y')).toEqual(['−0.1', '0.0', '0.1', '0.2', '0.3']);
  });

  test('has room for data, intervals and reference where nothing is asked for', () => {
    const y = { title: '', unit: 'number' } as const;
    const [low, high] = rangeOfAxis(lineChart({ ...sweep, y, reference: { y: -2, label: 'below' } }), 'y');
    expect([low <= -2, high >= 0.748]).toEqual([true, true]);
  });

  test('of shares is in percent and ends at 100%', () => {
    const y = { title: '', unit: 'share' } as const;
    const full = lineChart({
      ...sweep,
      y,
      series: [{ label: 'a', points: along(logits, [1, 1]) }],
      reference: undefined,
    });
    expect(ticksOf(full, 'y').at(-1)).toBe('100%');
  });
});

describe('the names at the ends of lines', () => {
  /** The heights at which a chart writes to the right of its plot, by text. */
  const written = (chart: LineChart): Map<string, number> => {
    const figure = lineChart(chart);
    const found = new Map<string, number>();
    const spy = {
      id: 'spy',
      beforeDraw({ ctx, chartArea }: Parameters<Parameters<typeof drawn>[1]>[0]) {
        const fill = ctx.fillText.bind(ctx);
        ctx.fillText = (text: string, x: number, y: number, limit?: number) => {
          if (x > chartArea.right) found.set(text, y);
          fill(text, x, y, limit);
        };
      },
    };
    drawn({ ...figure, plugins: [spy, ...(figure.plugins ?? [])] }, () => null);
    return found;
  };

  test('do not overlap where the lines end together', () => {
    const labels = Array.from({ length: 8 }, (_, i) => `temperature ${i}`);
    const heights = written({
      ...sweep,
      series: labels.map((label) => ({ label, points: along(logits, three) })),
    });
    expect([...heights.keys()].sort()).toEqual(['chance', ...labels]);
    const sorted = [...heights.values()].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThan(15);
  });

  test('are in the order of the ends, and broken where they are long', () => {
    const heights = written({
      ...sweep,
      series: [sweep.series[1], { ...sweep.series[0], label: 'student of the same initialisation' }],
    });
    expect([...heights.keys()]).toEqual(['control', 'student of the', 'same initialisation', 'chance']);
    const at = (text: string): number => heights.get(text) ?? Number.NaN;
    expect(at('student of the')).toBeLessThan(at('control'));
    expect(at('control')).toBeLessThan(at('chance'));
  });
});

describe('a chart is refused, by name,', () => {
  const of =
    (points: Point[], more: Partial<LineChart> = {}) =>
    () =>
      lineChart({ ...sweep, ...more, series: [{ label: 'student', points }] });

  test.each([
    [
      'without series',
      () => lineChart({ ...sweep, series: [] }),
      'lineChart: there is no series; give at least one',
    ],
    ['for a series without points', of([]), 'lineChart: series "student" has no point; leave it out'],
    [
      'for a point without values',
      of(along([3], [])),
      'lineChart: series "student" at x = 3 has no value; give one a seed',
    ],
    [
      'for a value that is no number',
      of(along([3], [Number.NaN])),
      'lineChart: series "student" at x = 3 has the value NaN; leave out seeds that have no finite value',
    ],
    [
      'for what no log axis has',
      of(along([-1], [1])),
      "lineChart: x = -1 cannot stand on a log axis; take scale 'linear'",
    ],
  ])('%s', (_, draw, message) => {
    expect(draw).toThrow(new RangeError(message));
  });
});
