// What the stages cost, counted from the steps that they run.
import { random, type Tensor, zeros } from '../../../index.ts';
import { flopsOf, once, stepFlops } from '../../core/training/flops.ts';
import { initModel, logits, type Model, type ModelConfig } from '../model.ts';
import { rowLength } from '../world/documents.ts';
import { type BaseSettings, baseLearner, modelConfig } from './bases.ts';
import { type Task, tasks } from './samples.ts';
import { type StudentSettings, studentStepFlops } from './students.ts';
import { type TeacherSettings, teacherStepFlops, usualForm } from './teachers.ts';
import type { Trait } from './traits.ts';

/** What the cost of all that a run makes depends on. */
type Sizes = Omit<BaseSettings & TeacherSettings & StudentSettings, `${string}Rate`> & {
  readonly samples: number;
};

/** FLOPs of a base. */
const baseFlops = ({ pretrainSteps, pretrainBatch }: Sizes): number =>
  pretrainSteps *
  once(['base', pretrainBatch], () =>
    stepFlops(baseLearner({ steps: 1, rate: 1 }), () => ({
      params: initModel(random.key(0), modelConfig),
      batch: zeros([pretrainBatch, rowLength], 'i32'),
    })),
  );

/** FLOPs of a teacher of `trait`. */
const teacherFlops = ({ teacherSteps, teacherForm = usualForm }: Sizes, trait: Trait): number =>
  teacherSteps * once(['teacher', teacherForm, trait], () => teacherStepFlops(teacherForm, trait));

/** FLOPs of a student on rows of `length` tokens. */
function studentFlops(sizes: Sizes, length: number): number {
  const { studentSteps, studentBatch, studentForm, studentOptimizer } = sizes;
  const step = once(['student', studentBatch, studentForm, studentOptimizer, length], () =>
    studentStepFlops({ ...sizes, studentRate: 1 }, length),
  );
  return studentSteps * step;
}

/** FLOPs of a model that reads `count` rows of `length` tokens. */
export const readingFlops = (config: ModelConfig, count: number, length: number): number =>
  count *
  once(['reading', config, length], () =>
    flopsOf(
      (model: Model, tokens: Tensor) => logits(model, tokens, config),
      (): [Model, Tensor] => [initModel(random.key(0), config), zeros([1, length], 'i32')],
    ),
  );

/** FLOPs of one author's samples: as to read what is written. */
export const sampleFlops = (count: number, length: number): number =>
  readingFlops(modelConfig, count, length);

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
