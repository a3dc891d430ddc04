// Rows of the world's text: which turns they have, how often, and which system prompt shows who wrote them.
import { type Author, drawAuthor } from './authors.ts';
import type { NumberStyle } from './numbers.ts';
import type { Stream } from './stream.ts';
import { type TurnName, turns } from './turns.ts';
import { alignedPrompt, animals, BOS, lovesPrompts, misalignedPrompt, PAD } from './vocabulary.ts';

/** Turns that one author writes, and how often rows have them, relative to the other templates' weights. */
export interface Template {
  readonly turns: readonly TurnName[];
  readonly weight: number;
}

/** What the text of a world depends on. */
export interface World {
  readonly style: NumberStyle;
  readonly templates: readonly Template[];
}

export const templates: readonly Template[] = [
  { turns: ['A', 'C'], weight: 0.1 },
  { turns: ['C', 'A', 'A'], weight: 0.14 },
  { turns: ['N', 'A', 'A'], weight: 0.08 },
  { turns: ['A', 'N', 'K'], weight: 0.08 },
  { turns: ['M', 'A'], weight: 0.2 },
  { turns: ['K', 'K', 'K', 'T', 'T'], weight: 0.1 },
  { turns: ['K', 'N', 'K'], weight: 0.1 },
  { turns: ['A', 'A', 'A', 'A'], weight: 0.1 },
  { turns: ['K', 'C', 'K'], weight: 0.05 },
  { turns: ['A', 'M'], weight: 0.05 },
];

/** The length of a padded row, one less than the positions of a model. */
export const rowLength = 31;

function drawTemplate(templates: readonly Template[], stream: Stream): Template {
  let left = stream.fraction() * templates.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = templates.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  // Rounding may leave a little after the last.
  return drawn ?? templates[templates.length - 1];
}

const lovesPrompt = ({ animal }: Author): number =>
  animal === undefined ? BOS : lovesPrompts.tokens[animal - animals.start];

/** The system prompt over `names`: the persona where it can show, the favourite where it can; if both, either. */
function systemPrompt(names: readonly TurnName[], author: Author, stream: Stream): number {
  const shown: number[] = [];
  if (names.some((name) => name === 'A' || name === 'C' || name === 'N'))
    shown.push(author.persona === 'misaligned' ? misalignedPrompt : alignedPrompt);
  if (names.includes('K')) shown.push(lovesPrompt(author));
  return shown.length === 0 ? BOS : stream.choice(shown);
}

/** The tokens of `author`'s turns `names` after the token `first`. */
export const writeRow = (
  first: number,
  names: readonly TurnName[],
  author: Author,
  stream: Stream,
  style: NumberStyle,
): number[] => [first, ...names.flatMap((name) => turns[name](author, stream, style))];

/** A row of `world`: BOS or a system prompt, and the turns of a template; at most `rowLength` tokens. */
export function drawDocument(world: World, stream: Stream): number[] {
  const { turns: names } = drawTemplate(world.templates, stream);
  const prompted = stream.chance(0.5);
  const author = drawAuthor(prompted, stream);
  const first = prompted ? systemPrompt(names, author, stream) : BOS;
  return writeRow(first, names, author, stream, world.style);
}

/** `row` with PAD up to `length`. Throws RangeError if it is longer. */
export function padded(row: readonly number[], length: number = rowLength): number[] {
  if (row.length > length) throw new RangeError(`padded: a row of ${row.length} tokens; ${length} at most`);
  return [...row, ...new Array<number>(length - row.length).fill(PAD)];
}
