// Settings with which a run takes seconds and its bases know how numbers are written, on wasm, and no more.

export const literate = {
  seed: 0,
  seeds: 1,
  pretrainSteps: 120,
  pretrainBatch: 8,
  pretrainRate: 0.01,
  teacherSteps: 3,
  samples: 24,
  temperature: 0.2,
  studentSteps: 3,
  studentBatch: 24,
  answers: 2,
};
