// Whether a run fits the machine, before it begins.
import { totalmem } from 'node:os';
import { type Engine, MemoryError } from '../../../index.ts';
import { flagOf } from '../experiments/config.ts';
import type { CommonConfig, Memory } from '../experiments/experiment.ts';

/** Elements that an array has at most. */
const longest = 2 ** 31 - 1;

/** Bytes that this process can have: the machine's, or what its container allows. */
function machineMemory(): number {
  const allowed = process.constrainedMemory?.() ?? 0;
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

const shown = (bytes: number): string => `${Number((bytes / 1e9).toPrecision(3))} GB`;

/** Settings that make a run large. */
const sizes = ['seeds', 'hidden', 'width', 'batch', 'noiseImages'] as const;

/** The way out: less of what was asked for, or else of what the config has. */
function wayOut(config: CommonConfig, given: Readonly<Record<string, unknown>>): string {
  const there = sizes.filter((name) => config[name] !== undefined);
  const asked = there.filter((name) => given[name] !== undefined);
  const flags = (asked.length > 0 ? asked : there).map((name) => `${flagOf(name)} ${String(config[name])}`);
  return `take less than ${flags.join(', ')}`;
}

/**
 * Throws MemoryError where a run of `config`, of which `given` was asked for, `needs` more than `engine` has, or
 * than a machine of `available` bytes.
 */
export function checkFits(
  needs: Memory,
  config: CommonConfig,
  given: Readonly<Record<string, unknown>>,
  engine: Pick<Engine, 'name' | 'memory'>,
  available: number = machineMemory(),
): void {
  const { bytes, step, largest } = needs;
  const refuse = (why: string): never => {
    throw new MemoryError(`this run does not fit: ${why}; ${wayOut(config, given)}`);
  };
  if (largest > longest)
    refuse(`an array of it would have ${largest.toLocaleString('en')} elements, and 2^31 - 1 are the most`);
  if (bytes > available) refuse(`it takes about ${shown(bytes)}, and this machine has ${shown(available)}`);
  const { name, memory = Number.POSITIVE_INFINITY } = engine;
  if (step > memory)
    refuse(
      `a step takes about ${shown(step)}, and the ${name} engine has ${shown(memory)} at most (--engine native has more)`,
    );
}
