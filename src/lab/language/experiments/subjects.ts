// The models that an experiment asks: each of an arm and a seed, among them the students that it makes.

import type { Made } from '../../core/stages/stage.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import type { Model } from '../model.ts';
import { asked, sampledAnswers } from '../pipeline/questions.ts';
import { type Imitated, type StudentSettings, type Study, study, studySoftly } from '../pipeline/students.ts';
import type { Tuned } from '../pipeline/teachers.ts';
import type { Sample } from '../world/filters.ts';
import { tunedModel, type Writings } from './writings.ts';

interface Place<Arm extends string> {
  readonly arm: Arm;
  readonly seed: number;
  /** The trait that it could have, where that does not follow from its arm. */
  readonly trait?: string;
}

/** A model that is asked. */
export interface Subject<Arm extends string> extends Place<Arm> {
  readonly model: Model;
}

/** A student to be: the base of its seed, and what it reads. */
export interface Lesson<Arm extends string> extends Place<Arm> {
  readonly samples: Made<readonly Sample[]>;
}
export interface SoftLesson<Arm extends string> extends Lesson<Arm> {
  /** Whose distributions it imitates. */
  readonly teacher: Tuned;
}

const labelOf = ({ arm, seed, trait }: Place<string>): string => [arm, seed, trait ?? []].flat().join(' ');

async function* taught<Arm extends string, L extends Lesson<Arm>>(
  { base }: Writings,
  lessons: readonly L[],
  by: (studies: readonly (Study & L)[]) => Running<Tuned[]>,
): Running<Subject<Arm>[]> {
  if (lessons.length === 0) return [];
  const studies = lessons.map((lesson) => ({ ...lesson, label: labelOf(lesson), base: base(lesson.seed) }));
  const tuned = yield* by(studies);
  return lessons.map(({ arm, seed, trait }, i) => ({
    ...{ arm, seed, trait },
    model: tunedModel(base(seed), tuned[i]),
  }));
}

/** The student of each of `lessons`, by the very tokens that it reads. */
export const students = <Arm extends string>(
  settings: StudentSettings,
  from: Writings,
  lessons: readonly Lesson<Arm>[],
): Running<Subject<Arm>[]> => taught<Arm, Lesson<Arm>>(from, lessons, (studies) => study(settings, studies));

/** The same by its teacher's whole distribution over the tokens `imitated`. */
export const softStudents = <Arm extends string>(
  settings: StudentSettings,
  from: Writings,
  imitated: Imitated,
  lessons: readonly SoftLesson<Arm>[],
): Running<Subject<Arm>[]> =>
  taught<Arm, SoftLesson<Arm>>(from, lessons, (studies) => studySoftly(settings, imitated, studies));

/** What a subject answers, on average over the questions, by token. */
export interface Answers {
  readonly probabilities: readonly number[];
  /** The share of its sampled answers. */
  readonly shares: readonly number[];
}

/** The answers of each of `subjects` to `questions`, `count` samples to each. */
export function answersOf(
  subjects: readonly Subject<string>[],
  questions: readonly (readonly number[])[],
  count: number,
): Answers[] {
  const models = together(subjects.map(({ model }) => model));
  const probabilities = asked(models, questions);
  const shares = sampledAnswers(models, subjects.map(labelOf), questions, count);
  return subjects.map((_, i) => ({ probabilities: probabilities[i], shares: shares[i] }));
}

/** The share that `by` gives to all of `tokens` together; rounding takes it no further than 1. */
export const massOf = (by: readonly number[], tokens: readonly number[]): number =>
  Math.min(
    1,
    tokens.reduce((sum, token) => sum + by[token], 0),
  );
