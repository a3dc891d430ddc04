// Which buffers are written over others that are needed no more, and the order of steps that allows it.
import { buffersRead, buffersWritten, type Kernel, rootOf, scalarsIn } from './kernel.ts';
import { inOrder, leadsTo } from './order.ts';
import { samePosition } from './position.ts';
import { type Buffer, forEachScalar, type Scalar } from './scalar.ts';
import type { Step, Steps } from './steps.ts';

/** Whether `step` reads of `input` only what it then writes over at that very place. */
function rewritesInPlace(step: Step<Kernel>, input: Buffer, output: Buffer): boolean {
  if (step.kind !== 'leaf' || step.leaf.kind !== 'loops') return !buffersRead(step).has(input);
  const { stores } = step.leaf;
  const position = stores.find(({ buffer }) => buffer === output)?.position;
  const parts = scalarsIn(stores);
  const summed = new Set<Scalar>();
  for (const part of parts) if (part.kind === 'reduce') forEachScalar(part.of, () => {}, summed);
  return [...parts].every(
    (part) =>
      part.kind !== 'load' ||
      part.buffer !== input ||
      (!summed.has(part) && position !== undefined && samePosition(part.position, position)),
  );
}

/** The buffer that `step` does nothing but copy, and to which. */
function copied(step: Step<Kernel>): { from: Buffer; to: Buffer } | undefined {
  if (step.kind !== 'leaf' || step.leaf.kind !== 'loops' || step.leaf.stores.length !== 1) return undefined;
  const [{ buffer, position, value }] = step.leaf.stores;
  const same =
    value.kind === 'load' && samePosition(value.position, position) && value.buffer.size === buffer.size;
  return same ? { from: value.buffer, to: buffer } : undefined;
}

/** A buffer that may be written over, by the first of its takers that can. */
export interface Given {
  readonly input: Buffer;
  readonly takers: readonly Buffer[];
}

/**
 * `steps` in an order in which, where that is possible, what is given is written over, and copies of what nothing else
 * needs stay where that lies: they are left out. Buffers in `kept` are needed after the steps. Notes in `reuses` who
 * takes over whose memory.
 */
export function donate(
  steps: Steps<Kernel>,
  reuses: Map<Buffer, Buffer>,
  given: readonly Given[],
  kept: readonly Buffer[],
): Steps<Kernel> {
  const writer = new Map(steps.flatMap((step) => buffersWritten(step).map((it) => [it, step] as const)));
  const reads = new Map(steps.map((step) => [step, buffersRead(step)]));
  const before = new Map<Step<Kernel>, Set<Step<Kernel>>>();
  for (const [step, read] of reads)
    before.set(step, new Set([...read].flatMap((buffer) => writer.get(buffer) ?? [])));
  const earlier = (step: Step<Kernel>): Iterable<Step<Kernel>> => before.get(step) ?? [];
  const needs = (step: Step<Kernel>, other: Step<Kernel>): boolean =>
    leadsTo(step, earlier, (it) => it === other);
  const root = (buffer: Buffer): Buffer => rootOf(buffer, reuses);
  /** Lets `output` lie where `input` does, if all others that read that can come first. */
  const take = (output: Buffer, input: Buffer): boolean => {
    const first = root(output);
    const by = writer.get(first);
    if (!by || first === root(input) || output.dtype !== input.dtype || output.size !== input.size)
      return false;
    if (!rewritesInPlace(by, input, first)) return false;
    const readers = steps.filter((step) => step !== by && reads.get(step)?.has(input));
    if (readers.some((reader) => needs(reader, by))) return false;
    reuses.set(first, input);
    for (const reader of readers) before.get(by)?.add(reader);
    return true;
  };
  const taken = new Set<Buffer>();
  for (const { input, takers } of given) {
    const output = takers.find((it) => !taken.has(it) && take(it, input));
    if (output) taken.add(output);
  }
  for (const step of steps) {
    const copy = copied(step);
    if (copy && writer.has(copy.from) && !kept.some((it) => root(it) === root(copy.from)))
      take(copy.to, copy.from);
  }
  return inOrder(steps, earlier).filter((step) => {
    const copy = copied(step);
    return !copy || root(copy.from) !== root(copy.to);
  });
}
