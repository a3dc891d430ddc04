// The models that an experiment asks, among them the students that it makes, and what they answer.
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import type { Model } from '../model.ts';
import { asked, sampledAnswers } from '../pipeline/questions.ts';
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

/** A model that is asked; `label` tells it from all others of the run. */
export interface Subject {
  readonly label: string;
  readonly model: Model;
}

async function* models<L extends Study>(
  lessons: readonly L[],
  by: (lessons: readonly L[]) => Running<Tuned[]>,
): Running<(L & Subject)[]> {
  if (lessons.length === 0) return [];
  const tuned = yield* by(lessons);
  return lessons.map((lesson, i) => ({ ...lesson, model: tunedModel(lesson.base, tuned[i]) }));
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

/** What a subject answers, on average over the questions, by token. */
export interface Answers {
  readonly probabilities: readonly number[];
  /** The share of its sampled answers. */
  readonly shares: readonly number[];
}

/** The answers of each of `subjects` to `questions`, `count` samples to each. */
export function answersOf(
  subjects: readonly Subject[],
  questions: readonly (readonly number[])[],
  count: number,
): Answers[] {
  const all = together(subjects.map(({ model }) => model));
  const probabilities = asked(all, questions);
  const labels = subjects.map(({ label }) => label);
  const shares = sampledAnswers(all, labels, questions, count);
  return subjects.map((_, i) => ({ probabilities: probabilities[i], shares: shares[i] }));
}

/** The share that `by` gives to all of `tokens` together; rounding takes it no further than 1. */
export const massOf = (by: readonly number[], tokens: readonly number[]): number =>
  Math.min(
    1,
    tokens.reduce((sum, token) => sum + by[token], 0),
  );
