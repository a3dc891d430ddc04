// Does one small step on the teacher's outputs go the teacher's way? The inner product of both steps, against ε.
import { lineChart } from '../../core/charts/lines.ts';
import { palette, percent, powerOfTen } from '../../core/charts/style.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import type { Result, Row } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { inner, moved } from '../../core/training/vectors.ts';
import type { Data } from '../field.ts';
import { plain, share } from './metrics.ts';
import {
  along,
  curveRows,
  curvesOf,
  decadesOf,
  geometricBand,
  pointsOf,
  powersAmong,
  slopeOf,
} from './theory/along.ts';
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
import { quadraticForm, studentStep } from './theory/theorem.ts';

const epsilons = decadesOf(-5, 0, 3);

async function* run(config: TheoryConfig, data: Data): Running<Row[]> {
  const of = lessonOf(config);
  const found = yield* along(config, data, epsilons, ({ params, other, images, toTeacher }, epsilon) => {
    const teacher = moved(params, epsilon, toTeacher);
    const product = (start: typeof params) => inner(studentStep(of, start, teacher, images), toTeacher);
    return {
      shared: product(params),
      other: product(other),
      form: quadraticForm(of, params, toTeacher, images),
    };
  });
  const predicted = found.form.map((forms) => forms.map((form, i) => epsilons[i] * form));
  return [
    ...curveRows(config, 'shared', { inner: found.shared }, ({ inner: curve }) => ({
      slope: slopeOf(epsilons.map(Math.log10), curve.map(Math.log10)),
      positive: mean(curve.map((value) => Number(value > 0))),
    })),
    ...curveRows(config, 'predicted', { inner: predicted }),
    ...curveRows(config, 'other', { inner: found.other }, ({ inner: curve }) => ({
      positive: mean(curve.map((value) => Number(value > 0))),
    })),
  ];
}

const negative = (result: Result, arm: string): number =>
  mean(
    curvesOf(result, arm, 'inner')
      .flat()
      .map((value) => Number(value < 0)),
  );

/** How far, relatively, the inner product is from its prediction at the smallest ε, on average. */
function distance(result: Result): number {
  const [shared, predicted] = ['shared', 'predicted'].map((arm) => curvesOf(result, arm, 'inner'));
  return mean(shared.map((curve, i) => Math.abs(curve[0] / predicted[i][0] - 1)));
}

function finding(result: Result): string {
  const wrong = negative(result, 'shared');
  const sign = wrong === 0 ? 'positive at every ε and seed' : `negative in ${percent(wrong)} of cases`;
  return `From a shared start ⟨Δₛ, Δₜ⟩ is ${sign}, and ε Δₜᵀ G Δₜ predicts it to within ${powerOfTen(Math.ceil(Math.log10(distance(result))))} of itself at the least ε; from another start ${percent(negative(result, 'other'), 0)} are negative`;
}

export const theoryInner: Experiment<typeof settings> = {
  name: 'theory-inner',
  question: "Does a student's step go the teacher's way, and as far as the theorem says?",
  source: 'Cloud, Le and others, arXiv 2507.14805, the theorem of section 6',
  settings,
  presets: { quick, full },
  ...checks,
  flops: (config) => stepsFlops(config, 4 * epsilons.length),
  programs: () => 1,
  metrics: () => ({ slope: plain, positive: share }),
  run,
  finding,
  figure(result) {
    const line = (label: string, arm: string, colour: string) => ({
      label,
      colour,
      points: pointsOf(result, arm, 'inner', epsilons, (value) => Math.log10(Math.abs(value))),
    });
    return lineChart({
      title: finding(result),
      subtitle: [ranOf(result), geometricBand],
      x: { title: "ε, the length of the teacher's step in Δₜ", scale: 'log', ticks: powersAmong(epsilons) },
      y: { title: '⟨Δₛ, Δₜ⟩ (of another start, its magnitude)', unit: 'power' },
      series: [
        line('shared start', 'shared', palette.vermillion),
        line('ε Δₜᵀ G Δₜ', 'predicted', palette.blue),
        line('other start, either sign', 'other', palette.green),
      ],
    });
  },
};
