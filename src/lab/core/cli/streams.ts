// Standard output and error where they break: a reader that left, a terminal that is gone, a disk that is full.
import { describeFileError } from '../runs/file-errors.ts';

/** Errors of a stream that nobody reads any more. What is written there from then on is lost, and nothing else. */
const unread = ['EPIPE', 'EIO', 'ECONNRESET'];

const guarded = new WeakSet<NodeJS.WriteStream>();

/** Lets what `stream` could not take end neither work nor process; `told` hears, once, of what a user can mend. */
function guard(stream: NodeJS.WriteStream, told: (error: NodeJS.ErrnoException) => void): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  let broken = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!broken && !unread.includes(error.code ?? '')) told(error);
    broken = true;
  });
}

/**
 * From now on a command named `name` ends as it would have, whoever stopped to read it. Standard output that
 * cannot be written for another reason, such as a full disk, is one line on standard error and exit code 1.
 */
export function guardStreams(name: string): void {
  guard(process.stderr, () => {}); // there is nowhere left to say so
  guard(process.stdout, (error) => {
    process.exitCode = 1;
    const where = 'standard output';
    process.stderr.write(`${name}: ${describeFileError(error, where) ?? `${where}: ${error.message}`}\n`);
  });
}
