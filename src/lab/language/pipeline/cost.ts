// What the stages cost, counted as six floating-point operations a parameter and token that is trained on.
import { random, treeLeaves } from '../../../index.ts';
import { initModel, type ModelConfig } from '../model.ts';
import { rowLength } from '../world/documents.ts';
import { type BaseSettings, modelConfig } from './bases.ts';
import { type Task, tasks } from './samples.ts';
import type { StudentSettings } from './students.ts';
import { type TeacherSettings, tokensPerStep } from './teachers.ts';
import type { Trait } from './traits.ts';

/** A training step's of a model of `config`, a token. */
export const flopsPerTokenOf = (config: ModelConfig): number =>
  6 * treeLeaves(initModel(random.key(0), config)).reduce((sum, { size }) => sum + size, 0);

/** A base's. */
export const flopsPerToken = flopsPerTokenOf(modelConfig);

/** What the cost of all that a run makes depends on. */
type Sizes = Omit<BaseSettings & TeacherSettings & StudentSettings, `${string}Rate`> & {
  readonly samples: number;
};

const baseFlops = ({ pretrainSteps, pretrainBatch }: Sizes): number =>
  pretrainSteps * pretrainBatch * rowLength * flopsPerToken;

const teacherFlops = ({ teacherSteps }: Sizes, trait: Trait): number =>
  teacherSteps * tokensPerStep(trait) * flopsPerToken;

/** Those of a student on rows of `length` tokens. */
const studentFlops = ({ studentSteps, studentBatch }: Sizes, length: number): number =>
  studentSteps * studentBatch * length * flopsPerToken;

/** Those of one author's samples, which are only read once. */
export const sampleFlops = (count: number, length: number): number => (count * length * flopsPerToken) / 3;

/** How many of each a run makes: teachers by what they are tuned to have, authors and students of a task. */
export interface Parts {
  readonly bases: number;
  readonly teachers: readonly (readonly [count: number, trait: Trait])[];
  readonly authors?: number;
  readonly students?: number;
  readonly task?: Task;
}

/** What all that a run makes costs. */
export function pipelineFlops(
  settings: Sizes,
  { bases, teachers, authors = 0, students = 0, task = 'numbers' }: Parts,
): number {
  const { length } = tasks[task];
  return (
    bases * baseFlops(settings) +
    teachers.reduce((sum, [count, trait]) => sum + count * teacherFlops(settings, trait), 0) +
    authors * sampleFlops(settings.samples, length) +
    students * studentFlops(settings, length)
  );
}
