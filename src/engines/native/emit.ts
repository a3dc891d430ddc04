// A compiled graph as a C program: a function for all routines that differ only in the buffers they touch, and a
// table of calls that the runtime goes through.
import {
  type Buffer,
  type Compiled,
  type Expression,
  isBuffer,
  type Load,
  loadOf,
  type Place,
  type Routine,
  type Slice,
  type Statement,
  type Steps,
  type Subroutine,
  type Type,
  type Variable,
} from '../../compile/index.ts';
import { type ComputeDType, itemSize } from '../../tensor/index.ts';
import {
  clamp,
  extremes,
  held,
  isLaneByLane,
  laneByLane,
  laneName,
  literal,
  narrow,
  operation,
  prelude,
  resized,
  spread,
  stored,
  truncations,
  vectorTypes,
  widenings,
} from './c.ts';

/** The float constant, neither NaN nor −0, that `x` is on every lane. */
function plainOf(x: Expression): number | undefined {
  const { kind } = x.type;
  if (x.kind !== 'splat' || x.of.kind !== 'constant' || (kind !== 'f32' && kind !== 'f64')) return undefined;
  const { value } = x.of;
  return Number.isNaN(value) || Object.is(value, -0) ? undefined : value;
}

class Emitter {
  /** Of the function being emitted, so that equal functions have equal texts. */
  #names = new Map<object, string>();
  readonly subroutines = new Map<Subroutine, string>();
  readonly laneFunctions = new Map<string, string>();
  /** Every number of lanes that vectors have. */
  readonly lanes = new Set<number>();
  readonly #reuses: ReadonlyMap<Buffer, Buffer>;
  /** Buffers that the function being emitted names. */
  #used = new Set<Buffer>();

  constructor(reuses: ReadonlyMap<Buffer, Buffer>) {
    this.#reuses = reuses;
  }

  name(it: Variable | Buffer): string {
    const known = this.#names.get(it) ?? `${isBuffer(it) ? 'b' : 'v'}${this.#names.size}`;
    this.#names.set(it, known);
    return known;
  }

  /** What `emit` gives, with names of its own, and the buffers that it names. */
  #alone<R>(emit: () => R): { result: R; used: readonly Buffer[] } {
    const [names, used] = [this.#names, this.#used];
    [this.#names, this.#used] = [new Map(), new Set()];
    const result = emit();
    const own = [...this.#used];
    [this.#names, this.#used] = [names, used];
    return { result, used: own };
  }

  buffer(it: Buffer): string {
    const own = this.#reuses.get(it) ?? it;
    this.#used.add(own);
    return this.name(own);
  }

  type(type: Type): string {
    if (type.lanes > 1) this.lanes.add(type.lanes);
    return held(type);
  }

  expression(x: Expression): string {
    const { type } = x;
    this.type(type);
    switch (x.kind) {
      case 'constant':
        return literal(x.value, type.kind);
      case 'variable':
        return this.name(x.variable);
      case 'load':
        return this.#load(x.buffer, this.expression(x.at), type);
      case 'apply': {
        const [{ type: from }] = x.inputs;
        if ((x.op === 'max' || x.op === 'min') && from.lanes > 1) {
          const [of, bound] = x.inputs;
          const plain = plainOf(bound);
          if (plain !== undefined)
            return clamp(x.op, this.expression(of), plain, this.expression(bound), from);
        }
        if (isLaneByLane(x.op, from))
          this.laneFunctions.set(laneName(x.op, from), laneByLane(x.op, from, x.inputs.length));
        return operation(
          x.op,
          from,
          type,
          x.inputs.map((input) => this.expression(input)),
        );
      }
      case 'splat':
        return spread(this.expression(x.of), type);
      case 'lanes': {
        const parts = x.of.map((part) => `${type.kind === 'bool' ? '-' : ''}${this.expression(part)}`);
        return `(${held(type)}){${parts.join(', ')}}`;
      }
      case 'lane': {
        const one = `(${this.expression(x.of)})[${x.lane}]`;
        return type.kind === 'bool' ? `(-${one})` : one;
      }
      case 'call':
        return `${this.#subroutine(x.callee)}(${x.arguments.map((it) => this.expression(it)).join(', ')})`;
    }
  }

  #load(buffer: Buffer, at: string, { kind, lanes }: Type): string {
    const name = this.buffer(buffer);
    if (lanes === 1) return `${name}[${at}]`;
    const short = narrow[buffer.dtype];
    if (!short) return `*(const ${kind}x${lanes}u *)(${name} + ${at})`;
    const whole = resized(`*(const ${short}x${lanes}u *)(${name} + ${at})`, short, lanes, 'held');
    return kind === 'bool' ? `(${whole} != 0)` : whole;
  }

  #store(buffer: Buffer, at: string, value: Expression): string {
    const { kind, lanes } = value.type;
    const name = this.buffer(buffer);
    const text = this.expression(value);
    if (lanes === 1) return `${name}[${at}] = ${text};`;
    const short = narrow[buffer.dtype];
    if (!short) return `*(${kind}x${lanes}u *)(${name} + ${at}) = ${text};`;
    const whole = kind === 'bool' ? `-(${text})` : text;
    return `*(${short}x${lanes}u *)(${name} + ${at}) = ${resized(whole, short, lanes, 'narrow')};`;
  }

  #argument(it: Expression | Place): string {
    return it.kind === 'place'
      ? `${this.buffer(it.buffer)} + ${this.expression(it.at)}`
      : this.expression(it);
  }

