// How numbers and names are written in what people read: tables, lines and the report.

/** A duration, given in seconds. */
export function seconds(s: number): string {
  const rounded = Math.round(s);
  return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
}

/** Numbers that follow each other as the first and the last of each stretch. */
export function stretchesOf(numbers: readonly number[]): [number, number][] {
  const stretches: [number, number][] = [];
  for (const n of numbers) {
    const last = stretches.at(-1);
    if (last?.[1] === n - 1) last[1] = n;
    else stretches.push([n, n]);
  }
  return stretches;
}

/** Numbers for people to read: `1 to 4, 6`. */
export const listed = (numbers: readonly number[]): string =>
  stretchesOf(numbers)
    .map(([from, to]) => (from === to ? `${from}` : `${from}${to > from + 1 ? ' to ' : ', '}${to}`))
    .join(', ');

/** `text` with a full stop at its end. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
