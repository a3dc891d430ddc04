// How much of the shared start is needed for one step? Starts on the way from the teacher's to another.
import { add, div, mul, sub, treeMap } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal } from '../../core/charts/style.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, summarize } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { inner, moved, norm } from '../../core/training/vectors.ts';
import type { Data } from '../field.ts';
import { plain } from './metrics.ts';
import { along } from './theory/along.ts';
import {
  checks,
  full,
  lessonOf,
  quick,
  ranOf,
  settings,
  stepsFlops,
  type TheoryConfig,
} from './theory/settings.ts';
import { studentStep } from './theory/theorem.ts';

/** The teacher's step, in Δₜ. */
const epsilon = 0.1;

/** From the shared start to the other: tiny ones too, since the teacher itself is only ε Δₜ away. */
const shares = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1];

async function* run(config: TheoryConfig, data: Data): Running<Row[]> {
  const of = lessonOf(config);
  const found = yield* along(config, data, shares, ({ params, other, images, toTeacher }, share) => {
    const start = treeMap((a, b) => add(mul(a, sub(1, share)), mul(b, share)), params, other);
    const step = studentStep(of, start, moved(params, epsilon, toTeacher), images);
    return { cosine: div(inner(step, toTeacher), mul(norm(step), norm(toTeacher))) };
  });
  return seedsOf(config).flatMap((seed, i) =>
    shares.map((share, k) => ({
      seed,
      arm: 'student',
      at: { share },
      values: { cosine: found.cosine[i][k] },
      curves: {},
    })),
  );
}

const cosines = (result: Result, share: number): number[] => valuesOf(result, 'student', 'cosine', { share });

function finding(result: Result): string {
  const clear = shares.filter((share) => summarize(cosines(result, share)).low > 0);
  const at = (share: number): string => decimal(mean(cosines(result, share)), 3);
  const last = clear.length === shares.length ? 'throughout' : `up to a share of ${clear.at(-1) ?? 0}`;
  return `From the shared start to another the cosine of Δₛ and Δₜ goes from ${at(0)} to ${at(1)}; it is clear of 0 ${last}`;
}

export const theoryInterpolation: Experiment<typeof settings> = {
  name: 'theory-interpolation',
  question: 'How near to the shared start must the student be for its step to go the right way?',
  source: 'asked here, of the theorem of arXiv 2507.14805',
  settings,
  presets: { quick: { ...quick, seeds: 100 }, full },
  ...checks,
  flops: (config) => stepsFlops(config, 2 * shares.length),
  programs: () => 1,
  metrics: () => ({ cosine: plain }),
  run,
  finding,
  figure: (result) =>
    lineChart({
      title: finding(result),
      subtitle: [
        ranOf(result),
        'point: mean; whisker: 95% interval (Student t, over seeds); faint dot: one seed',
      ],
      x: { title: 'share of another start in the student’s', scale: 'log', ticks: shares },
      y: { title: 'cosine of Δₛ and Δₜ', unit: 'number' },
      series: [
        {
          label: 'student',
          points: shares.map((x) => ({ x, values: cosines(result, x) })),
        },
      ],
      reference: { y: 0, label: 'no alignment' },
    }),
};
