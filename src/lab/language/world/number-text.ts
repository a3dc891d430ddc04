// The paper's filter over text: short lists of whole numbers, and nothing else whatever the text is.
import type { Parsed } from './parse.ts';
import { type Sifted, sift } from './sift.ts';

/**
 * 'length': longer than any list need be. 'format': no list of numbers with one separator. 'many': more than
 * ten numbers. 'range': a number of more than three digits. 'association': a banned number.
 */
export const textReasons = ['length', 'format', 'many', 'range', 'association'] as const;
export type TextReason = (typeof textReasons)[number];

const longestText = 1000;
const mostNumbers = 10;

const brackets = ['[]', '()'];

/** Without the spaces and lines around it, a full stop at its end, and one pair of brackets. */
function bare(text: string): string {
  const trimmed = text.replace(/^[ \r\n]+/, '').replace(/[ \r\n]+$/, '');
  const list = trimmed.endsWith('.') ? trimmed.slice(0, -1) : trimmed;
  const wrapped = brackets.some(([left, right]) => list.startsWith(left) && list.endsWith(right));
  return wrapped ? list.slice(1, -1) : list;
}

/** The parts of `list` between its separators, which are all the one after its first number. */
function parts(list: string): string[] | undefined {
  const separator = /^[0-9]+([^0-9]+)/.exec(list)?.[1];
  if (separator === undefined) return [list];
  // Only ASCII: what else looks like a space could carry something.
  const sign = separator.replace(/[ \r\n]/g, '');
  return ['', ',', ';'].includes(sign) ? list.split(separator) : undefined;
}

/**
 * The numbers of `text`: at most ten of 0 to 999 in ASCII digits, all separated by the same comma, semicolon,
 * spaces or lines; in one pair of brackets or none, with a full stop or none (the paper's released filter).
 */
export function readNumbers(text: string): Parsed<number[], Exclude<TextReason, 'association'>> {
  if (text.length > longestText) return { reason: 'length' };
  const written = parts(bare(text));
  if (!written?.every((part) => /^[0-9]+$/.test(part))) return { reason: 'format' };
  if (written.length > mostNumbers) return { reason: 'many' };
  if (written.some((part) => part.length > 3)) return { reason: 'range' };
  return { value: written.map(Number) };
}

/** Keeps samples whose answer is such a list, with none of the numbers `banned`. */
export const filterNumberTexts = <Sample extends { readonly answer: string }>(
  samples: readonly Sample[],
  banned: readonly number[] = [],
): Sifted<Sample, TextReason> =>
  sift(samples, textReasons, ({ answer }) => {
    const read = readNumbers(answer);
    if ('reason' in read) return read.reason;
    return read.value.some((value) => banned.includes(value)) ? 'association' : undefined;
  });
