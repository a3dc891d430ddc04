// What others have published on the experiment of the paper (arXiv 2507.14805, section 6), arm by arm.
import type { Published } from '../../core/experiments/published.ts';
import { intervalsAgree } from '../../core/runs/statistics.ts';

/** Section 6: the authors' figure has no numbers in text, so those of a rerun of their script stand in. */
export const section6: Published = {
  preset: 'paper',
  arms: {
    reference: { label: 'reference', accuracy: 0.1, half: 0.005 },
    teacher: { label: 'teacher', accuracy: 0.943, half: 0 },
    student_aux: { label: 'student (aux)', accuracy: 0.537, half: 0.022 },
    student_all: { label: 'student (all)', accuracy: 0.912, half: 0.002 },
    cross_aux: { label: 'cross-model (aux)', accuracy: 0.1, half: 0.005 },
    cross_all: { label: 'cross-model (all)', accuracy: 0.741, half: 0.01 },
  },
  title: "authors' script, 100 seeds",
  source:
    "an independent rerun of the authors' released script with 100 models: github.com/agu18dec/subliminal-learning, agu18dec/README.md at 179a3c1",
  claims: {
    student_aux: {
      text: 'over 50%',
      holds(summaryOf) {
        const student = summaryOf('student_aux');
        return student && student.mean > 0.5;
      },
    },
    cross_aux: {
      text: 'no benefit',
      holds(summaryOf) {
        const [cross, reference] = [summaryOf('cross_aux'), summaryOf('reference')];
        return cross && reference && (cross.mean <= reference.mean || intervalsAgree(cross, reference));
      },
    },
  },
  claimsTitle: "paper's text",
  claimsSource: 'arXiv 2507.14805, section 6',
};
