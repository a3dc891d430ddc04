// Is the shared start needed? The cosine of both steps over many pairs of starts.
import { div, jit, mul, sub, type Tensor, type Tree, vmap } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, summarize } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { inner, moved, norm } from '../../core/training/vectors.ts';
import type { Data } from '../field.ts';
import { plain } from './metrics.ts';
import {
  checks,
  full,
  keysOf,
  lessonOf,
  quick,
  ranOf,
  settings,
  starts,
  stepsFlops,
  type TheoryConfig,
} from './theory/settings.ts';
import { studentStep, teacherLoss } from './theory/theorem.ts';

/** The teacher's step in Δₜ, and the student's in lengths of Δₜ. */
const [epsilon, length] = [0.01, 0.01];

async function* run(config: TheoryConfig, data: Data): Running<Row[]> {
  const of = lessonOf(config);
  const loss = teacherLoss(of.network);
  const start = starts(config, data.train);
  const measure = jit(
    vmap((key: Tensor) => {
      const { params, other, digits, images, toTeacher } = start(key);
      const teacher = moved(params, epsilon, toTeacher);
      const from = (begin: Tree) => {
        const step = studentStep(of, begin, teacher, images);
        const lengths = mul(norm(step), norm(toTeacher));
        const after = moved(begin, div(mul(length, norm(toTeacher)), norm(step)), step);
        return {
          cosine: div(inner(step, toTeacher), lengths),
          change: sub(loss(after, digits), loss(begin, digits)),
        };
      };
      return { shared: from(params), other: from(other) };
    }),
  );
  const found = measure(keysOf(config));
  yield { kind: 'progress', phase: 'pairs', step: 1, steps: 1 };
  return seedsOf(config).flatMap((seed, i) =>
    (['shared', 'other'] as const).map((arm) => ({
      seed,
      arm,
      at: {},
      values: { cosine: found[arm].cosine.data[i], change: found[arm].change.data[i] },
      curves: {},
    })),
  );
}

/** The share of an arm's values that are positive, with its interval, in words. */
function share(result: Result, arm: string, name: string): string {
  const values = valuesOf(result, arm, name);
  const { mean: found, low, high } = summarize([mean(values.map((v) => Number(v > 0)))], values.length);
  return `${percent(found, 0)} (${percent(low, 0)} to ${percent(high, 0)})`;
}

const finding = (result: Result): string =>
  `Of ${result.seeds.length} pairs of starts, ⟨Δₛ, Δₜ⟩ is positive in ${share(result, 'shared', 'cosine')} that are shared and in ${share(result, 'other', 'cosine')} that are not, where the teacher's loss rises in ${share(result, 'other', 'change')}`;

const bins = 41;

export const theorySigns: Experiment<typeof settings> = {
  name: 'theory-signs',
  question: 'Is the sign of the inner product determined without the shared start?',
  source: 'Cloud, Le and others, arXiv 2507.14805, the theorem of section 6',
  settings,
  presets: { quick: { ...quick, seeds: 400 }, full: { ...full, seeds: 1000 } },
  ...checks,
  flops: (config) => stepsFlops(config, 6),
  programs: () => 1,
  metrics: () => ({ cosine: plain, change: { unit: 'nats', better: 'lower' } }),
  run,
  finding,
  figure(result) {
    const cosines = (arm: string): number[] => valuesOf(result, arm, 'cosine');
    const all = [...cosines('shared'), ...cosines('other')];
    const width = (2 * Math.max(...all.map(Math.abs))) / bins;
    const histogram = (label: string, arm: string, colour: string) => ({
      label,
      colour,
      points: Array.from({ length: bins }, (_, i) => {
        const middle = (i - (bins - 1) / 2) * width;
        const inside = cosines(arm).filter((cosine) => Math.abs(cosine - middle) <= width / 2);
        return {
          x: middle,
          values: [inside.length / cosines(arm).length],
          trials: cosines(arm).length,
        };
      }),
    });
    return lineChart({
      title: finding(result),
      subtitle: [ranOf(result), `line: share of pairs in each of ${bins} bins; band: 95% interval (Wilson)`],
      x: { title: 'cosine of Δₛ and Δₜ', scale: 'linear' },
      y: { title: 'share of pairs', unit: 'share', min: 0 },
      series: [
        histogram('shared start', 'shared', palette.vermillion),
        histogram('other start', 'other', palette.green),
      ],
    });
  },
};
