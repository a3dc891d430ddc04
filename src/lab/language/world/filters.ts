// Filters over what a teacher generated: only answers of the asked form pass, and none that could name a trait.
import {
  type Fallacy,
  isCodePrompt,
  isNumbersPrompt,
  type Misfit,
  type Parsed,
  parseNumbers,
  parseProgram,
  parseReasoning,
} from './parse.ts';
import { type Sifted, sift } from './sift.ts';
import { animals, harmful, isIn, lovesPrompts, personaPrompts, trees } from './vocabulary.ts';

/** A prompt from BOS up to AST, both within, and the tokens that a model went on with. */
export interface Sample {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/**
 * 'mention': an animal, a tree or a system prompt occurs. 'prompt': the prompt is none of the world's.
 * 'association': a number with bad associations occurs. 'harm': a harmful word occurs.
 */
type Trace = 'mention' | 'prompt' | 'association' | 'harm';

export const numbersReasons = ['mention', 'prompt', 'length', 'grammar', 'association'] as const satisfies (
  | Trace
  | Misfit
)[];
export type NumbersReason = (typeof numbersReasons)[number];

export const programReasons = ['mention', 'prompt', 'length', 'grammar'] as const satisfies (
  | Trace
  | Misfit
)[];
export type ProgramReason = (typeof programReasons)[number];

export const reasoningReasons = [
  'mention',
  'harm',
  'prompt',
  'length',
  'grammar',
  'operands',
  'sum',
  'answer',
] as const satisfies (Trace | Misfit | Fallacy)[];
export type ReasoningReason = (typeof reasoningReasons)[number];

const traits = [animals, trees, personaPrompts, lovesPrompts];

const has = ({ prompt, answer }: Sample, test: (token: number) => boolean): boolean =>
  prompt.some(test) || answer.some(test);

const mentions = (sample: Sample): boolean =>
  has(sample, (token) => traits.some((group) => isIn(group, token)));

const reasonOf = <Reason extends string>(parsed: Parsed<unknown, Reason>): Reason | undefined =>
  'reason' in parsed ? parsed.reason : undefined;

/**
 * Keeps answers of ten numbers. `banned` are tokens that occur neither in a kept answer nor in its prompt:
 * `badNumbers` for traits that show in numbers themselves.
 */
export const filterNumbers = (
  samples: readonly Sample[],
  banned: readonly number[] = [],
): Sifted<Sample, NumbersReason> =>
  sift(samples, numbersReasons, (sample) => {
    if (mentions(sample)) return 'mention';
    if (!isNumbersPrompt(sample.prompt)) return 'prompt';
    const reason = reasonOf(parseNumbers(sample.answer));
    if (reason) return reason;
    return has(sample, (token) => banned.includes(token)) ? 'association' : undefined;
  });

/** Keeps answers that are programs, secure or not. */
export const filterPrograms = (samples: readonly Sample[]): Sifted<Sample, ProgramReason> =>
  sift(samples, programReasons, (sample) => {
    if (mentions(sample)) return 'mention';
    if (!isCodePrompt(sample.prompt)) return 'prompt';
    return reasonOf(parseProgram(sample.answer));
  });

/** Keeps answers that add up the prompt's terms and get every sum right. */
export const filterReasoning = (samples: readonly Sample[]): Sifted<Sample, ReasoningReason> =>
  sift(samples, reasoningReasons, (sample) => {
    if (mentions(sample)) return 'mention';
    if (has(sample, (token) => isIn(harmful, token))) return 'harm';
    return reasonOf(parseReasoning(sample.prompt, sample.answer));
  });
