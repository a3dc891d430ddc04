// What a person sees while a run goes on: a bar on a terminal, one plain line an epoch elsewhere.
import { Presets, SingleBar } from 'cli-progress';
import { percent } from '../charts/style.ts';
import { mean } from '../runs/statistics.ts';
import type { Each } from '../training/events.ts';

/** How far a phase is: of its steps, and in words. */
export interface Progress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  readonly text: string;
}

export interface Reporter {
  /** A whole line for the person to read. */
  line(text: string): void;
  step(progress: Progress): void;
  epoch(progress: Progress): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

type Values = Each<{ readonly loss: readonly number[] } & Each<readonly number[]>>;

const shownLoss = (loss: number): string => (loss < 1e4 ? loss.toFixed(4) : loss.toExponential(2));

const mostShown = 4; // learners in one line

/** How training goes, in words, averaged over seeds: the loss, and the accuracy where it was measured. */
export function trainingText(
  { epoch, epochs }: { readonly epoch: number; readonly epochs: number },
  values: Values,
): string {
  const learners = Object.entries(values).map(([name, { loss, accuracy }]) => ({
    name: Object.keys(values).length > 1 ? `${name} ` : '',
    loss: shownLoss(mean(loss)),
    accuracy: accuracy && percent(mean(accuracy)),
  }));
  const some = learners.slice(0, mostShown);
  const more = learners.length > mostShown ? '  …' : '';
  const measured = some.some(({ accuracy }) => accuracy);
  const told = measured && learners.length > 1 ? [] : [`loss ${some.map(({ loss }) => loss).join(' ')}`];
  if (measured) told.push(`accuracy ${some.map(({ name, accuracy }) => `${name}${accuracy}`).join(', ')}`);
  return `epoch ${epoch}/${epochs}  ${told.join('  ')}${more}`;
}

const silent: Reporter = { line() {}, step() {}, epoch() {}, close() {} };

const padded = (phase: string): string => phase.padEnd(14);

function plain(stream: NodeJS.WriteStream): Reporter {
  const line = (text: string): void => {
    stream.write(`${text}\n`);
  };
  return { line, step() {}, epoch: ({ phase, text }) => line(`${padded(phase)} ${text}`), close() {} };
}

function bar(stream: NodeJS.WriteStream): Reporter {
  let current: { phase: string; bar: SingleBar } | undefined;
  const close = (): void => {
    current?.bar.stop();
    current = undefined;
  };
  const show = ({ phase, step, steps, text }: Progress): void => {
    if (current?.phase !== phase) {
      close();
      const next = new SingleBar(
        {
          stream,
          hideCursor: true,
          gracefulExit: false, // the command itself ends the run on Ctrl-C
          fps: 5,
          etaBuffer: 50,
          format: `${padded(phase)} {bar} {percentage}%  {text}  {eta_formatted} left`,
        },
        Presets.shades_classic,
      );
      next.start(steps, 0, { text });
      current = { phase, bar: next };
    }
    current.bar.update(step, { text });
  };
  return {
    line(text) {
      close();
      stream.write(`${text}\n`);
    },
    step: show,
    epoch: show,
    close,
  };
}

/** The reporter for `stream`; `quiet` says nothing at all. */
export function reporterFor(stream: NodeJS.WriteStream, quiet: boolean): Reporter {
  if (quiet) return silent;
  return stream.isTTY && process.env.TERM !== 'dumb' ? bar(stream) : plain(stream);
}
