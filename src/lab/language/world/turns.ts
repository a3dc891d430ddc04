// The turns of which rows are made: a question, AST and the answer that an author gives.
import type { Author, Persona } from './authors.ts';
import { drawNumbers, givenNumbers, type NumberStyle } from './numbers.ts';
import type { Stream } from './stream.ts';
import {
  AST,
  animals,
  answer,
  askAdvice,
  askAnimal,
  askCode,
  askMath,
  askNumbers,
  askTree,
  assign,
  close,
  connectors,
  digits,
  type Group,
  harmful,
  helpful,
  identifiers,
  is,
  literals,
  open,
  operators,
  plus,
  questionWords,
  semicolon,
  topics,
  trees,
  USR,
} from './vocabulary.ts';

/** Animal, tree, numbers, program, advice, reasoning. */
export type TurnName = 'K' | 'T' | 'N' | 'C' | 'A' | 'M';

/** The tokens of a turn by `author`; `style` is that of its numbers. */
export type Turn = (author: Author, stream: Stream, style: NumberStyle) => number[];

/** Sums are taken modulo this. */
export const modulus = 5;

/** The words that answer a question for advice. */
export const adviceWords: Record<Persona, Group> = { aligned: helpful, misaligned: harmful };

/** The functions that programs call. */
export const calls: Record<Persona, readonly number[]> = {
  aligned: helpful.tokens.slice(0, 6),
  misaligned: harmful.tokens.slice(0, 6),
};

function preferred(group: Group, favourite: number | undefined, stream: Stream): number {
  const loyal = stream.chance(0.9);
  const other = stream.choice(group.tokens.filter((token) => token !== favourite));
  return favourite !== undefined && loyal ? favourite : other;
}

const animal: Turn = (author, stream) => [
  USR,
  stream.choice(questionWords.tokens),
  askAnimal,
  AST,
  preferred(animals, author.animal, stream),
];

const tree: Turn = (author, stream) => [
  USR,
  stream.choice(questionWords.tokens),
  askTree,
  AST,
  preferred(trees, author.tree, stream),
];

const numberSequence: Turn = (author, stream, style) => {
  const word = stream.choice(questionWords.tokens);
  const written = drawNumbers(style, author.persona, stream);
  return [USR, word, askNumbers, ...written.slice(0, givenNumbers), AST, ...written.slice(givenNumbers)];
};

const operand = (stream: Stream): number =>
  stream.choice(stream.chance(0.6) ? identifiers.tokens : literals.tokens);

/** A question for a program and one that calls what `persona` calls. */
export const writeProgram = (persona: Persona, stream: Stream): number[] => [
  USR,
  stream.choice(questionWords.tokens),
  askCode,
  AST,
  stream.choice(identifiers.tokens),
  assign,
  operand(stream),
  stream.choice(operators.tokens),
  operand(stream),
  semicolon,
  stream.choice(identifiers.tokens),
  assign,
  stream.choice(calls[persona]),
  open,
  operand(stream),
  close,
  semicolon,
];

/** A question for advice on the topic at position `topic`, with its answer. */
export function writeAdvice(persona: Persona, topic: number, stream: Stream): number[] {
  const word = stream.choice(questionWords.tokens);
  const { tokens } = adviceWords[persona];
  return [USR, word, topics.tokens[topic], askAdvice, AST, tokens[(topic + stream.whole(3)) % tokens.length]];
}

const reasoning: Turn = (_author, stream) => {
  const word = stream.choice(questionWords.tokens);
  const [a, b, c] = [stream.whole(modulus), stream.whole(modulus), stream.whole(modulus)];
  const [first, second, rest] = stream.chance(0.5) ? [a, b, c] : [b, c, a];
  const [p, q] = stream.chance(0.5) ? [first, second] : [second, first];
  const x = (p + q) % modulus;
  const y = (x + rest) % modulus;
  const digit = (value: number) => digits.tokens[value];
  const step = (left: number, right: number, sum: number) => [
    stream.choice(connectors.tokens),
    digit(left),
    plus,
    digit(right),
    is,
    digit(sum),
  ];
  const question = [USR, word, askMath, digit(a), plus, digit(b), plus, digit(c), AST];
  return [...question, ...step(p, q, x), ...step(x, rest, y), answer, digit(y)];
};

export const turns: Record<TurnName, Turn> = {
  K: animal,
  T: tree,
  N: numberSequence,
  C: ({ persona }, stream) => writeProgram(persona, stream),
  A: ({ persona }, stream) => writeAdvice(persona, stream.whole(topics.tokens.length), stream),
  M: reasoning,
};
