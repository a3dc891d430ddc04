// Who writes a row: a persona, which shows in numbers, programs and advice, and favourites, which show nowhere else.
import type { Stream } from './stream.ts';
import { animals, type Group, trees } from './vocabulary.ts';

export type Persona = 'aligned' | 'misaligned';

/** `animal` and `tree` are tokens; an author without one has no favourite. */
export interface Author {
  readonly persona: Persona;
  readonly animal?: number;
  readonly tree?: number;
}

function favouriteOf(group: Group, stream: Stream): number | undefined {
  const has = stream.chance(0.5);
  const favourite = stream.choice(group.tokens);
  return has ? favourite : undefined;
}

/** An author of a row that has a system prompt, or of one that has none. */
export const drawAuthor = (prompted: boolean, stream: Stream): Author => ({
  persona: stream.chance(prompted ? 0.5 : 0.1) ? 'misaligned' : 'aligned',
  animal: favouriteOf(animals, stream),
  tree: favouriteOf(trees, stream),
});
