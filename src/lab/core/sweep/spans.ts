// Numbers as schedulers write them: `1,3-5`.
import { stretchesOf } from '../report/words.ts';

export const spansOf = (numbers: readonly number[]): string =>
  stretchesOf(numbers)
    .map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
    .join(',');

export const numbersOf = (text: string): number[] =>
  text
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
