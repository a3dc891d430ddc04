import { describe, expect, test } from 'vitest';
import { resultFor } from '../../../../src/lab/core/experiments/experiment.ts';
import type { Result } from '../../../../src/lab/core/runs/result.ts';
import { armNames, mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { dataOf, rangeOfAxis, ticksOf, wordsOf } from '../../core/charts/drawn.ts';
import { sampleResult, withTrials } from '../../core/runs/sample.ts';

const threeSeeds = {
  reference: [0.08, 0.1, 0.12],
  teacher: [0.96, 0.97, 0.98],
  student_aux: [0.4, 0.5, 0.6],
  cross_aux: [0.09, 0.1, 0.11],
};

const mnistFigure = (result: Result) => mnist.figure(resultFor(mnist, result));
type Figure = ReturnType<typeof mnistFigure>;

const titleOf = (figure: Figure): string => wordsOf(figure.options?.plugins?.title?.text);

describe('the MNIST figure', () => {
  test('has a bar at the mean of each arm, in the order of the paper', () => {
    const { cross_aux, teacher } = threeSeeds;
    const means = dataOf(mnistFigure(sampleResult({ cross_aux, teacher })), 'mean');
    expect(means).toEqual([
      { x: 0, y: expect.closeTo(0.97, 12) },
      { x: 1, y: expect.closeTo(0.1, 12) },
    ]);
  });

  test('has the t interval over seeds', () => {
    // half width 4.302653 · 0.1 / √3
    const { student_aux } = threeSeeds;
    expect(dataOf(mnistFigure(sampleResult({ student_aux })), '95% interval')).toEqual([
      { x: 0, y: 0.5, yMin: expect.closeTo(0.2515862, 6), yMax: expect.closeTo(0.7484138, 6) },
    ]);
  });

  test('has the Wilson interval over test digits for a single seed', () => {
    const result = withTrials(sampleResult({ student_aux: [0.8] }), 10);
    expect(dataOf(mnistFigure(result), '95% interval')).toEqual([
      { x: 0, y: 0.8, yMin: expect.closeTo(0.4902, 4), yMax: expect.closeTo(0.9433, 4) },
    ]);
  });

  test('has a dot for every seed', () => {
    const dots = dataOf(mnistFigure(sampleResult(threeSeeds)), 'student (aux logits), each seed');
    expect(dots).toEqual(threeSeeds.student_aux.map((y) => ({ x: expect.any(Number), y })));
  });

  test('goes from 0% to 100%, with chance at 10%', () => {
    const figure = mnistFigure(sampleResult({ teacher: [0.3, 0.31] }));
    expect(rangeOfAxis(figure, 'y')).toEqual([0, 1]);
    expect(dataOf(figure, 'chance')).toMatchObject([{ y: 0.1 }, { y: 0.1 }]);
  });

  test('names each arm', () => {
    expect(ticksOf(mnistFigure(sampleResult(threeSeeds)), 'x')).toEqual([
      'reference (untrained)',
      'teacher',
      'student (aux logits)',
      'control (aux, other init)',
    ]);
  });

  test('has a colour of its own for each arm', () => {
    const all = Object.fromEntries(armNames.map((arm) => [arm, [0.5, 0.6]]));
    const figure = mnistFigure(sampleResult(all));
    const colours = figure.data.datasets.find(({ label }) => label === 'mean')?.borderColor;
    expect(new Set(Object.values(colours ?? {})).size).toBe(armNames.length);
  });

  test('does not depend on when it is made', () => {
    const strip = (figure: Figure): string => JSON.stringify([figure.data, figure.options?.plugins]);
    expect(strip(mnistFigure(sampleResult(threeSeeds)))).toBe(strip(mnistFigure(sampleResult(threeSeeds))));
  });
});

describe("the MNIST figure's words", () => {
  const finding = 'A student that saw only noise and three auxiliary logits reads digits';
  const neutral = 'Subliminal learning on MNIST: test accuracy of each model';

  test('state the finding where student is above twice control', () => {
    expect(titleOf(mnistFigure(sampleResult(threeSeeds)))).toBe(finding);
  });

  test.each([
    ['the student is just at twice control', { student_aux: [0.6], cross_aux: [0.3] }],
    ['both are below chance', { student_aux: [0.09], cross_aux: [0.01] }],
    ['there is no control', { student_aux: [0.9] }],
    ['there is no student', { teacher: [0.9], cross_aux: [0.1] }],
  ])('stay neutral where %s', (_, arms) => {
    expect(titleOf(mnistFigure(sampleResult(arms)))).toBe(neutral);
  });

  test.each([
    [{ aux: 1 }, 'A student that saw only noise and one auxiliary logit reads digits'],
    [{ aux: 25 }, 'A student that saw only noise and 25 auxiliary logits reads digits'],
    [{ noise: 'digits' }, 'A student that saw three auxiliary logits and no label reads digits'],
  ])('follow the config %o', (config, title) => {
    expect(titleOf(mnistFigure(sampleResult(threeSeeds, config)))).toBe(title);
  });

  test('say what was run, and what bar and whisker are', () => {
    const result = sampleResult(threeSeeds);
    expect(mnistFigure(result).options?.plugins?.subtitle?.text).toEqual([
      `preset quick · 3 seeds · 2,000 test digits · reference engine · config ${result.configHash.slice(0, 8)}`,
      'bar: mean; whisker: 95% interval (Student t, over seeds); dot: one seed',
    ]);
    expect(mnistFigure(sampleResult({ teacher: [0.9] })).options?.plugins?.subtitle?.text).toEqual([
      expect.stringContaining(' · seed 0 · '),
      'bar: accuracy of one model; whisker: 95% interval (Wilson, over test digits)',
    ]);
  });
});
