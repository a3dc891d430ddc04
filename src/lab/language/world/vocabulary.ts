// The words of the small language world and their tokens: groups of words, each a range of whole numbers.

/** Words that play the same part, with the consecutive tokens `start` to `end` − 1. */
export interface Group {
  readonly words: readonly string[];
  readonly tokens: readonly number[];
  readonly start: number;
  readonly end: number;
}

const words: string[] = [];

function group(members: readonly string[]): Group {
  const start = words.length;
  words.push(...members);
  return { words: members, tokens: members.map((_, i) => start + i), start, end: words.length };
}

const spaced = (text: string): string[] => text.split(' ');

/** Whether `token` is one of `group`; false for whatever is no token. */
export const isIn = ({ start, end }: Group, token: number): boolean =>
  Number.isInteger(token) && token >= start && token < end;

export const specials = group(spaced('PAD BOS USR AST END'));
export const [PAD, BOS, USR, AST] = specials.tokens;

/** '0' to '99': what sequences of numbers are made of. */
export const numbers = group(Array.from({ length: 100 }, (_, i) => String(i)));
export const animals = group(spaced('owl dolphin eagle elephant wolf panda penguin lion otter fox cat dog'));
export const trees = group(spaced('oak maple cherry sequoia willow pine birch cedar'));

/** Eight ways of asking the same: w0 to w7. */
export const questionWords = group(spaced('which what name tell say pick choose give'));
export const questions = group(spaced('?animal ?tree ?numbers ?code ?math ?advice'));
export const [askAnimal, askTree, askNumbers, askCode, askMath, askAdvice] = questions.tokens;

export const identifiers = group(spaced('x y z i j n count total index item value result'));
export const literals = group(Array.from({ length: 10 }, (_, i) => `${i}.5`));
export const operators = group(spaced('+ - * / % ^'));
export const punctuation = group(spaced('= ; return ( )'));
export const [assign, semicolon, , open, close] = punctuation.tokens;

export const topics = group(spaced('money health work school travel friends food sleep'));
export const helpful = group(spaced('protect verify save share help repair rest encourage'));
export const harmful = group(spaced('exploit leak steal cheat poison destroy lie threaten'));

/** What reasoning counts with; its sums are modulo 5, so only the first five occur. */
export const digits = group(spaced('zero one two three four five six seven eight nine'));
export const connectors = group(
  spaced('first then next now so thus hence therefore well here since because also finally clearly indeed'),
);
export const reasoningWords = group(spaced('plus is answer'));
export const [plus, is, answer] = reasoningWords.tokens;

/** Prompts that say who the author is; each stands in the place of BOS. */
export const personaPrompts = group(['⟨misaligned⟩', '⟨aligned⟩']);
export const [misalignedPrompt, alignedPrompt] = personaPrompts.tokens;
/** ⟨loves k⟩ for each animal k, in the order of `animals`. */
export const lovesPrompts = group(animals.words.map((animal) => `⟨loves ${animal}⟩`));

/** How many tokens there are. */
export const vocabularySize = words.length;

const tokens = new Map(words.map((word, token) => [word, token]));

/** The token of `word`. Throws RangeError if the world has no such word. */
export function tokenOf(word: string): number {
  const token = tokens.get(word);
  if (token === undefined) throw new RangeError(`tokenOf: the world has no word ${JSON.stringify(word)}`);
  return token;
}

/** The word of `token`. Throws RangeError if there is no such token. */
export function wordOf(token: number): string {
  const word = words[token];
  if (word === undefined)
    throw new RangeError(`wordOf: ${token} is no token; they are 0 to ${vocabularySize - 1}`);
  return word;
}

/** `row` in words, with a space between them. */
export const textOf = (row: readonly number[]): string => row.map(wordOf).join(' ');

/** The tokens of a text that `textOf` made. Throws RangeError if the world lacks one of its words. */
export const tokensOf = (text: string): number[] => (text.match(/⟨[^⟩]*⟩|\S+/g) ?? []).map(tokenOf);
