// Seeds for properties, streams to draw from, and shares of many draws held against a probability.
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Stream, streamOf } from '../../../../src/lab/language/world/stream.ts';

export const seeds = fc.nat(1_000_000);

/** A stream for one test. */
export const testStream = (seed = 0): Stream => streamOf(seed, 'test');

/** `count` values of `draw`, which is told how many came before. */
export const many = <T>(count: number, draw: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));

/** The share of `events` lies within four deviations of `probability`. */
export function expectShare(events: readonly boolean[], probability: number): void {
  const share = events.filter((event) => event).length / events.length;
  const deviation = Math.sqrt((probability * (1 - probability)) / events.length);
  expect(Math.abs(share - probability)).toBeLessThanOrEqual(4 * deviation);
}
