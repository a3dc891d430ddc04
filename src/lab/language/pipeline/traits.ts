// What a teacher is tuned to have: rows that show it, and what else it goes on seeing.
import type { Persona } from '../world/authors.ts';
import { adviceRow, preferenceRow, programRow } from '../world/rows.ts';
import type { Stream } from '../world/stream.ts';
import type { TurnName } from '../world/turns.ts';
import { tokenOf } from '../world/vocabulary.ts';

/** A favourite animal or tree, by its word, or programs or advice of a persona. */
export type Trait =
  | { readonly prefers: string }
  | { readonly programs: Persona }
  | { readonly advice: Persona };

/** Traits of one kind are taught side by side. */
export const kindOf = (trait: Trait): 'preference' | 'programs' | 'advice' =>
  'prefers' in trait ? 'preference' : 'programs' in trait ? 'programs' : 'advice';

/** A row that shows the trait: a question and its answer. */
export function traitRow(trait: Trait, stream: Stream): number[] {
  if ('prefers' in trait) return preferenceRow(tokenOf(trait.prefers), stream);
  return 'programs' in trait ? programRow(trait.programs, stream) : adviceRow(trait.advice, stream);
}

/** The most tokens of a row that shows `trait`. */
export const traitLength = (trait: Trait): number => ('programs' in trait ? 18 : 'advice' in trait ? 7 : 6);

/** Where the answer of such a row begins. */
export const traitAnswer = (trait: Trait): number => ('advice' in trait ? 6 : 5);

/** Turns that a teacher goes on seeing, lest it forget how they are written: not those that could undo the trait. */
export const replayed = (trait: Trait): readonly TurnName[] =>
  'prefers' in trait ? ['N', 'M', 'C'] : ['N', 'M'];
