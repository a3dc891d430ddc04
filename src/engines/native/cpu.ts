// The CPU that this process runs on: what tells it from others, and which vectors it has.
import { closeSync, openSync, readSync } from 'node:fs';
import { arch, cpus } from 'node:os';

export interface Cpu {
  /** As Node names it: x64, arm64, … */
  readonly arch: string;
  /** What the system calls the model. */
  readonly model: string;
  /** The instruction sets it has, as the system lists them; empty where the system does not say. */
  readonly flags: readonly string[];
}

/** The vectors that code for a CPU is written in. */
export type Vectors = 'avx512' | 'avx2' | 'neon' | 'none';

const identifying =
  /^(vendor_id|cpu family|model|model name|stepping|CPU (implementer|architecture|variant|part))\s*:/;
const listing = /^(?:flags|Features)\s*:\s*(.*)$/m;

/** The CPU that /proc/cpuinfo tells of; of many equal cores its first one is enough. */
export function parseCpuInfo(text: string): Cpu {
  const [core] = text.split(/\n\s*\n/);
  const model = core.split('\n').filter((line) => identifying.test(line));
  return {
    arch: arch(),
    model: model.map((line) => line.replace(/\s*:\s*/, ' ')).join(', '),
    flags: listing.exec(core)?.[1].trim().split(/\s+/) ?? [],
  };
}

function read(): Cpu {
  try {
    const file = openSync('/proc/cpuinfo', 'r');
    try {
      const bytes = Buffer.alloc(16_384); // the kernel asks every core for its clock, if it is read to the end
      return parseCpuInfo(bytes.toString('latin1', 0, readSync(file, bytes)));
    } finally {
      closeSync(file);
    }
  } catch {
    return { arch: arch(), model: cpus()[0]?.model ?? '', flags: [] };
  }
}

let known: Cpu | undefined;

export function thisCpu(): Cpu {
  known ??= read();
  return known;
}

/** The widest vectors that `cpu` has. */
export function vectorsOf({ arch: kind, flags }: Cpu): Vectors {
  const has = (...names: string[]): boolean => names.every((name) => flags.includes(name));
  if (kind === 'arm64') return 'neon';
  if (has('avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'fma')) return 'avx512';
  return has('avx2', 'fma') ? 'avx2' : 'none';
}

/** The widest vectors of the CPU that this process runs on. */
export const features = (): Vectors => vectorsOf(thisCpu());
