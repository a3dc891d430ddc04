// What an experiment is: settings, how it runs, and what it shows. Each is one file in its field's folder.
import type { ChartConfiguration } from 'chart.js';
import type { Option } from 'commander';
import type { Metrics } from '../runs/metric.ts';
import type { Json, Result, Row } from '../runs/result.ts';
import type { Running } from '../training/events.ts';
import { type ConfigOf, type Configurable, type Settings, whole } from './config.ts';
import type { Published } from './published.ts';

/** The settings that no experiment is without. */
export const seedSettings = {
  seed: whole(0, 2 ** 31 - 1).describe('seed of the first model'),
  seeds: whole(1, 100_000).describe('how many models, each from a seed of its own, side by side'),
};
export type CommonSettings = typeof seedSettings;
export type CommonConfig = ConfigOf<CommonSettings> & { readonly [name: string]: Json };

/** The seeds that a config asks for. */
export const seedsOf = ({ seed, seeds }: Pick<CommonConfig, 'seed' | 'seeds'>): number[] =>
  Array.from({ length: seeds }, (_, i) => seed + i);

/** The models of one seed, which no other seed's depend on. */
export interface Cell {
  readonly seed: number;
  /** Roughly what they cost. */
  readonly flops: number;
}

/** What a run holds. */
export interface Memory {
  /** Bytes in all, at most at a time. */
  readonly bytes: number;
  /** Bytes of them that a training step needs. */
  readonly step: number;
  /** Elements of the largest array. */
  readonly largest: number;
}

/** The most of each that any of `needs` has: what runs that follow each other hold. */
export const mostOf = (needs: readonly Memory[]): Memory => ({
  bytes: Math.max(...needs.map(({ bytes }) => bytes)),
  step: Math.max(...needs.map(({ step }) => step)),
  largest: Math.max(...needs.map(({ largest }) => largest)),
});

/** Work like that of an experiment, which is timed to tell what a run takes. */
export interface Sample {
  /** Equal for equal work. */
  readonly name: string;
  readonly flops: number;
  /** What a run takes beside such work, as a multiple of it. */
  readonly overhead: number;
  /** Compiles it; each call of what it gives does the work once. */
  prepare(): () => void;
}

/** What experiments of one kind share: what they run on. */
export interface Field<D> {
  /** As a heading has it; fields of one name are one to who reads. */
  readonly name: string;
  /** What its experiments are about, in a sentence. */
  readonly about: string;
  /** Flags that say where that is found. */
  options(): Option[];
  /** What a run of `config` needs, given the flags' values. */
  load(config: CommonConfig, options: Readonly<Record<string, unknown>>): D | Promise<D>;
  /** What a run's first line says of it. */
  describe(config: CommonConfig): string;
  sample(config: CommonConfig): Sample;
}

/** A result of an experiment with the settings `S`. */
export type ResultOf<S extends Settings> = Result<ConfigOf<S>>;

/** Two arms whose values are held against each other, each with that of the same seed and settings. */
export interface Contrast {
  readonly arm: string;
  readonly against: string;
  /** The name of the value. */
  readonly metric: string;
  /** Settings over whose values pairs are laid together, as over seeds. */
  readonly over?: readonly string[];
}

export interface Experiment<S extends Settings & CommonSettings = Settings & CommonSettings, D = unknown>
  extends Configurable<S> {
  /** As the command line and the file names have it. */
  readonly name: string;
  /** What it asks, in one line. */
  readonly question: string;
  /** Who asked, with the paper's number. */
  readonly source: string;
  readonly field: Field<D>;
  /** Roughly what a run costs, in floating-point operations. */
  flops(config: ConfigOf<S>): number;
  /**
   * What of it can run apart, in the order of its seeds; where it does not say, each seed at an equal share of the
   * cost. Empty where the models of one seed are measured against those of others.
   */
  cells?(config: ConfigOf<S>): readonly Cell[];
  /** Programs that it compiles one after the other; where it does not say, two: the teacher's and the students'. */
  programs?(config: ConfigOf<S>): number;
  /** What it holds in memory, where that can be much. */
  memory?(config: ConfigOf<S>): Memory;
  /** What its rows measure, by the name of each value. */
  metrics(config: ConfigOf<S>): Metrics;
  /** What arms are called in tables, where their names do not say it. */
  readonly armLabels?: Readonly<Record<string, string>>;
  /** Which arms are held against which. */
  readonly contrasts?: readonly Contrast[];
  run(config: ConfigOf<S>, data: D): Running<Row[]>;
  /** What the result shows, in a sentence out of its numbers. */
  finding(result: ResultOf<S>): string;
  figure(result: ResultOf<S>): ChartConfiguration;
  /** What others got, where the report and the command hold our numbers against it. */
  readonly published?: Published;
}

/**
 * `result` as its experiment's `finding` and `figure` take it. Its config was checked when it ran. Where settings have
 * changed since, the result is out of date, which the report says, and drawn as far as it can be.
 */
export const resultFor = <S extends Settings & CommonSettings>(
  _: Experiment<S>,
  result: Result,
): ResultOf<S> => result as Result<unknown> as ResultOf<S>;
