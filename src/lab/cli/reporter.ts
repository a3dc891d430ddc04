// What a person sees while a run goes on: a bar on a terminal, one plain line an epoch elsewhere.
import { Presets, SingleBar } from 'cli-progress';

/** Progress inside one phase. */
export interface Progress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** Accuracy at the last epoch's end, if there was one. */
  readonly accuracy: number | undefined;
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

const silent: Reporter = { line() {}, step() {}, epoch() {}, close() {} };

const epochLine = ({ phase, epoch, epochs, loss, accuracy }: Progress): string =>
  `${phase.padEnd(11)} epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy ?? 0)}`;

function plain(stream: NodeJS.WriteStream): Reporter {
  const line = (text: string): void => {
    stream.write(`${text}\n`);
  };
  return { line, step() {}, epoch: (progress) => line(epochLine(progress)), close() {} };
}

function bar(stream: NodeJS.WriteStream): Reporter {
  let current: { phase: string; bar: SingleBar } | undefined;
  const close = (): void => {
    current?.bar.stop();
    current = undefined;
  };
  const values = ({ epoch, epochs, loss, accuracy }: Progress) => ({
    epoch: `${epoch}/${epochs}`,
    loss: loss.toFixed(4),
    accuracy: accuracy === undefined ? '–' : percent(accuracy),
  });
  const show = (progress: Progress): void => {
    if (current?.phase !== progress.phase) {
      close();
      const next = new SingleBar(
        {
          stream,
          hideCursor: true,
          gracefulExit: false, // the command itself ends the run on Ctrl-C
          fps: 5,
          etaBuffer: 50,
          format: `${progress.phase.padEnd(11)} {bar} {percentage} %  epoch {epoch}  loss {loss}  accuracy {accuracy}  {eta_formatted} left`,
        },
        Presets.shades_classic,
      );
      next.start(progress.steps, 0, values(progress));
      current = { phase: progress.phase, bar: next };
    }
    current.bar.update(progress.step, values(progress));
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