  statement(it: Statement): string {
    switch (it.kind) {
      case 'let':
        return `${this.type(it.variable.type)} ${this.name(it.variable)} = ${this.expression(it.value)};`;
      case 'set':
        return `${this.name(it.variable)} = ${this.expression(it.value)};`;
      case 'store':
        return this.#store(it.buffer, this.expression(it.at), it.value);
      case 'for': {
        const i = this.name(it.variable);
        const [from, to] = [it.from, it.to].map((bound) => this.expression(bound));
        return `for (int64_t ${i} = ${from}; ${i} < ${to}; ${i} += ${it.step}) {\n${this.block(it.body)}\n}`;
      }
      case 'if': {
        const otherwise = it.whenFalse.length ? ` else {\n${this.block(it.whenFalse)}\n}` : '';
        return `if (${this.expression(it.condition)}) {\n${this.block(it.whenTrue)}\n}${otherwise}`;
      }
      case 'run':
        return `${this.#subroutine(it.callee)}(${it.arguments.map((each) => this.#argument(each)).join(', ')});`;
    }
  }

  block(statements: readonly Statement[]): string {
    return statements.map((it) => this.statement(it)).join('\n');
  }

  #subroutine(it: Subroutine): string {
    const { name, parameters, body, result } = it;
    if (this.subroutines.has(it)) return name;
    const { result: text } = this.#alone(() => {
      const declared = parameters.map((each) =>
        isBuffer(each)
          ? `${stored[each.dtype]} *restrict ${this.name(each)}`
          : `${this.type(each.type)} ${this.name(each)}`,
      );
      const statements = this.block(body);
      const last = result ? `\nreturn ${this.expression(result)};` : '';
      const returned = result ? this.type(result.type) : 'void';
      return `static ${returned} ${name}(${declared.join(', ')}) {\n${statements}${last}\n}`;
    });
    this.subroutines.set(it, text); // after those that it calls
    return name;
  }

  /** `routine` as a function's parameters and body. `scratch` says which buffers are each thread's own, and where. */
  routine({ begin, end, body }: Routine, scratch: Offsets): Called {
    const { result, used } = this.#alone(() => {
      const bounds = [begin, end].map((it) => `int64_t ${this.name(it)}`);
      const statements = this.block(body);
      const given = [...this.#used].filter((it) => !scratch.has(it));
      const declarations = [...this.#used].map((it) => {
        const place = scratch.has(it)
          ? `scratch + ${scratch.get(it)}`
          : `at(places[${given.indexOf(it)}], arrays, arena)`;
        return `${stored[it.dtype]} *restrict ${this.name(it)} = (void *)(${place});`;
      });
      return `(${[parameters, ...bounds].join(', ')}) {\n${[...declarations, statements].join('\n')}\n}`;
    });
    return { text: result, given: used.filter((it) => !scratch.has(it)) };
  }
}

type Offsets = Compiled['scratch']['offsets'];

