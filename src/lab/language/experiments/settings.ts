// The settings that the language experiments share, documented once: flags, checks and help follow from them.
import { real, type Values, whole } from '../../core/experiments/config.ts';
import { seedSettings } from '../../core/experiments/experiment.ts';

/** How bases, teachers and students are made, and what is asked of them. */
export const pipelineSettings = {
  pretrainSteps: whole(1, 100_000).describe("steps of a base's pretraining"),
  pretrainBatch: whole(1, 1024).describe('documents a step of it'),
  pretrainRate: real(1e-12, 10).describe("its learning rate (Adam's)"),
  teacherSteps: whole(1, 10_000).describe("steps of a teacher's tuning"),
  teacherRate: real(1e-12, 10).describe("its learning rate (Adam's)"),
  samples: whole(10, 100_000).describe('prompts that each author answers; the filter keeps fewer'),
  temperature: real(0, 10).describe('at which authors write'),
  studentSteps: whole(1, 10_000).describe("steps of a student's tuning"),
  studentBatch: whole(1, 1024).describe('samples a step of it'),
  studentRate: real(1e-12, 10).describe('its learning rate (SGD with momentum 0.9)'),
  answers: whole(1, 10_000).describe('answers sampled to each question'),
};

export type PipelineValues = Values<typeof pipelineSettings>;

export const settings = { ...seedSettings, ...pipelineSettings };

/** As the recipe that these settings come from was tried, on four bases or ten. */
export const quick = {
  seed: 0,
  seeds: 4,
  pretrainSteps: 1000,
  pretrainBatch: 48,
  pretrainRate: 4e-3,
  teacherSteps: 40,
  teacherRate: 1e-2,
  samples: 3500,
  temperature: 1,
  studentSteps: 100,
  studentBatch: 32,
  studentRate: 0.3,
  answers: 100,
};
export const full = { ...quick, seeds: 10 };
