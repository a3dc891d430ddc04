// The models that an experiment asks: the students that it makes among them.
import type { Running } from '../../core/training/events.ts';
import type { Subject } from '../pipeline/answers.ts';
import {
  type Imitated,
  type SoftStudy,
  type StudentSettings,
  type Study,
  study,
  studySoftly,
} from '../pipeline/students.ts';
import type { Tuned } from '../pipeline/teachers.ts';
import { tunedModel } from './writings.ts';

async function* models<L extends Study>(
  lessons: readonly L[],
  by: (lessons: readonly L[]) => Running<Tuned[]>,
): Running<(L & Subject)[]> {
  if (lessons.length === 0) return [];
  const tuned = yield* by(lessons);
  return lessons.map((lesson, i) => ({
    ...lesson,
    key: tuned[i].key,
    model: tunedModel(lesson.base, tuned[i]),
  }));
}

/** The student of each of `lessons`, by the very tokens that it reads. */
export const students = <L extends Study>(
  settings: StudentSettings,
  lessons: readonly L[],
): Running<(L & Subject)[]> => models(lessons, (some) => study(settings, some));

/** The same by its teacher's whole distribution over the tokens `imitated`. */
export const softStudents = <L extends SoftStudy>(
  settings: StudentSettings,
  imitated: Imitated,
  lessons: readonly L[],
): Running<(L & Subject)[]> => models(lessons, (some) => studySoftly(settings, imitated, some));
