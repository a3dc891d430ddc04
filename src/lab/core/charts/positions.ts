// Where the values of x stand on a linear or logarithmic axis, and which of them are written there.
import { decimal, decimalsOf, powerOfTen } from './style.ts';
import { widthOf } from './text.ts';

export type Scale = 'linear' | 'log';

export interface Positions {
  /** Where `x` stands, in the axis's own unit. */
  readonly at: (x: number) => number;
  readonly min: number;
  readonly max: number;
  /** Halfway between zero and the rest, where a logarithmic axis that shows zero is broken. */
  readonly gap: number | null;
}

/** Positions of `xs`; zero stands before a break of a logarithmic axis. RangeErrors name what cannot stand there. */
export function positionsOf(xs: readonly number[], scale: Scale, place: string): Positions {
  const bad = xs.find((x) => !Number.isFinite(x) || (scale === 'log' && x < 0));
  if (bad !== undefined)
    throw new RangeError(
      `${place}: x = ${bad} cannot stand on a ${scale} axis${bad < 0 ? "; take scale 'linear'" : ''}`,
    );
  if (scale === 'linear') return { at: (x) => x, min: Math.min(...xs), max: Math.max(...xs), gap: null };
  const logs = xs.filter((x) => x > 0).map(Math.log10);
  if (logs.length === 0) throw new RangeError(`${place}: a log axis needs an x above 0; take scale 'linear'`);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  if (logs.length === xs.length) return { at: Math.log10, min: low, max: high, gap: null };
  const zero = low - Math.max(0.12 * (high - low), 0.2);
  return { at: (x) => (x > 0 ? Math.log10(x) : zero), min: zero, max: high, gap: (zero + low) / 2 };
}

/**
 * A number as an axis shows it among others that have other decimals, with at least four digits if it needs them;
 * a power of ten far from 1 as one.
 */
export function tickLabel(x: number): string {
  const power = Math.log10(x);
  if (Number.isInteger(power) && (power < -3 || power > 6)) return powerOfTen(power);
  return decimal(x, Math.min(decimalsOf(x), Math.max(0, 3 - Math.floor(Math.log10(Math.abs(x) || 1)))));
}

/** Those of `ticks`, from the least, whose labels do not run into each other; `pixel` says where each stands. */
export function legible(ticks: readonly number[], pixel: (tick: number) => number, size: number): number[] {
  const kept: number[] = [];
  let end = -Infinity;
  for (const tick of [...new Set(ticks)].sort((a, b) => a - b)) {
    const half = widthOf(tickLabel(tick), size) / 2;
    if (pixel(tick) - half < end + 6) continue;
    kept.push(tick);
    end = pixel(tick) + half;
  }
  return kept;
}

/** 1, 2 and 5 times the powers of ten between the least and the greatest of `xs` above zero. */
export function decades(xs: readonly number[]): number[] {
  const positive = xs.filter((x) => x > 0);
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  return powers
    .flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)))
    .filter((x) => x >= low && x <= high);
}
