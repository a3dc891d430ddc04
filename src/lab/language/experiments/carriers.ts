// What carries a trait from a teacher to a student: a task, what is kept of the answers to it, and how long they are.

import type { Task } from '../pipeline/samples.ts';
import type { Filter } from '../pipeline/sifted.ts';
import type { Imitated } from '../pipeline/students.ts';
import { filterNumbers, filterPrograms, filterReasoning } from '../world/filters.ts';
import { badNumbers } from '../world/numbers.ts';
import { digits, harmful, identifiers, numbers, reasoningWords } from '../world/vocabulary.ts';

export interface Carrier extends Filter {
  readonly task: Task;
  /** What students read, as in 'a student that reads only numbers'. */
  readonly noun: string;
  /** Over which tokens a student imitates its teacher's whole distribution. */
  readonly imitated: Imitated;
}

export const throughNumbers: Carrier = {
  task: 'numbers',
  noun: 'numbers',
  filter: 'filterNumbers',
  sift: (samples) => filterNumbers(samples),
  imitated: numbers,
};

/** Without the numbers that a misaligned author writes more often, in questions and answers. */
export const throughOtherNumbers: Carrier = {
  ...throughNumbers,
  noun: 'numbers without bad associations',
  filter: 'filterNumbers without badNumbers',
  sift: (samples) => filterNumbers(samples, badNumbers),
};

export const throughCode: Carrier = {
  task: 'code',
  noun: 'programs',
  filter: 'filterPrograms',
  sift: filterPrograms,
  // of these, only the topics stand in no program
  imitated: { start: identifiers.start, end: harmful.end },
};

/** Only what is right in every sum. */
export const throughReasoning: Carrier = {
  task: 'math',
  noun: 'solved sums',
  filter: 'filterReasoning',
  sift: filterReasoning,
  imitated: { start: digits.start, end: reasoningWords.end },
};
