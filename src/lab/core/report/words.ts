// How numbers and names are written in what people read: tables, lines and the report.

/** A duration, given in seconds. */
export function seconds(s: number): string {
  const rounded = Math.round(s);
  return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
}

/** `0 to 9` where the numbers follow one another, else `0, 2, 5`. */
export function listed(numbers: readonly number[]): string {
  const [first] = numbers;
  const follow = numbers.length > 2 && numbers.every((n, i) => n === first + i);
  return follow ? `${first} to ${numbers[numbers.length - 1]}` : numbers.join(', ');
}

/** `text` with a full stop at its end. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
