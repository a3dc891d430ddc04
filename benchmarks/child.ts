// A child process that is asked in lines and answers in lines; between questions it waits and costs nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  #end: Error | undefined;
  #complaint = '';

  constructor([program, ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { env, stdio: 'pipe' });
    this.#process = child;
    alive.add(child);
    const finish = (error: Error): void => {
      alive.delete(child);
      this.#end ??= error;
      this.#waiting?.reject(this.#end);
      this.#waiting = undefined;
    };
    child.on('error', finish);
    child.stdin.on('error', () => {}); // it ended; 'close' tells how
    child.on('close', (code, signal) => {
      const last = this.#complaint.trim().split('\n').at(-1);
      finish(new Error(`ended with ${signal ?? `code ${code}`}${last ? `: ${last}` : ''}`));
    });
    child.stderr.on('data', (chunk) => {
      this.#complaint = (this.#complaint + chunk).slice(-2000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (this.#waiting) this.#waiting.resolve(line);
      else this.#lines.push(line);
      this.#waiting = undefined;
    });
  }

  /** The next line. Rejects where the process ends first, or after `seconds`; then it is killed. */
  line(seconds: number): Promise<string> {
    const ready = this.#lines.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        this.stop();
        reject(new Error(`no answer within ${seconds} s`));
      }, seconds * 1000);
      this.#waiting = {
        resolve: (line) => {
          clearTimeout(timer);
          resolve(line);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  ask(line: string, seconds: number): Promise<string> {
    if (!this.#end) this.#process.stdin?.write(`${line}\n`);
    return this.line(seconds);
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}
