// What a person sees while a run goes on: a bar on a terminal, one plain line an epoch elsewhere.
import { Presets, SingleBar } from 'cli-progress';

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

export const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

export const seconds = (s: number): string =>
  s < 60 ? `${s.toFixed(0)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;

/** How training goes, in words; there is no accuracy before the first epoch's end. */
export function trainingText(
  { epoch, epochs }: { readonly epoch: number; readonly epochs: number },
  loss: number,
  accuracy: number | undefined,
): string {
  const shown = loss < 1e4 ? loss.toFixed(4) : loss.toExponential(2);
  return `epoch ${epoch}/${epochs}  loss ${shown}${accuracy === undefined ? '' : `  accuracy ${percent(accuracy)}`}`;
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
          format: `${padded(phase)} {bar} {percentage} %  {text}  {eta_formatted} left`,
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
  return stream.isTTY ? bar(stream) : plain(stream);
}
