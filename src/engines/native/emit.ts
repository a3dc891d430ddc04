// A kernel's loops as C. Each value is computed in the outermost loop that it depends on, once.
import type { Axis, Buffer, Lines, Loops, Position, Program, Scalar } from '../../compile/index.ts';
import { axesIn, partsOf, positionsOf, showPosition } from '../../compile/index.ts';
import { itemSize, least, sizeOf } from '../../tensor/index.ts';
import { held, literal, operation, prelude, stored } from './c.ts';

/** A place for statements: a loop's body, or what a guard admits. */
class Block {
  readonly lines: string[] = [];
  readonly #names = new Map<Scalar, string>();
  constructor(
    readonly parent: Block | null,
    /** The loop whose body this is, if it is one. */
    readonly axis: Axis | null,
  ) {}

  find(scalar: Scalar): string | undefined {
    return this.#names.get(scalar) ?? this.parent?.find(scalar);
  }

  define(scalar: Scalar, name: string): void {
    this.#names.set(scalar, name);
  }
}

class Emitter {
  #count = 0;
  readonly #names = new Map<object, string>();
  readonly #loops = new Map<Scalar, ReadonlySet<Axis>>();

  /** The C name of an axis or a buffer. */
  name(it: object, prefix: string): string {
    const known = this.#names.get(it) ?? `${prefix}${this.#count++}`;
    this.#names.set(it, known);
    return known;
  }

  /** The loops that `scalar` changes in. */
  loopsOf(scalar: Scalar): ReadonlySet<Axis> {
    const known = this.#loops.get(scalar);
    if (known) return known;
    const found = new Set<Axis>();
    for (const position of positionsOf(scalar)) for (const axis of axesIn(position)) found.add(axis);
    for (const part of partsOf(scalar)) for (const axis of this.loopsOf(part)) found.add(axis);
    if (scalar.kind === 'reduce') for (const axis of scalar.axes) found.delete(axis);
    this.#loops.set(scalar, found);
    return found;
  }

  position(x: Position, block: Block): string {
    return showPosition(x, (it) =>
      it.kind === 'axis' ? this.name(it, 'i') : `(long)${this.value(it, block)}`,
    );
  }

  /** The name of `scalar`, computed now if it was not yet. */
  value(scalar: Scalar, current: Block): string {
    const known = current.find(scalar);
    if (known) return known;
    if (scalar.kind === 'constant') return literal(scalar.value, scalar.dtype);
    const loops = this.loopsOf(scalar);
    let block = current;
    while (block.parent && block.axis && !loops.has(block.axis)) block = block.parent;
    const name = `v${this.#count++}`;
    const type = held[scalar.dtype];
    if (scalar.kind === 'reduce') this.#reduce(scalar, name, block);
    else if (scalar.kind === 'guard') this.#guard(scalar, name, block);
    else block.lines.push(`const ${type} ${name} = ${this.#expression(scalar, block)};`);
    block.define(scalar, name);
    return name;
  }

  #expression(scalar: Scalar, block: Block): string {
    switch (scalar.kind) {
      case 'position':
        return `(${held[scalar.dtype]})(${this.position(scalar.position, block)})`;
      case 'load':
        return `${this.name(scalar.buffer, 'b')}[${this.position(scalar.position, block)}]`;
      case 'apply': {
        const operands = scalar.inputs.map((input) => this.value(input, block));
        return operation(scalar.op, scalar.inputs[0].dtype, scalar.dtype, operands);
      }
      case 'bits': {
        const [key0, key1] = scalar.key.map((word) => this.value(word, block));
        return `threefry(${key0}, ${key1}, ${this.position(scalar.position, block)}, ${scalar.width})`;
      }
      default:
        throw new Error(`${scalar.kind} is no expression`);
    }
  }

  #guard(scalar: Extract<Scalar, { kind: 'guard' }>, name: string, block: Block): void {
    const conditions = scalar.conditions.map(({ position, least, greatest }) => {
      const at = this.position(position, block);
      return least === greatest ? `${at} == ${least}` : `${at} >= ${least} && ${at} <= ${greatest}`;
    });
    const [inside, outside] = [scalar.inside, scalar.outside].map((branch) => {
      const body = new Block(block, null);
      const value = this.value(branch, body);
      return `{ ${[...body.lines, `${name} = ${value};`].join('\n')} }`;
    });
    block.lines.push(
      `${held[scalar.dtype]} ${name};`,
      `if (${conditions.join(' && ')}) ${inside} else ${outside}`,
    );
  }

  #reduce(scalar: Extract<Scalar, { kind: 'reduce' }>, name: string, block: Block): void {
    const from = scalar.of.dtype;
    const start = scalar.by === 'sum' ? 0 : least[from];
    const best = `${name}_best`;
    if (scalar.by === 'argMax') block.lines.push(`${held[from]} ${best} = ${literal(start, from)};`);
    block.lines.push(
      `${held[scalar.dtype]} ${name} = ${literal(scalar.by === 'argMax' ? 0 : start, scalar.dtype)};`,
    );
    this.loop(scalar.axes, block, (body) => {
      const x = this.value(scalar.of, body);
      if (scalar.by === 'sum') body.lines.push(`${name} += ${x};`);
      else if (scalar.by === 'reduceMax')
        body.lines.push(`if (${x} > ${name} || ${x} != ${x}) ${name} = ${x};`);
      else {
        const i = this.name(scalar.axes[0], 'i');
        body.lines.push(
          `if (${i} == 0 || ${x} > ${best} || (${x} != ${x} && ${best} == ${best})) { ${best} = ${x}; ${name} = ${i}; }`,
        );
      }
    });
  }

  /** Nested loops over `axes` inside `block`. */
  loop(axes: readonly Axis[], block: Block, fill: (body: Block) => void): void {
    const [axis, ...rest] = axes;
    if (!axis) {
      fill(block);
      return;
    }
    const body = new Block(block, axis);
    this.loop(rest, body, fill);
    const i = this.name(axis, 'i');
    block.lines.push(`for (long ${i} = 0; ${i} < ${axis.size}; ${i}++) {`, ...body.lines, '}');
  }
}

