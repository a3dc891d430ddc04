// Settings with which the language experiments take seconds: their bases know no more than how numbers are written.

export const tiny = {
  seed: 0,
  seeds: 1,
  pretrainSteps: 120,
  pretrainBatch: 16,
  pretrainRate: 0.01,
  teacherSteps: 3,
  samples: 24,
  temperature: 0.2,
  studentSteps: 3,
  studentBatch: 24,
  answers: 2,
};
