// What an experiment is: settings, how it runs, and what it shows. Each is one file beside this one.
import type { ChartConfiguration } from 'chart.js';
import type { Result, Row } from '../runs/result.ts';
import type { ConfigOf, Configurable, Settings } from './config.ts';
import type { Memory } from './distillation/cost.ts';
import type { Data, Running } from './distillation/teach.ts';
import type { Published } from './published.ts';
import type { CommonSettings } from './settings.ts';

export interface Experiment<S extends Settings & CommonSettings = Settings & CommonSettings>
  extends Configurable<S> {
  /** As the command line and the file names have it. */
  readonly name: string;
  /** What it asks, in one line. */
  readonly question: string;
  /** Who asked, with the paper's number. */
  readonly source: string;
  /** Roughly what a run costs, in floating-point operations. */
  flops(config: ConfigOf<S>): number;
  /** Programs that it compiles one after the other; where it does not say, two: the teacher's and the students'. */
  programs?(config: ConfigOf<S>): number;
  /** What it holds in memory, where that can be much. */
  memory?(config: ConfigOf<S>): Memory;
  /** Whether it computes with small networks in f64, as those of the theorem. */
  readonly small?: true;
  run(config: ConfigOf<S>, data: Data): Running<Row[]>;
  /** What the result shows, in a sentence out of its numbers. */
  finding(result: Result): string;
  figure(result: Result): ChartConfiguration;
  /** What others got, where the report and the command hold our numbers against it. */
  readonly published?: Published;
}
