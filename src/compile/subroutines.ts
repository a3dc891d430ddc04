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

/** (key word 0, key word 1, i) → the top `width` bits of word i of the Threefry-2x32 stream (Salmon et al., 2011). */
export const threefry = (width: number, lanes: number): Subroutine =>
  subroutine(`threefry_${width}_${lanes}`, () => {
    const type = typeOf('i32', lanes);
    const parameters = [variable(type), variable(type), variable(type)] as const;
    const [key0, key1, position] = parameters.map(read);
    const constant = (value: number): Expression => splat(number(value, 'i32'), lanes);
    const body: Statement[] = [];
    const named = (value: Expression): Variable => {
      const it = variable(type);
      body.push(let_(it, value));
      return it;
    };
    const add = (x: Expression, y: Expression) => apply('add', [x, y]);
    const xor = (x: Expression, y: Expression) => apply('xor', [x, y]);
    const last = named(xor(xor(key0, key1), constant(0x1bd11bda)));
    const keys = [key0, key1, read(last)];
    const a = named(add(apply('shiftRight', [position, constant(1)]), key0));
    const b = named(key1);
    for (let group = 0; group < 5; group++) {
      for (const by of rotations[group % 2]) {
        const turned = apply('or', [
          apply('shiftLeft', [read(b), constant(by)]),
          apply('shiftRight', [read(b), constant(32 - by)]),
        ]);
        body.push(set(a, add(read(a), read(b))), set(b, xor(turned, read(a))));
      }
      body.push(
        set(a, add(read(a), keys[(group + 1) % 3])),
        set(b, add(add(read(b), keys[(group + 2) % 3]), constant(group + 1))),
      );
    }
    const odd = apply('eq', [apply('and', [position, constant(1)]), constant(1)], 'bool');
    const word = apply('select', [odd, read(b), read(a)], 'i32');
    return {
      parameters,
      body,
      result: width === 32 ? word : apply('shiftRight', [word, constant(32 - width)]),
    };
  });
