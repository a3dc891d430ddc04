// One runner at work on one task, seen from bench's side of the protocol.
import { Child } from './child.ts';
import type { Hello, Ran, Ready, Reply, Request } from './protocol.ts';
import { environment, type Runner } from './roster.ts';
import type { Task } from './workloads.ts';

const patience = 300; // seconds

/** What a runner lacks, or how it failed, as one line. */
export class RunnerError extends Error {
  override name = 'RunnerError';
}

export class Session {
  readonly runner: Runner;
  readonly threads: number;
  readonly #child: Child;

  constructor(runner: Runner, threads: number, extra?: Readonly<Record<string, string>>) {
    this.runner = runner;
    this.threads = threads;
    this.#child = new Child(runner.command, environment(threads, extra));
  }

  async #reply(request?: Request): Promise<Reply> {
    try {
      const line = request
        ? await this.#child.ask(JSON.stringify(request), patience)
        : await this.#child.line(patience);
      const reply: Reply = JSON.parse(line);
      if ('error' in reply) throw new Error(reply.error);
      if ('missing' in reply) throw new Error(reply.missing);
      return reply;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new RunnerError(`${this.runner.name}: ${why}`);
    }
  }

  /** Who answers, and the bytes resident before any work. */
  async hello(): Promise<{ hello: Hello; rss: number }> {
    const reply = await this.#reply();
    if ('hello' in reply) return reply;
    throw new RunnerError(`${this.runner.name}: its first line is no hello`);
  }

  async prepare(task: Task, data: string): Promise<Ready> {
    const reply = await this.#reply({ prepare: task, data });
    if ('ready' in reply) return reply.ready;
    throw new RunnerError(`${this.runner.name}: its answer to prepare is not ready`);
  }

  async run(steps: number, epoch = false): Promise<Ran> {
    const reply = await this.#reply({ run: { steps, epoch } });
    if ('ran' in reply) return reply.ran;
    throw new RunnerError(`${this.runner.name}: its answer to run is not ran`);
  }

  stop(): void {
    this.#child.stop();
  }
}
