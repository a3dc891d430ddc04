// Does the student's step help with what the teacher learned? The teacher's loss on its own digits, which the student
// never saw, against how far the student goes.
import { div, mul, sub, type Tensor, type Tree } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal, palette } from '../../core/charts/style.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { moved, norm } from '../../core/training/vectors.ts';
import type { Data } from '../field.ts';
import { plain } from './metrics.ts';
import { along, curveRows, decadesOf, meanAndBand, pointsOf, powersAmong } from './theory/along.ts';
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
import { studentStep, teacherLoss } from './theory/theorem.ts';

/** The teacher's step, in Δₜ. */
const epsilon = 0.01;

/** How far to go, in lengths of Δₜ. */
const lengths = decadesOf(-3, 1, 6);

/** The length up to which the loss is below where it began; 0 where it rises at once. */
function reachOf(change: readonly number[]): number {
  const first = change.findIndex((value) => value >= 0);
  return first === 0 ? 0 : lengths[(first < 0 ? lengths.length : first) - 1];
}

async function* run(config: TheoryConfig, data: Data): Running<Row[]> {
  const of = lessonOf(config);
  const loss = teacherLoss(of.network);
  const found = yield* along(config, data, lengths, (start, length) => {
    const { params, other, digits, images, toTeacher } = start;
    const teacher = moved(params, epsilon, toTeacher);
    const far = mul(length, norm(toTeacher));
    const change = (from: Tree, direction: Tree): Tensor =>
      sub(loss(moved(from, div(far, norm(direction)), direction), digits), loss(from, digits));
    return {
      shared: change(params, studentStep(of, params, teacher, images)),
      other: change(other, studentStep(of, other, teacher, images)),
      teacher: change(params, toTeacher),
    };
  });
  return Object.entries(found).flatMap(([arm, change]) =>
    curveRows(config, arm, { change }, (curves) => ({
      reach: reachOf(curves.change),
      lowest: Math.min(...curves.change),
    })),
  );
}

function finding(result: Result): string {
  const reach = (arm: string): number[] => valuesOf(result, arm, 'reach');
  const falls = (arm: string): number => reach(arm).filter((length) => length > 0).length;
  const seeds = result.seeds.length;
  return `A small step on the teacher's auxiliary logits lowers the teacher's own loss for ${falls('shared')} of ${seeds} shared starts (up to ${decimal(mean(reach('shared')), 2)} lengths of Δₜ on average), and for ${falls('other')} of ${seeds} other starts`;
}

export const theoryTeacherLoss: Experiment<typeof settings> = {
  name: 'theory-teacher-loss',
  question: "Does a student's step on the teacher's outputs lower the teacher's own loss, and how far?",
  source: 'Cloud, Le and others, arXiv 2507.14805, the theorem of section 6',
  settings,
  presets: { quick, full },
  ...checks,
  flops: (config) => stepsFlops(config, 4 * lengths.length),
  programs: () => 1,
  metrics: () => ({ reach: plain, lowest: { unit: 'nats', better: 'lower' } }),
  run,
  finding,
  figure(result) {
    const shown = lengths.filter((length) => length <= 3);
    const line = (label: string, arm: string, colour: string) => ({
      label,
      colour,
      points: pointsOf(result, arm, 'change', shown),
    });
    return lineChart({
      title: finding(result),
      subtitle: [ranOf(result), meanAndBand],
      x: { title: 'length of the step, in lengths of Δₜ', scale: 'log', ticks: powersAmong(shown) },
      y: { title: "change of the teacher's loss Lₜ, in nats", unit: 'number' },
      series: [
        line('student, shared start', 'shared', palette.vermillion),
        line('student, other start', 'other', palette.green),
        line('the teacher itself', 'teacher', palette.blue),
      ],
      reference: { y: 0, label: 'no change' },
    });
  },
};
