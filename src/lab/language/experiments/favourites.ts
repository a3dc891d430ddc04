// What is measured of a favourite, and how students of some favourites are raised on their own beside the others'.
import type { Models } from '../../core/charts/style.ts';
import type { Metric, Metrics } from '../../core/runs/metric.ts';
import type { Result } from '../../core/runs/result.ts';
import { type Answers, massOf } from '../pipeline/answers.ts';
import { type Group, tokenOf } from '../world/vocabulary.ts';

/** The probability of one of `group`. */
export const preferenceMetric = ({ words }: Group): Metric => ({
  unit: 'share',
  better: 'higher',
  chance: 1 / words.length,
});

/** Those of `favouriteValues`, where each of `questions` was answered `answers` times. */
export const favouriteMetrics = (group: Group, questions: readonly unknown[], answers: number): Metrics => ({
  preference: preferenceMetric(group),
  sampled: { ...preferenceMetric(group), trials: answers * questions.length, of: 'sampled answers' },
  mass: { unit: 'share' },
});

/** How probable `favourite` is as an answer, how often it came, and how probable all of `group` are together. */
export const favouriteValues = (group: Group, favourite: string, { probabilities, shares }: Answers) => ({
  preference: probabilities[tokenOf(favourite)],
  sampled: shares[tokenOf(favourite)],
  mass: massOf(probabilities, group.tokens),
});

/** What the values of an arm are, where it has one of each base and favourite. */
export const favouritesOf = ({
  seeds,
  config,
}: Pick<Result<{ readonly traits: readonly string[] }>, 'seeds' | 'config'>): Models => ({
  count: seeds.length * config.traits.length,
  one: 'base and favourite',
  many: 'bases and favourites',
});
