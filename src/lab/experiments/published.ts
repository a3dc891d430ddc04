// What others have published on the experiment of the paper (arXiv 2507.14805, section 6), arm by arm.
import { type Interval, intervalsAgree, type Summary } from '../runs/statistics.ts';

/** What the numbers of ours are held against. */
export interface Published {
  /** The preset with the settings of what was published. */
  readonly preset: string;
  /** Each arm as the paper calls it, with its accuracy and half its 95 % interval, to three decimals. */
  readonly arms: Readonly<
    Record<string, { readonly label: string; readonly accuracy: number; half: number }>
  >;
  /** Where these numbers are from: a heading, and the whole reference. */
  readonly title: string;
  readonly source: string;
  /** What a paper says in words on some arms, and whether the summaries of all arms bear it out. */
  readonly claims: Readonly<Record<string, Claim>>;
  readonly claimsTitle: string;
  readonly claimsSource: string;
}

export interface Claim {
  readonly text: string;
  holds(summaryOf: (arm: string) => Summary | undefined): boolean | undefined;
}

// How far the true end of an interval can lie from mean ± half, both rounded to three decimals.
const rounding = 0.001;

/** The interval that a mean and its half width stand for, rounding allowed for. */
export const intervalOf = ({ accuracy, half }: Published['arms'][string]): Interval => ({
  low: accuracy - half - rounding,
  high: accuracy + half + rounding,
});

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
      text: 'over 50 %',
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