function emitLoops({ axes, stores }: Loops, emitter: Emitter): string[] {
  const block = new Block(null, null);
  emitter.loop(axes, block, (body) => {
    const values = stores.map(({ value }) => emitter.value(value, body));
    stores.forEach(({ buffer, position }, i) => {
      body.lines.push(`${emitter.name(buffer, 'b')}[${emitter.position(position, body)}] = ${values[i]};`);
    });
  });
  return block.lines;
}

/** Loops over the lines of `node` along its axis, and the C that fills one line. */
function emitLines({ node, input, output }: Lines, emitter: Emitter): string[] {
  const [x, out] = [input, output].map((buffer) => emitter.name(buffer, 'b'));
  const { shape, params } = node;
  const n = shape[params.axis];
  const step = sizeOf(shape.slice(params.axis + 1));
  const lines = n === 0 ? 0 : sizeOf(shape) / n;
  const at = `line / ${step} * ${n * step} + line % ${step}`;
  const { dtype } = node.inputs[0];
  const body =
    node.op === 'cumSum'
      ? `${held[dtype]} sum = 0; for (long i = 0; i < ${n}; i++) ${out}[at + i * ${step}] = sum += ${x}[at + i * ${step}];`
      : `sort_${dtype}(${x} + at, ${out} + at, ${n}, ${step});`;
  return [`for (long line = 0; line < ${lines}; line++) { const long at = ${at}; ${body} }`];
}

export interface Source {
  readonly text: string;
  /** The arrays that `run` takes, inputs first, each once. */
  readonly parameters: readonly Buffer[];
  /** Bytes of the scratch memory that `run` takes last. */
  readonly scratch: number;
}

/** The C of `program`: `run(parameters …, scratch)`. */
export function emit({ inputs, outputs, kernels }: Program): Source {
  const emitter = new Emitter();
  const parameters = new Set<Buffer>([...inputs, ...outputs]);
  const declare = (buffer: Buffer): string =>
    `${stored[buffer.dtype]} *restrict ${emitter.name(buffer, 'b')}`;
  let scratch = 0;
  const temporaries: string[] = [];
  const bodies = kernels.map((kernel) => {
    const written = kernel.kind === 'loops' ? kernel.stores.map(({ buffer }) => buffer) : [kernel.output];
    for (const buffer of written)
      if (!parameters.has(buffer)) {
        temporaries.push(`${declare(buffer)} = (void *)(scratch + ${scratch});`);
        scratch += Math.ceil((buffer.size * itemSize(buffer.dtype)) / 64) * 64;
      }
    return kernel.kind === 'loops' ? emitLoops(kernel, emitter) : emitLines(kernel, emitter);
  });
  const text = [
    prelude,
    `void run(${[...[...parameters].map(declare), 'char *scratch'].join(', ')}) {`,
    ...temporaries,
    ...bodies.map((lines) => `{\n${lines.join('\n')}\n}`),
    '}',
  ].join('\n');
  return { text, parameters: [...parameters], scratch };
}
