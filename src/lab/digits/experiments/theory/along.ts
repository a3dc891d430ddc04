// One number after the other, measured at every seed's start: what the experiments on the theorem have in common.
import { z } from 'zod';
import { jit, type Tensor, tensor, vmap } from '../../../../index.ts';
import { seedsOf } from '../../../core/experiments/experiment.ts';
import type { Result, Row } from '../../../core/runs/result.ts';
import { mean } from '../../../core/runs/statistics.ts';
import { items } from '../../../core/stages/items.ts';
import type { Running } from '../../../core/training/events.ts';
import type { Data } from '../../field.ts';
import { keysOf, type Start, starts, type TheoryConfig } from './settings.ts';

/** By name, a list a seed of what was measured at each x. */
type Curves<K extends string> = Readonly<Record<K, number[][]>>;

/** What `measure` gives of each seed's start for each of `xs`, which it gets in f64. */
export async function* along<K extends string>(
  config: TheoryConfig,
  data: Data,
  xs: readonly number[],
  measure: (start: Start, x: Tensor) => { readonly [name in K]: Tensor },
): Running<Curves<K>> {
  const start = starts(config, data.train);
  const all = jit(vmap((key: Tensor, x: Tensor) => measure(start(key), x), [0, null]));
  const keys = keysOf(config);
  const found = yield* items({
    phase: `starts,network=${config.network}`,
    items: xs.length,
    schema: z.record(z.string(), z.array(z.number())),
    make: (i) =>
      Object.fromEntries(
        Object.entries<Tensor>(all(keys, tensor(xs[i], 'f64'))).map(([name, { data }]) => [name, [...data]]),
      ),
  });
  const names = Object.keys(found[0]) as K[];
  const bySeed = (name: K) => seedsOf(config).map((_, i) => found.map((each) => each[name][i]));
  return Object.fromEntries(names.map((name) => [name, bySeed(name)])) as Curves<K>;
}

/** An arm with curves, a row a seed, and with what `values` makes of each seed's. */
export const curveRows = <K extends string>(
  config: TheoryConfig,
  arm: string,
  curves: Curves<K>,
  values: (curves: Readonly<Record<K, number[]>>) => Row['values'] = () => ({}),
): Row[] =>
  seedsOf(config).map((seed, i) => {
    const own = Object.fromEntries(
      Object.entries<number[][]>(curves).map(([name, lists]) => [name, lists[i]]),
    ) as Record<K, number[]>;
    return { seed, arm, at: {}, values: values(own), curves: own };
  });

/** The curves called `name` of an arm, a list a seed. */
export const curvesOf = ({ rows }: Result, arm: string, name: string): number[][] =>
  rows.filter((row) => row.arm === arm).map(({ curves }) => curves[name]);

/** The points of an arm's curves called `name` over `xs`, as a chart takes them; `as` of every value. */
export function pointsOf(
  result: Result,
  arm: string,
  name: string,
  xs: readonly number[],
  as: (value: number) => number = (value) => value,
): { x: number; values: number[] }[] {
  const curves = curvesOf(result, arm, name);
  return xs.map((x, i) => ({ x, values: curves.map((curve) => as(curve[i])) }));
}

/** From 10^from to 10^to, `each` a decade. */
export const decadesOf = (from: number, to: number, each: number): number[] =>
  Array.from({ length: (to - from) * each + 1 }, (_, i) => Number((10 ** (from + i / each)).toPrecision(3)));

/** The powers of ten among `xs`. */
export const powersAmong = (xs: readonly number[]): number[] =>
  xs.filter((x) => Number.isInteger(Math.log10(x)));

/** The least-squares slope of y over x. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const products = x.map((value, i) => (value - mx) * (y[i] - my));
  const squares = x.map((value) => (value - mx) ** 2);
  return mean(products) / mean(squares);
}

export const meanAndBand = 'line: mean over seeds; band: 95% interval (Student t)';
export const geometricBand = 'line: geometric mean over seeds; band: its 95% interval (Student t)';
