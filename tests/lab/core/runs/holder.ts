// Run in a process of its own: locks a folder and holds it, or takes turns with others in holding it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../../../../src/lab/core/runs/folder.ts';
import { lockFolder } from '../../../../src/lab/core/runs/lock.ts';

const [what, directory, count] = process.argv.slice(2);
const say = (message: unknown): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Holds the lock, with a child that outlives this process if `what` asks for one, until anything is said to it. */
function hold(): void {
  const lock = lockFolder(directory);
  const child: ChildProcess | undefined =
    what === 'parent' ? spawn('sleep', ['30'], { stdio: 'ignore', detached: true }) : undefined;
  say({ held: true, child: child?.pid });
  process.stdin.once('data', () => {
    lock.release();
    lock.release();
    process.exit();
  });
}

/** Has the lock `count` times, and says how often somebody else was there at the same time. */
function takeTurns(): void {
  const inside = join(directory, 'inside');
  let [had, clashes] = [0, 0];
  while (had < Number(count)) {
    try {
      const lock = lockFolder(directory);
      had++;
      try {
        closeSync(openSync(inside, 'wx'));
        rmSync(inside);
      } catch {
        clashes++;
      }
      lock.release();
    } catch (error) {
      if (!(error instanceof RunError) || !/another run/.test(error.message)) throw error;
    }
  }
  say({ had, clashes });
}

try {
  if (what === 'turns') takeTurns();
  else hold();
} catch (error) {
  say({ refused: String(error) });
}
