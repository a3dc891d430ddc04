// Which outputs are written over inputs that the caller gives up, and the order of kernels that allows it.
import { samePosition } from './position.ts';
import { buffersRead, buffersWritten, type Kernel, scalarsIn } from './program.ts';
import { type Buffer, forEachScalar, type Scalar } from './scalar.ts';

export interface Donation {
  readonly kernels: readonly Kernel[];
  /** For each output that takes over an input's memory, that input. */
  readonly reuses: ReadonlyMap<Buffer, Buffer>;
}

/** Whether `kernel` reads of `input` only what it then writes over at that very place. */
function rewritesInPlace(kernel: Kernel, input: Buffer, output: Buffer): boolean {
  if (kernel.kind !== 'loops') return !buffersRead(kernel).has(input);
  const position = kernel.stores.find(({ buffer }) => buffer === output)?.position;
  const parts = scalarsIn(kernel.stores);
  const summed = new Set<Scalar>();
  for (const part of parts) if (part.kind === 'reduce') forEachScalar(part.of, () => {}, summed);
  return [...parts].every(
    (part) =>
      part.kind !== 'load' ||
      part.buffer !== input ||
      (!summed.has(part) && position !== undefined && samePosition(part.position, position)),
  );
}

export function donate(
  kernels: readonly Kernel[],
  donated: readonly Buffer[],
  outputs: readonly Buffer[],
): Donation {
  const writer = new Map(
    kernels.flatMap((kernel) => buffersWritten(kernel).map((it) => [it, kernel] as const)),
  );
  const reads = new Map(kernels.map((kernel) => [kernel, buffersRead(kernel)]));
  const before = new Map<Kernel, Set<Kernel>>();
  for (const [kernel, read] of reads)
    before.set(kernel, new Set([...read].flatMap((buffer) => writer.get(buffer) ?? [])));
  const needs = (kernel: Kernel, other: Kernel, seen = new Set<Kernel>()): boolean => {
    if (kernel === other) return true;
    if (seen.has(kernel)) return false;
    seen.add(kernel);
    return [...(before.get(kernel) ?? [])].some((earlier) => needs(earlier, other, seen));
  };
  const reuses = new Map<Buffer, Buffer>();
  for (const input of new Set(donated)) {
    if (outputs.includes(input)) continue;
    const readers = kernels.filter((kernel) => reads.get(kernel)?.has(input));
    const output = outputs.find((it) => {
      const by = writer.get(it);
      return (
        by !== undefined &&
        !reuses.has(it) &&
        it.dtype === input.dtype &&
        it.size === input.size &&
        rewritesInPlace(by, input, it) &&
        readers.every((reader) => reader === by || !needs(reader, by))
      );
    });
    const by = output && writer.get(output);
    if (!output || !by) continue;
    reuses.set(output, input);
    for (const reader of readers) if (reader !== by) before.get(by)?.add(reader);
  }
  return { kernels: inOrder(kernels, before), reuses };
}

/** `kernels`, each after those that must come before it, otherwise as they were. */
function inOrder(kernels: readonly Kernel[], before: ReadonlyMap<Kernel, ReadonlySet<Kernel>>): Kernel[] {
  const order = new Set<Kernel>();
  const visit = (kernel: Kernel): void => {
    if (order.has(kernel)) return;
    for (const earlier of before.get(kernel) ?? []) visit(earlier);
    order.add(kernel);
  };
  kernels.forEach(visit);
  return [...order];
}
