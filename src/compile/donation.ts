// Which outputs are written over inputs that the caller gives up, and the order of kernels that allows it.
import { inOrder, leadsTo } from './order.ts';
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
  const earlier = (kernel: Kernel): Iterable<Kernel> => before.get(kernel) ?? [];
  const needs = (kernel: Kernel, other: Kernel): boolean => leadsTo(kernel, earlier, (it) => it === other);
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
  return { kernels: inOrder(kernels, earlier), reuses };
}
