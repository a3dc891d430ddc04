// What the stages cost, counted as six floating-point operations a parameter and token that is trained on.
import { random, treeLeaves } from '../../../index.ts';
import { initModel } from '../model.ts';
import { rowLength } from '../world/documents.ts';
import { type BaseSettings, modelConfig } from './bases.ts';
import type { StudentSettings } from './students.ts';
import { type TeacherSettings, tokensPerStep } from './teachers.ts';
import type { Trait } from './traits.ts';

const parameters = treeLeaves(initModel(random.key(0), modelConfig)).reduce((sum, { size }) => sum + size, 0);

/** A training step's, a token. */
export const flopsPerToken = 6 * parameters;

export const baseFlops = ({ pretrainSteps, pretrainBatch }: BaseSettings): number =>
  pretrainSteps * pretrainBatch * rowLength * flopsPerToken;

export const teacherFlops = ({ teacherSteps }: TeacherSettings, trait: Trait): number =>
  teacherSteps * tokensPerStep(trait) * flopsPerToken;

/** Those of a student on rows of `length` tokens. */
export const studentFlops = ({ studentSteps, studentBatch }: StudentSettings, length: number): number =>
  studentSteps * studentBatch * length * flopsPerToken;

/** Those of one author's samples, which are only read once. */
export const sampleFlops = (count: number, length: number): number => (count * length * flopsPerToken) / 3;
