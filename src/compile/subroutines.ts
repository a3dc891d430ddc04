// What kernels of several programs call.
import {
  apply,
  type Expression,
  let_,
  number,
  read,
  type Statement,
  type Subroutine,
  set,
  splat,
  type as typeOf,
  type Variable,
  variable,
} from './code.ts';

const made = new Map<string, Subroutine>();

/** The subroutine called `name`, made once. */
export function subroutine(name: string, make: () => Omit<Subroutine, 'name'>): Subroutine {
  const known = made.get(name) ?? { name, ...make() };
  made.set(name, known);
  return known;
}

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Both words of block `block` of the Threefry-2x32 stream (Salmon et al., 2011), by statements that go to `push`. */
export function threefryBlock(
  [key0, key1]: readonly Expression[],
  block: Expression,
  push: (statement: Statement) => void,
): [Expression, Expression] {
  const { type } = block;
  const constant = (value: number): Expression => splat(number(value, 'i32'), type.lanes);
  const named = (value: Expression): Variable => {
    const it = variable(type);
    push(let_(it, value));
    return it;
  };
  const add = (x: Expression, y: Expression) => apply('add', [x, y]);
  const xor = (x: Expression, y: Expression) => apply('xor', [x, y]);
  const last = named(xor(xor(key0, key1), constant(0x1bd11bda)));
  const keys = [key0, key1, read(last)];
  const a = named(add(block, key0));
  const b = named(key1);
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2]) {
      const turned = apply('or', [
        apply('shiftLeft', [read(b), constant(by)]),
        apply('shiftRight', [read(b), constant(32 - by)]),
      ]);
      push(set(a, add(read(a), read(b))));
      push(set(b, xor(turned, read(a))));
    }
    push(set(a, add(read(a), keys[(group + 1) % 3])));
    push(set(b, add(add(read(b), keys[(group + 2) % 3]), constant(group + 1))));
  }
  return [read(a), read(b)];
}

/** The top `width` bits of `word`. */
export const topBits = (word: Expression, width: number): Expression =>
  width === 32 ? word : apply('shiftRight', [word, splat(number(32 - width, 'i32'), word.type.lanes)]);

/** (key word 0, key word 1, i) → the top `width` bits of word i of the Threefry-2x32 stream, two words a block. */
export const threefry = (width: number, lanes: number): Subroutine =>
  subroutine(`threefry_${width}_${lanes}`, () => {
    const type = typeOf('i32', lanes);
    const parameters = [variable(type), variable(type), variable(type)] as const;
    const [key0, key1, position] = parameters.map(read);
    const one = splat(number(1, 'i32'), lanes);
    const body: Statement[] = [];
    const block = apply('shiftRight', [position, one]);
    const [even, odd] = threefryBlock([key0, key1], block, (it) => body.push(it));
    const isOdd = apply('eq', [apply('and', [position, one]), one], 'bool');
    return { parameters, body, result: topBits(apply('select', [isOdd, odd, even], 'i32'), width) };
  });
