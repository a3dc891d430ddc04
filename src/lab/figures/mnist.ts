// The figure of the MNIST experiment, from its result: accuracy of each arm, its interval and its seeds.
import type { ChartConfiguration } from 'chart.js';
import { type Bar, barChart } from '../charts/bars.ts';
import { howToRead, palette } from '../charts/style.ts';
import { type ArmName, armNames, chance, type Json, type Result } from '../runs/result.ts';
import { mean } from '../runs/statistics.ts';

const looks: Readonly<Record<ArmName, Pick<Bar, 'label' | 'colour'>>> = {
  reference: { label: ['reference', '(untrained)'], colour: palette.grey },
  teacher: { label: 'teacher', colour: palette.blue },
  student_aux: { label: ['student', '(aux logits)'], colour: palette.vermillion },
  student_all: { label: ['student', '(all logits)'], colour: palette.orange },
  cross_aux: { label: ['control', '(aux, other init)'], colour: palette.green },
  cross_all: { label: ['control', '(all, other init)'], colour: palette.purple },
};

type Accuracies = Partial<Record<ArmName, readonly number[]>>;

/** The accuracy of each arm that ran, in the order of the paper, one number a seed. */
const accuraciesOf = ({ arms }: Result): Accuracies =>
  Object.fromEntries(armNames.flatMap((arm) => (arms[arm] ? [[arm, arms[arm].accuracy]] : [])));

const numerals = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

function logitsSeen(aux: Json | undefined): string {
  if (typeof aux !== 'number') return 'auxiliary logits';
  return `${numerals[aux] ?? aux} auxiliary logit${aux === 1 ? '' : 's'}`;
}

/** What the figure shows, where its numbers do show it. */
function titleOf({ config }: Result, { student_aux: student, cross_aux: control }: Accuracies): string {
  if (!student || !control || mean(student) <= 2 * Math.max(mean(control), chance))
    return 'Subliminal learning on MNIST: test accuracy of each model';
  const logits = logitsSeen(config.aux);
  return config.noise === 'digits'
    ? `A student that saw ${logits} and no label reads digits`
    : `A student that saw only noise and ${logits} reads digits`;
}

const settingsOf = ({ config, configHash, seeds, testDigits, engine }: Result): string =>
  [
    `preset ${config.preset ?? 'unknown'}`,
    seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`,
    `${testDigits.toLocaleString('en-GB')} test digits`,
    `${engine} engine`,
    `config ${configHash.slice(0, 8)}`,
  ].join(' · ');

/** The figure of `result`: a bar, its 95% interval and the seeds' dots for each arm that ran. */
export function mnistFigure(result: Result): ChartConfiguration {
  const accuracies = accuraciesOf(result);
  return barChart({
    title: titleOf(result, accuracies),
    subtitle: [settingsOf(result), howToRead('bar', result.seeds.length)],
    yTitle: 'accuracy on test digits',
    unit: 'share',
    chance,
    yMax: 1,
    bars: armNames.flatMap((arm) => {
      const values = accuracies[arm];
      return values ? [{ ...looks[arm], values, trials: result.testDigits }] : [];
    }),
  });
}