/** A function without its name, and the buffers whose places its callers give it, in order. */
interface Called {
  readonly text: string;
  readonly given: readonly Buffer[];
}

const parameters = 'const int64_t *places, void *const *arrays, char *arena, char *scratch';

/** Whether threads are to share tasks, which pays from so many additions on: 1 or 0. */
const isShared = ({ tasks, work }: Load): number => (work >= 40_000 && tasks > 1 ? 1 : 0);

/** What the runtime goes through: see there. */
const stepType = `typedef struct step {
  int64_t kind;
  void (*run)(${parameters}, int64_t, int64_t);
  const int64_t *places;
  int64_t count, more;
  const struct step *first, *second;
} step;`;

/** The C of `compiled`, which takes `arrays`: what `program()` gives back is for the runtime. */
export function emit(compiled: Compiled, arrays: readonly Buffer[]): string {
  const { reuses, steps, slices, arena, scratch } = compiled;
  const emitter = new Emitter(reuses);
  const functions = new Map<string, string>();
  const places: number[] = [];
  const lists: string[] = [];
  const slots = [...arrays, ...slices.map(({ entry }) => entry)];
  const placeOf = (buffer: Buffer): number => {
    const own = reuses.get(buffer) ?? buffer;
    return arena.offsets.get(own) ?? ~slots.indexOf(own);
  };
  const placed = (list: readonly number[]): string => {
    const own = `places + ${places.length}`;
    places.push(...list);
    return own;
  };
  const kernel = (routine: Routine): string => {
    const { text, given } = emitter.routine(routine, scratch.offsets);
    const name = functions.get(text) ?? `routine_${functions.size}`;
    functions.set(text, name);
    return `{1, ${name}, ${placed(given.map(placeOf))}, ${routine.tasks}, ${isShared(routine)}, 0, 0},`;
  };
  /** Of a slice its array, and its place, where it begins there and how far it moves along each axis, in bytes. */
  const moves = ({ entry, of, first, steps: by }: Slice): number[] => {
    const size = itemSize(entry.dtype);
    return [slots.indexOf(entry), placeOf(of), first * size, ...by.map((step) => step * size)];
  };
  const list = (of: Steps<Routine>): string => {
    const rows = of.map((step) => {
      switch (step.kind) {
        case 'leaf':
          return kernel(step.leaf);
        case 'repeat': {
          return `{2, 0, ${placed(step.slices.flatMap(moves))}, ${step.times}, ${step.slices.length}, ${list(step.body)}, 0},`;
        }
        case 'parallel': {
          const { sizes, slices, body } = step;
          const load = loadOf(step);
          const own = [isShared(load), sizes.length, ...sizes, ...slices.flatMap(moves)];
          return `{5, 0, ${placed(own)}, ${load.tasks}, ${slices.length}, ${list(body)}, 0},`;
        }
        case 'branch':
          return `{3, 0, ${placed([placeOf(step.predicate)])}, 0, 0, ${list(step.whenTrue)}, ${list(step.whenFalse)}},`;
        case 'while':
          return `{4, 0, ${placed([placeOf(step.predicate)])}, 0, 0, ${list(step.test)}, ${list(step.body)}},`;
        default:
          return step satisfies never;
      }
    });
    const name = `steps_${lists.length}`;
    lists.push(`static const step ${name}[] = {\n${rows.join('\n')}\n{0}};`);
    return name;
  };
  const all = list(steps);
  const dtypes: ComputeDType[] = ['i32', 'f32', 'f64'];
  return [
    prelude,
    ...[...emitter.lanes].flatMap((lanes) => [
      vectorTypes(lanes, dtypes),
      widenings(lanes),
      truncations(lanes, dtypes),
      extremes(lanes, dtypes),
    ]),
    ...emitter.laneFunctions.values(),
    ...emitter.subroutines.values(),
    // a place is where something lies in the arena, or ~i for the array i
    'static inline void *at(int64_t place, void *const *arrays, char *arena) { return place < 0 ? arrays[~place] : arena + place; }',
    ...[...functions].map(([text, name]) => `static void ${name}${text}`),
    stepType,
    `static const int64_t places[] = {${[...places, 0].join(', ')}};`,
    ...lists,
    `const void *program(void) { return ${all}; }`,
    '',
  ].join('\n');
}
