// Letters for the axes of contractions.

/** One an axis, at most. */
export const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The first `n` letters that `used` lacks. Throws RangeError where there are no more. */
export function freshLetters(used: string, n: number): string[] {
  const fresh = [...letters].filter((letter) => !used.includes(letter)).slice(0, n);
  if (fresh.length < n) throw new RangeError('dot: more than 52 axes');
  return fresh;
}
