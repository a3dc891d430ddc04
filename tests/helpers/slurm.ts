// A Slurm cluster of two nodes on this machine, for tests: a controller and two daemons of its own in a folder of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol'];
const folders = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'];
const pathOf = (program: string): string | undefined =>
  folders.map((folder) => join(folder, program)).find((path) => existsSync(path));

/** Why there can be no cluster here, in a line. */
export function whyNoSlurm(): string | undefined {
  const missing = programs.filter((program) => pathOf(program) === undefined);
  if (missing.length > 0)
    return `Slurm is not there (${missing.join(', ')}); apt-get install -y slurmctld slurmd slurm-client munge`;
  return process.getuid?.() === 0 ? undefined : 'a Slurm of one’s own needs root';
}

/** Ports that nobody listens at. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  return Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          const address = server.address();
          const port = typeof address === 'object' && address ? address.port : 0;
          server.close(() => resolve(port));
        }),
    ),
  );
}

const configOf = (folder: string, [controller, first, second]: readonly number[]): string => `
ClusterName=umbra
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/backfill
SchedulerParameters=requeue_delay=2,batch_sched_delay=0,sched_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=5
ReturnToService=2
MpiDefault=none
NodeName=n1 NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${first} CPUs=1
NodeName=n2 NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${second} CPUs=1
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`;

export class Slurm {
  readonly #children = new Map<string, ChildProcess>();
  /** What lets Slurm's programs find this cluster. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(readonly folder: string) {
    this.env = { SLURM_CONF: join(folder, 'slurm.conf'), PATH: `${folders.join(':')}:${process.env.PATH}` };
  }

  /** A cluster in `folder`, once both nodes take jobs. */
  static async begin(folder: string): Promise<Slurm> {
    const slurm = new Slurm(folder);
    mkdirSync(join(folder, 'state'), { recursive: true });
    writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o400 });
    writeFileSync(join(folder, 'slurm.conf'), configOf(folder, await freePorts(3)));
    const munge = ['key', 'pid', 'log', 'seed', 'socket'].map((file) => [
      file,
      join(folder, `munge.${file}`),
    ]);
    slurm.#start('munged', [
      ...['--foreground', '--force', '--num-threads=2'],
      ...munge.map(([file, path]) => `--${file}${file === 'socket' ? '' : '-file'}=${path}`),
    ]);
    await slurm.until('munged', () => existsSync(join(folder, 'munge.socket')));
    slurm.#start('slurmctld', ['-D']);
    for (const node of ['n1', 'n2']) slurm.startNode(node);
    await slurm.until('nodes', () => slurm.nodes().filter((state) => state === 'idle').length === 2);
    return slurm;
  }

  #start(program: string, args: readonly string[], name = program): void {
    const child = spawn(pathOf(program) ?? program, args, {
      env: { ...process.env, ...this.env },
      stdio: 'ignore',
    });
    this.#children.set(name, child);
  }

  startNode(node: string): void {
    this.#start('slurmd', ['-D', '-N', node], node);
  }

  /** Ends a node's daemon as a crash would. What runs on it goes on, as it can on a real one. */
  killNode(node: string): void {
    this.#children.get(node)?.kill('SIGKILL');
  }

  /** What `program` of Slurm writes to its standard output. */
  output(program: string, ...args: string[]): string {
    return execFileSync(pathOf(program) ?? program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  nodes(): string[] {
    try {
      return this.output('sinfo', '--noheader', '--Node', '--format', '%t').split('\n');
    } catch {
      return []; // the controller is not up yet
    }
  }

  /** Waits until `holds`. Throws, with the controller's last words, if it does not within `seconds`. */
  async until(what: string, holds: () => boolean, seconds = 60): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !holds(); await setTimeout(200)) {
      if (Date.now() < end) continue;
      const log = join(this.folder, 'slurmctld.log');
      const words = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-20).join('\n') : '';
      throw new Error(`Slurm: ${what} did not come about in ${seconds} s\n${words}`);
    }
  }

  async end(): Promise<void> {
    for (const name of ['n1', 'n2', 'slurmctld', 'munged']) {
      const child = this.#children.get(name);
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, setTimeout(10_000).then(() => child.kill('SIGKILL'))]);
    }
  }
}
