// Arithmetic that JavaScript's Math lacks. Each function refers to nothing outside itself, so that a thread
// can start from its source.

/** erf(x) = 2/√π ∫₀ˣ e^(−t²) dt to double precision: its power series near 0, a continued fraction in the tail. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  if (a < 2.5) {
    // 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!, all of one sign, so nothing cancels (DLMF 7.6.2)
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  // erfc(x) for x ≥ 2.5: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))) (DLMF 7.9.1)
  let fraction = a;
  for (let k = 60; k >= 1; k--) fraction = a + k / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
}

/** erfc(x) = 1 − erf(x) to double precision: so where that does not cancel, a continued fraction in the tail. */
export function erfc(x: number): number {
  if (!(x > 0.5)) {
    const a = Math.abs(x);
    if (a > 0.5) return 2 - erfc(a);
    // the power series of erf, as above
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  if (x > 27) return 0;
  // as above; the tail has converged after 180/x² terms
  let fraction = x;
  for (let k = Math.ceil(180 / (x * x)) + 20; k >= 1; k--) fraction = x + k / 2 / fraction;
  // e^(−x²) = e^(−h²) e^(−(x−h)(x+h)) with h² exact: rounded, x² would be off by x² units in the last place
  const h = Math.floor(x * 128) / 128;
  return (Math.exp(-h * h) * Math.exp((h - x) * (h + x))) / (Math.sqrt(Math.PI) * fraction);
}

/** x^y by IEEE 754. JavaScript's 1^NaN, 1^∞ and (−1)^∞ are NaN instead of 1. */
export function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

/** The remainder of x / y with the sign of y, which 0 has too. */
export function floorMod(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}

/** x^n modulo 2³²; a negative n rounds 1 / x^|n| towards zero. */
export function integerPower(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}
