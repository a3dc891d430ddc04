// The students of most experiments: each imitates some of its teacher's logits, from its teacher's start or another.
import type { Row } from '../../core/runs/result.ts';
import type { Running } from '../../core/training/events.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import type { Data } from '../field.ts';
import { type Mlp, otherModels } from './model.ts';
import { answers, distil, imitate, type Lesson, prepareLesson, rowsOf, type Targets } from './teach.ts';

/** Which logits a student imitates, and where it starts. */
export interface Student {
  readonly logits: 'aux' | 'all';
  readonly init: 'same' | 'other';
}

const students = {
  student_aux: { logits: 'aux', init: 'same' },
  student_all: { logits: 'all', init: 'same' },
  cross_aux: { logits: 'aux', init: 'other' },
  cross_all: { logits: 'all', init: 'other' },
} as const satisfies Readonly<Record<string, Student>>;
export type StudentArm = keyof typeof students;

const studentArms = Object.keys(students) as StudentArm[];

export const isStudent = (arm: string): arm is StudentArm => Object.hasOwn(students, arm);

/** The arm that a kind of student is. */
export const armOf = ({ logits, init }: Student): StudentArm =>
  `${init === 'same' ? 'student' : 'cross'}_${logits}`;

/** A teacher a seed, and where it started. */
export interface Models {
  readonly init: Mlp;
  readonly teacher: Mlp;
}

/** The arms `wanted` of students of `models`, trained side by side. */
export async function* teachStudents(
  config: BaseConfig,
  data: Data,
  { init, teacher }: Models,
  wanted: readonly StudentArm[],
  { phase = 'students', at = {} }: { phase?: string; at?: Row['at'] } = {},
): Running<Row[]> {
  const arms = studentArms.filter((arm) => wanted.includes(arm));
  if (arms.length === 0) return [];
  const kinds = (['aux', 'all'] as const).filter((kind) => arms.some((arm) => students[arm].logits === kind));
  // a lesson each: what one kind is told must not depend, to the bit, on the other
  const lessons: Lesson[] = [];
  for (const kind of kinds) lessons.push(yield* prepareLesson(config, data, teacher, answers[kind]));
  const targets: Targets = Object.assign({}, ...lessons.map((lesson) => lesson.targets));
  const lesson = { ...lessons[0], targets };
  const other = otherModels(config);
  const pupils = arms.map((arm) => {
    const { logits, init: start } = students[arm];
    return [arm, { start: start === 'same' ? init : other, gradient: imitate(logits) }] as const;
  });
  const trained = yield* distil(config, data, lesson, Object.fromEntries(pupils), { phase });
  return arms.flatMap((arm) => rowsOf(config, arm, trained[arm], at));
}
