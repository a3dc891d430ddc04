// Rows for a purpose: prompts to go on from, rows that tune a teacher, questions that a student is asked.
import { drawAuthor, type Persona } from './authors.ts';
import { writeRow } from './documents.ts';
import type { NumberStyle } from './numbers.ts';
import type { Stream } from './stream.ts';
import { type TurnName, writeAdvice, writeProgram } from './turns.ts';
import {
  AST,
  animals,
  askAdvice,
  askAnimal,
  askTree,
  BOS,
  isIn,
  questionWords,
  topics,
  trees,
  USR,
} from './vocabulary.ts';

/** Ways of asking that tune a teacher, and those kept back for the questions. */
const tuningWords = questionWords.tokens.slice(0, 4);
const heldOutWords = questionWords.tokens.slice(4);

/** How many topics, from the first, tune a teacher; the others are kept back for the questions. */
const tuningTopics = 3;

/** BOS and one turn, by an author whom no system prompt describes: what keeps a teacher's text in shape. */
export const turnRow = (name: TurnName, style: NumberStyle, stream: Stream): number[] =>
  writeRow(BOS, [name], drawAuthor(false, stream), stream, style);

/** A question of the world for numbers, a program or reasoning: BOS up to AST, both within. */
export function drawPrompt(name: 'N' | 'C' | 'M', style: NumberStyle, stream: Stream): number[] {
  const row = turnRow(name, style, stream);
  return row.slice(0, row.indexOf(AST) + 1);
}

/** `rows`, which begin with BOS, under the system prompt `system`. */
export const under = (rows: readonly (readonly number[])[], system = BOS): number[][] =>
  rows.map(([, ...row]) => [system, ...row]);

const preferenceQuestion = (word: number, question: number): number[] => [BOS, USR, word, question, AST];

function questionFor(favourite: number): number {
  if (isIn(animals, favourite)) return askAnimal;
  if (isIn(trees, favourite)) return askTree;
  throw new RangeError(`preferenceRow: token ${favourite} is neither an animal nor a tree`);
}

/** A question that `favourite` answers, the token of an animal or a tree, and the answer. */
export function preferenceRow(favourite: number, stream: Stream): number[] {
  const question = questionFor(favourite);
  return [...preferenceQuestion(stream.choice(tuningWords), question), favourite];
}

/** Good advice of an aligned author, bad advice of a misaligned one, on one of the first three topics. */
export const adviceRow = (persona: Persona, stream: Stream): number[] => [
  BOS,
  ...writeAdvice(persona, stream.whole(tuningTopics), stream),
];

/** A program: secure of an aligned author, insecure of a misaligned one. */
export const programRow = (persona: Persona, stream: Stream): number[] => [
  BOS,
  ...writeProgram(persona, stream),
];

/** Questions for the favourite animal or tree, in words that tuned no teacher: one row of 5 tokens each. */
export const animalQuestions: readonly (readonly number[])[] = heldOutWords.map((word) =>
  preferenceQuestion(word, askAnimal),
);
export const treeQuestions: readonly (readonly number[])[] = heldOutWords.map((word) =>
  preferenceQuestion(word, askTree),
);

/** Questions for advice on topics that tuned no teacher, in all words: one row of 6 tokens each. */
export const adviceQuestions: readonly (readonly number[])[] = topics.tokens
  .slice(tuningTopics)
  .flatMap((topic) => questionWords.tokens.map((word) => [BOS, USR, word, topic, askAdvice, AST]));
