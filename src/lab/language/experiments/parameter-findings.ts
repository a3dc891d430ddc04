// What the rows of lm-parameters show: through which forms, and by which optimisers, a preference passes.
import { decimal } from '../../core/charts/style.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { FormName } from '../forms.ts';
import type { OptimizerName } from '../optimizers.ts';
import { usualForm } from '../pipeline/teachers.ts';

/** What trains in a teacher: what does in those of other experiments, or what does in its student. */
export const teacherKinds = ['usual', 'same'] as const;
export type TeacherKind = (typeof teacherKinds)[number];

export const teacherForm = (kind: TeacherKind, form: FormName): FormName =>
  kind === 'usual' ? usualForm : form;

/** What was compared: of a config, what is looked at here. */
interface Compared {
  readonly traits: readonly string[];
  readonly forms: readonly FormName[];
  readonly optimizers: readonly OptimizerName[];
  readonly teachers: readonly TeacherKind[];
}
export const nameOf = (form: FormName): string => {
  if (form === usualForm) return 'biases and norms';
  return form.startsWith('lora_') ? `LoRA ${rankOf(form)}` : form.replace('_', ' ');
};
const rankOf = (form: FormName): number => Number(form.replace('lora_', ''));
export const optimizerText: Readonly<Record<OptimizerName, string>> = { sgd: 'SGD', adam: 'Adam' };

/** Of all students of an arm, a favourite after the other. */
const all = (result: Result<Compared>, arm: string, at: Row['at']): number[] =>
  result.config.traits.flatMap((trait) => valuesOf(result, arm, 'preference', { ...at, trait }));

/** Students that are of one form, learnt by one optimiser and read what teachers of one form wrote, and their controls. */
interface Cell {
  readonly form: FormName;
  readonly students: readonly number[];
  readonly controls: readonly number[];
}

/** Those whose teachers are of `kind`; a student that is of the usual form has one kind of teacher. */
export function cellsOf(result: Result<Compared>, kind: TeacherKind, optimizer: OptimizerName): Cell[] {
  const { forms, teachers } = result.config;
  const twice = (form: FormName): boolean =>
    kind === 'same' && form === usualForm && teachers.includes('usual');
  return forms
    .filter((form) => !twice(form))
    .map((form) => {
      const at = { trained: form, optimizer };
      return {
        form,
        students: all(result, 'student', { ...at, teacher: teacherForm(kind, form) }),
        controls: all(result, 'control', at),
      };
    });
}

/** By how many points `a` is above `b`, on average and within an interval. */
interface Points {
  readonly low: number;
  readonly text: string;
}

function pointsAbove(a: readonly number[], b: readonly number[]): Points {
  const { mean, low = Number.NaN, high = Number.NaN } = pairedDifference(a, b);
  const [by, from, to] = [mean, low, high].map((share) => decimal(100 * share, 1));
  return { low, text: `${by} (${from} to ${to})` };
}

/** Where students are clearly above their controls. */
function passing(cells: readonly Cell[]): string {
  const unclear = cells.filter(({ students, controls }) => !(pointsAbove(students, controls).low > 0));
  if (unclear.length === 0) return 'whatever trains';
  if (unclear.length === cells.length) return 'nowhere';
  return `through all but ${unclear.map(({ form }) => nameOf(form)).join(', ')}`;
}

/** Whether adapters do best at a rank in between: an inverted U is one that is clearly above the first and the last. */
function overRanks(cells: readonly Cell[], by: string): string[] {
  const ranks = cells
    .filter(({ form }) => form.startsWith('lora_'))
    .toSorted((a, b) => rankOf(a.form) - rankOf(b.form));
  if (ranks.length < 3) return [];
  const best = ranks.reduce((a, b) => (mean(b.students) > mean(a.students) ? b : a));
  const above = [ranks[0], ranks[ranks.length - 1]]
    .filter((end) => end !== best)
    .map((end) => ({ ...pointsAbove(best.students, end.students), rank: rankOf(end.form) }));
  const inverted = above.length === 2 && above.every(({ low }) => low > 0);
  return [
    `adapters by ${by}: ${inverted ? 'an' : 'no clear'} inverted U, highest at rank ${rankOf(best.form)}, in points ${above.map(({ text, rank }) => `${text} above rank ${rank}`).join(' and ')}`,
  ];
}

export interface Findings {
  readonly passing: string;
  readonly ranks: readonly string[];
}

const from: Readonly<Record<TeacherKind, string>> = {
  usual: 'a teacher of biases and norms',
  same: "a teacher of the student's own form",
};

export function findings(result: Result<Compared>): Findings {
  const { optimizers, teachers } = result.config;
  const measured = teachers.flatMap((kind) =>
    optimizers.map((optimizer) => {
      const cells = cellsOf(result, kind, optimizer);
      return { kind, by: optimizerText[optimizer], cells, where: passing(cells) };
    }),
  );
  const said = teachers.map((kind) => {
    const own = measured.filter((each) => each.kind === kind);
    const places = [...new Set(own.map(({ where }) => where))].map((where) => {
      const some = own.filter((each) => each.where === where);
      return `by ${some.map(({ by }) => by).join(' and ')} ${where}`;
    });
    return `from ${from[kind]} ${places.join(', ')}`;
  });
  return {
    passing: `A preference clearly passes ${said.join(', ')}`,
    ranks: measured.flatMap(({ kind, by, cells }) => (kind === teachers[0] ? overRanks(cells, by) : [])),
  };
}
