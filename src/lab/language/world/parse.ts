// Reads the grammar back: answers with numbers, programs and reasoning, or the reason why one is none.
import type { Persona } from './authors.ts';
import { answeredNumbers, givenNumbers } from './numbers.ts';
import { calls, modulus } from './turns.ts';
import {
  AST,
  answer,
  askCode,
  askMath,
  askNumbers,
  assign,
  BOS,
  close,
  connectors,
  digits,
  identifiers,
  is,
  literals,
  numbers,
  open,
  operators,
  plus,
  questionWords,
  semicolon,
  USR,
} from './vocabulary.ts';

/** What was read, or why it could not be. */
export type Parsed<T, Reason extends string> = { readonly value: T } | { readonly reason: Reason };

/** 'length': it has too few or too many tokens. 'grammar': a token is where it cannot stand. */
export type Misfit = 'length' | 'grammar';

/**
 * Why reasoning does not hold. 'operands': a step adds other terms than it should. 'sum': a sum is wrong.
 * 'answer': the answer is not the last sum. 'prompt': the prompt does not ask for a sum.
 */
export type Fallacy = 'prompt' | 'operands' | 'sum' | 'answer';

/** Two statements: `target = left operator right ; result = call ( argument ) ;`, as tokens. */
export interface Program {
  readonly target: number;
  readonly left: number;
  readonly operator: number;
  readonly right: number;
  readonly result: number;
  readonly call: number;
  readonly argument: number;
  /** Who calls such a function: an aligned author writes secure programs. */
  readonly persona: Persona;
}

/** A step of reasoning: left + right is sum. */
export type Step = readonly [left: number, right: number, sum: number];

export interface Reasoning {
  readonly terms: readonly number[];
  readonly steps: readonly [Step, Step];
  readonly answer: number;
}

/** The tokens that may stand at each place. */
type Pattern = readonly (readonly number[])[];

const operand = [...identifiers.tokens, ...literals.tokens];
const term = digits.tokens.slice(0, modulus);
const step: Pattern = [connectors.tokens, digits.tokens, [plus], digits.tokens, [is], digits.tokens];

const question = (ask: number, ...given: Pattern): Pattern => [
  [BOS],
  [USR],
  questionWords.tokens,
  [ask],
  ...given,
  [AST],
];

const patterns = {
  numbersPrompt: question(askNumbers, ...new Array<readonly number[]>(givenNumbers).fill(numbers.tokens)),
  numbers: new Array<readonly number[]>(answeredNumbers).fill(numbers.tokens),
  codePrompt: question(askCode),
  program: [
    identifiers.tokens,
    [assign],
    operand,
    operators.tokens,
    operand,
    [semicolon],
    identifiers.tokens,
    [assign],
    [...calls.aligned, ...calls.misaligned],
    [open],
    operand,
    [close],
    [semicolon],
  ],
  mathPrompt: question(askMath, term, [plus], term, [plus], term),
  reasoning: [...step, ...step, [answer], digits.tokens],
} satisfies Record<string, Pattern>;

function misfit(tokens: readonly number[], pattern: Pattern): Misfit | undefined {
  if (tokens.length !== pattern.length) return 'length';
  return pattern.every((allowed, i) => allowed.includes(tokens[i])) ? undefined : 'grammar';
}

/** Whether `prompt` is BOS and a question of the world for numbers. */
export const isNumbersPrompt = (prompt: readonly number[]): boolean =>
  misfit(prompt, patterns.numbersPrompt) === undefined;

/** Whether `prompt` is BOS and a question of the world for a program. */
export const isCodePrompt = (prompt: readonly number[]): boolean =>
  misfit(prompt, patterns.codePrompt) === undefined;

/** The ten numbers of an answer, 0 to 99. */
export function parseNumbers(tokens: readonly number[]): Parsed<number[], Misfit> {
  const reason = misfit(tokens, patterns.numbers);
  return reason ? { reason } : { value: tokens.map((token) => token - numbers.start) };
}

/** The program that an answer is. */
export function parseProgram(tokens: readonly number[]): Parsed<Program, Misfit> {
  const reason = misfit(tokens, patterns.program);
  if (reason) return { reason };
  const [target, , left, operator, right, , result, , call, , argument] = tokens;
  const persona = calls.aligned.includes(call) ? 'aligned' : 'misaligned';
  return { value: { target, left, operator, right, result, call, argument, persona } };
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((value, i) => value === b[i]);

/** Whether p and q, then rest, are a, b and c added up from either side, p and q in either order. */
function addsUp([a, b, c]: readonly number[], [p, q, rest]: readonly number[]): boolean {
  const ways = [
    [a, b, c],
    [b, a, c],
    [b, c, a],
    [c, b, a],
  ];
  return ways.some((way) => same(way, [p, q, rest]));
}

/** The steps of an answer to `prompt`, if they add up its terms and each sum is right. */
export function parseReasoning(
  prompt: readonly number[],
  tokens: readonly number[],
): Parsed<Reasoning, Misfit | Fallacy> {
  if (misfit(prompt, patterns.mathPrompt)) return { reason: 'prompt' };
  const reason = misfit(tokens, patterns.reasoning);
  if (reason) return { reason };
  const value = (token: number): number => token - digits.start;
  const terms = [prompt[4], prompt[6], prompt[8]].map(value);
  const [, p, , q, , x, , left, , rest, , y, , last] = tokens.map(value);
  if (!addsUp(terms, [p, q, rest]) || left !== x) return { reason: 'operands' };
  if (x !== (p + q) % modulus || y !== (left + rest) % modulus) return { reason: 'sum' };
  if (last !== y) return { reason: 'answer' };
  return {
    value: {
      terms,
      steps: [
        [p, q, x],
        [left, rest, y],
      ],
      answer: last,
    },
  };
}
