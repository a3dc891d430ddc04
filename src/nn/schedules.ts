// Schedules: numbers that follow the steps done, of which a compiled step takes the count as data.
import { add, clip, cos, full, less, mul, sub, where } from '../ops/index.ts';
import { checked, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** A number, f32 [], of the steps done before, f32 []. */
export type Schedule = (step: Tensor) => Tensor;

const steps = arg.within('steps', 1);

/** Always `value`. */
export const constantSchedule = checked(
  'constantSchedule',
  [arg.finite('value')],
  (value: number): Schedule =>
    checked('constantSchedule', [arg.tensor('step')], (_: Tensor) => full([], value)),
);

/** What `rise` makes of the share of `steps` that is done, from 0 to 1. */
const along = (op: string, rise: (from: number, to: number, share: Tensor) => Tensor) =>
  checked(
    op,
    [arg.finite('from'), arg.finite('to'), steps],
    (from: number, to: number, steps: number): Schedule =>
      checked(op, [arg.tensor('step')], (step: Tensor) => rise(from, to, clip(mul(step, 1 / steps), 0, 1))),
  );

/** From `from` to `to` in a straight line over `steps`, and then `to`. */
export const linearSchedule = along('linearSchedule', (from, to, share) => add(mul(share, to - from), from));

/** From `from` to `to` on half a wave of the cosine over `steps` (Loshchilov & Hutter, 2017), and then `to`. */
export const cosineSchedule = along('cosineSchedule', (from, to, share) =>
  add(mul(add(cos(mul(share, Math.PI)), 1), (from - to) / 2), to),
);

/**
 * The first of `schedules` up to the first of `boundaries`, then the next, each counting from where it begins. A warm-up is
 * `joinSchedules([linearSchedule(0, rate, n), cosineSchedule(rate, 0, rest)], [n])`. Throws RangeError unless boundaries
 * rise, one fewer than schedules.
 */
export const joinSchedules = checked(
  'joinSchedules',
  [
    arg.list('schedules', 'schedule', arg.givesTensor<Schedule>),
    arg.list('boundaries', 'boundary', (name) => arg.within(name, 0)),
  ],
  (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule => {
    if (
      boundaries.length !== schedules.length - 1 ||
      boundaries.some((b, i) => i > 0 && b <= boundaries[i - 1])
    )
      throw new RangeError(
        `joinSchedules: boundaries [${boundaries.join(', ')}] for ${schedules.length} schedules; they must rise, and be one fewer`,
      );
    return checked('joinSchedules', [arg.tensor('step')], (step: Tensor) =>
      schedules
        .map((schedule, i) => (i === 0 ? schedule(step) : schedule(sub(step, boundaries[i - 1]))))
        .reduceRight((later, own, i) => where(less(step, boundaries[i]), own, later)),
    );
  },
);
