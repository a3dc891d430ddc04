// Loops and branches around kernels, as WebAssembly.
import type { Buffer, Routine, Step, Steps } from '../../compile/index.ts';
import { itemSize } from '../../tensor/index.ts';
import type { Callee, Code } from './encode.ts';
import type { Places } from './places.ts';

/** Whether threads are to share the tasks of a routine: to wake others takes about as long as so many additions. */
export const isShared = ({ tasks, work }: Routine): boolean => tasks > 1 && work >= 100_000;

/** Translates a loop or a branch, with all that is in it. */
export class ControlEmitter {
  readonly #frame = 0;
  readonly #scratch = 1;

  constructor(
    readonly code: Code,
    readonly places: Places,
    readonly routines: ReadonlyMap<Routine, { readonly index: number; readonly callee: Callee }>,
    readonly share: () => Callee,
  ) {}

  #steps(steps: Steps<Routine>): void {
    for (const step of steps) this.step(step);
  }

  step(step: Step<Routine>): void {
    const { code } = this;
    switch (step.kind) {
      case 'leaf':
        this.#call(step.leaf);
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

  #call(routine: Routine): void {
    const { code } = this;
    const known = this.routines.get(routine);
    if (!known) throw new Error('wasm: a routine has no function');
    if (isShared(routine)) code.i32(known.index);
    else {
      code.i32(0);
      code.i32(routine.tasks);
    }
    code.get(this.#frame);
    code.get(this.#scratch);
    code.call(isShared(routine) ? this.share() : known.callee);
  }

  #repeat({ times, slices, body }: Extract<Step<Routine>, { kind: 'repeat' }>): void {
    const { code } = this;
    const moving = slices.map(({ entry, of, first, step }) => {
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
