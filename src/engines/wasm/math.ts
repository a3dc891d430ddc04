// What WebAssembly has no instruction for: the functions that a module imports.
import { erf, erfc, floorMod, integerPower, power } from '../math.ts';

// Functions of Math are passed as they are: V8 calls some of them without leaving compiled code.
const { exp, expm1, log, log1p, sin, cos, tanh } = Math;
export const math = { exp, expm1, log, log1p, sin, cos, tanh, erf, erfc, power, floorMod, integerPower };

export type MathName = keyof typeof math;

/** The same as source text, for threads that start from source. `__name` is what some bundlers put there. */
export const mathSource = `((__name) => {
  const { exp, expm1, log, log1p, sin, cos, tanh } = Math;
  const [erf, erfc, power, floorMod, integerPower] = [${[erf, erfc, power, floorMod, integerPower].join(', ')}];
  return { exp, expm1, log, log1p, sin, cos, tanh, erf, erfc, power, floorMod, integerPower };
})((f) => f)`;
