// Loops and branches around kernels, as WebAssembly.
import {
  type Buffer,
  type Load,
  loadOf,
  type Routine,
  type Shareable,
  type Step,
  type Steps,
} from '../../compile/index.ts';
import { itemSize } from '../../tensor/index.ts';
import type { Callee, Code } from './encode.ts';
import type { Places } from './places.ts';

/** Whether threads are to share tasks: to wake others takes about as long as so many additions. */
export const isShared = ({ tasks, work }: Load): boolean => tasks > 1 && work >= 100_000;

/** A function of (begin, end, frame, scratch), and its number among them. */
export interface Callable {
  readonly index: number;
  readonly callee: Callee;
}

/** Translates parallel rounds into such a function; `functions` has those of the kernels in them. */
export function emitRounds(
  { sizes, slices, body }: Extract<Step<Routine>, { kind: 'parallel' }>,
  code: Code,
  places: Places,
  functions: ReadonlyMap<Shareable<Routine>, Callable>,
): void {
  const [begin, end, frame, scratch] = [0, 1, 2, 3];
  const [left, ...indices] = [code.local('i32'), ...sizes.map(() => code.local('i32'))];
  const starts = slices.map(({ entry, of, first, steps }) => {
    const size = itemSize(entry.dtype);
    const base = places.base(code, of, frame, scratch);
    return {
      base: { local: base.local, offset: base.offset + first * size },
      steps: steps.map((step) => step * size),
      at: places.pointer(entry),
    };
  });
  code.open('loop');
  code.get(begin);
  code.set(left);
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    code.get(left);
    code.i32(sizes[axis]);
    code.op('i32.rem_u');
    code.set(indices[axis]);
    code.get(left);
    code.i32(sizes[axis]);
    code.op('i32.div_u');
    code.set(left);
  }
  for (const { base, steps, at } of starts) {
    code.get(scratch);
    code.get(base.local);
    code.i32(base.offset);
    code.op('i32.add');
    steps.forEach((step, axis) => {
      if (step === 0) return;
      code.get(indices[axis]);
      code.i32(step);
      code.op('i32.mul', 'i32.add');
    });
    code.memory('i32.store', at);
  }
  for (const step of body) {
    code.i32(0);
    code.i32(step.leaf.tasks);
    code.get(frame);
    code.get(scratch);
    code.call(functionOf(step, functions).callee);
  }
  code.get(begin);
  code.i32(1);
  code.op('i32.add');
  code.tee(begin);
  code.get(end);
  code.op('i32.lt_s');
  code.branchIf(0);
  code.op('end');
}

function functionOf(
  step: Shareable<Routine>,
  functions: ReadonlyMap<Shareable<Routine>, Callable>,
): Callable {
  const known = functions.get(step);
  if (!known) throw new Error('wasm: a kernel has no function');
  return known;
}

/** Translates a loop or a branch, with all that is in it. */
export class ControlEmitter {
  readonly #frame = 0;
  readonly #scratch = 1;

  constructor(
    readonly code: Code,
    readonly places: Places,
    readonly functions: ReadonlyMap<Shareable<Routine>, Callable>,
    readonly share: () => Callee,
  ) {}

  #steps(steps: Steps<Routine>): void {
    for (const step of steps) this.step(step);
  }

  step(step: Step<Routine>): void {
    const { code } = this;
    switch (step.kind) {
      case 'leaf':
      case 'parallel':
        this.#call(step);
        break;
      case 'repeat':
        if (step.times > 0) this.#repeat(step);
        break;
      case 'branch':
        this.#load(step.predicate);
        code.open('if');
        this.#steps(step.whenTrue);
        code.op('else');
        this.#steps(step.whenFalse);
        code.op('end');
        break;
      case 'while':
        code.open('block');
        code.open('loop');
        this.#steps(step.test);
        this.#load(step.predicate);
        code.op('i32.eqz');
        code.branchIf(1);
        this.#steps(step.body);
        code.i32(1);
        code.branchIf(0);
        code.op('end', 'end');
        break;
      default:
        step satisfies never;
    }
  }

  /** Leaves the bool in `predicate` on the stack. */
  #load(predicate: Buffer): void {
    const { local, offset } = this.places.base(this.code, predicate, this.#frame, this.#scratch);
    this.code.get(local);
    this.code.memory('i32.load8_u', offset);
  }

  #call(step: Shareable<Routine>): void {
    const { code } = this;
    const { index, callee } = functionOf(step, this.functions);
    const load = loadOf(step);
    if (isShared(load)) code.i32(index);
    else {
      code.i32(0);
      code.i32(load.tasks);
    }
    code.get(this.#frame);
    code.get(this.#scratch);
    code.call(isShared(load) ? this.share() : callee);
  }

  #repeat({ times, slices, body }: Extract<Step<Routine>, { kind: 'repeat' }>): void {
    const { code } = this;
    const moving = slices.map(({ entry, of, first, steps: [step] }) => {
      const size = itemSize(entry.dtype);
      const base = this.places.base(code, of, this.#frame, this.#scratch);
      const at = code.local('i32');
      code.get(base.local);
      code.i32(base.offset + first * size);
      code.op('i32.add');
      code.set(at);
      return { at, slot: this.places.slot(entry), by: step * size };
    });
    const left = code.local('i32');
    code.i32(times);
    code.set(left);
    code.open('loop');
    for (const { at, slot, by } of moving) {
      if (slot === undefined) throw new Error('wasm: a part of a buffer has no place');
      code.get(this.#frame);
      code.get(at);
      code.memory('i32.store', slot);
      code.get(at);
      code.i32(by);
      code.op('i32.add');
      code.set(at);
    }
    this.#steps(body);
    code.get(left);
    code.i32(1);
    code.op('i32.sub');
    code.tee(left);
    code.branchIf(0);
    code.op('end');
  }
}
