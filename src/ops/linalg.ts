// Products of matrices and, by einsum, of anything.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  letters,
  normalizeAxis,
  promote,
  range,
  ShapeError,
  showShape,
  type Tensor,
  toNumber,
  without,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { slice } from './at.ts';
import { greaterEqual, lessEqual, where } from './elementwise.ts';
import { expandDims } from './movement.ts';
import { broadcastTo } from './operands.ts';

function promoted(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const dtype = toNumber(promote(a.dtype, b.dtype));
  return [prims.cast(a, dtype), prims.cast(b, dtype)];
}

/**
 * Matrix product over the last two axes, [..., m, k] · [..., k, n] → [..., m, n]; leading axes broadcast,
 * and a vector counts as a row on the left, a column on the right.
 */
export const matmul = checked(
  'matmul',
  [arg.tensor('a'), arg.tensor('b')],
  (a: Tensor, b: Tensor): Tensor => {
    if (a.ndim === 0 || b.ndim === 0)
      throw new ShapeError(
        `matmul: ${showShape(a.shape)} · ${showShape(b.shape)}: a number is no matrix; use mul`,
      );
    const [left, right] = [a.ndim === 1 ? expandDims(a, 0) : a, b.ndim === 1 ? expandDims(b, 1) : b];
    const inner = left.shape[left.ndim - 1];
    if (inner !== right.shape[right.ndim - 2])
      throw new ShapeError(
        `matmul: ${showShape(a.shape)} · ${showShape(b.shape)}: inner sizes ${inner} and ${right.shape[right.ndim - 2]} differ`,
      );
    const [x, y] = promoted(left, right);
    const product = multiply(x, y);
    const dropped = [
      ...(a.ndim === 1 ? [product.ndim - 2] : []),
      ...(b.ndim === 1 ? [product.ndim - 1] : []),
    ];
    return prims.reshape(product, without(product.shape, dropped));
  },
);

function multiply(x: Tensor, y: Tensor): Tensor {
  const shared = broadcastShapes('matmul', x.shape.slice(0, -2), y.shape.slice(0, -2));
  const [m, k, n] = letters.slice(-3);
  // an operand without leading axes takes part in one product of all rows, not in many small ones
  const labels = (t: Tensor): string => (t.ndim === 2 ? '' : letters.slice(0, shared.length));
  const full = (t: Tensor): Tensor => (t.ndim === 2 ? t : broadcastTo(t, [...shared, ...t.shape.slice(-2)]));
  return prims.dot(full(x), full(y), {
    lhs: labels(x) + m + k,
    rhs: labels(y) + k + n,
    out: letters.slice(0, shared.length) + m + n,
  });
}

/** x[i] y[j] for all i and j. */
export const outer = checked(
  'outer',
  [arg.tensor('x'), arg.tensor('y')],
  (x: Tensor, y: Tensor): Tensor => einsum('i,j->ij', x, y),
);

/** The entries at equal positions of two axes, along a new last axis. */
export const diagonal = checked(
  'diagonal',
  [arg.tensor('x'), arg.optional(arg.axis('axis1')), arg.optional(arg.axis('axis2'))],
  (x: Tensor, axis1: number = 0, axis2: number = 1): Tensor => {
    const [i, j] = [normalizeAxis('diagonal', axis1, x.ndim), normalizeAxis('diagonal', axis2, x.ndim)];
    if (i === j) throw new ShapeError(`diagonal: axes ${axis1} and ${axis2} are the same`);
    const rest = without(range(x.ndim), [i, j]);
    const n = Math.min(x.shape[i], x.shape[j]);
    const square = slice(prims.transpose(x, [...rest, i, j]), '...', `:${n}`, `:${n}`);
    const flat = prims.reshape(square, [...rest.map((axis) => x.shape[axis]), n * n]);
    return slice(flat, '...', `::${n + 1}`);
  },
);

const offset = arg.value(
  'k',
  'a number',
  (given): given is number => arg.isNumber(given) && !Number.isNaN(given),
);

const triangle = (op: string, keep: typeof lessEqual) =>
  checked(op, [arg.tensor('x'), arg.optional(offset)], (x: Tensor, k: number = 0): Tensor => {
    if (x.ndim < 2) throw new ShapeError(`${op}: shape ${showShape(x.shape)} is no matrix`);
    const shape = x.shape.slice(-2);
    const diagonalOf = prims.sub(prims.iota(shape, 1, 'i32'), prims.iota(shape, 0, 'i32'));
    return where(keep(diagonalOf, k), x, prims.full([], 0, x.dtype));
  });
/** The lower triangle of the last two axes, up to the k-th diagonal; zeros above. */
export const tril = triangle('tril', lessEqual);
/** The upper triangle of the last two axes, from the k-th diagonal on; zeros below. */
export const triu = triangle('triu', greaterEqual);

interface Term {
  readonly labels: string;
  readonly value: Tensor;
}

/** Repeated letters of one operand become its diagonal. */
function takeDiagonals({ labels, value }: Term): Term {
  const second = [...labels].findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { labels, value };
  const label = labels[second];
  const first = labels.indexOf(label);
  const others = without([...labels], [first, second]).join('');
  return takeDiagonals({ labels: others + label, value: diagonal(value, first, second) });
}

/** Letters that nothing else needs are summed away; bools count as i32. */
function sumUnneeded({ labels, value }: Term, needed: string): Term {
  const axes = [...labels].flatMap((label, i) => (needed.includes(label) ? [] : [i]));
  const counted = axes.length ? prims.cast(value, toNumber(value.dtype)) : value;
  return { labels: without([...labels], axes).join(''), value: prims.sum(counted, axes) };
}

function contract(a: Term, b: Term, needed: string): Term {
  const left = sumUnneeded(a, b.labels + needed);
  const right = sumUnneeded(b, a.labels + needed);
  const all = [...new Set(left.labels + right.labels)];
  const out = all.filter((label) => needed.includes(label)).join('');
  const [x, y] = promoted(left.value, right.value);
  return { labels: out, value: prims.dot(x, y, { lhs: left.labels, rhs: right.labels, out }) };
}

/** Names of the axes that `part` of a spec means, of which '...' stands for `more`, counted from the last. */
function namesIn(part: string, more: number): string[] {
  const [head, tail] = part.split('...');
  return [...head, ...(tail === undefined ? [] : range(more).map((i) => `...${more - i}`)), ...(tail ?? '')];
}

function parseEinsum(spec: string, operands: readonly Tensor[]): { terms: Term[]; out: string } {
  const fail = (why: string): never => {
    throw new ShapeError(
      `einsum: '${spec}' on ${operands.map((x) => showShape(x.shape)).join(', ')}: ${why}`,
    );
  };
  const [left, right, ...rest] = spec.replaceAll(/\s/g, '').split('->');
  const inputs = left.split(',');
  if (rest.length || ![...inputs, right ?? ''].every((part) => /^\p{L}*(\.{3})?\p{L}*$/u.test(part)))
    fail("write letters as in 'ij,jk->ik'");
  if (inputs.length !== operands.length) fail(`${inputs.length} operands named, ${operands.length} given`);
  const sizes = new Map<string, number>();
  let widest = 0;
  const axes = inputs.map((part, i) => {
    const { ndim, shape } = operands[i];
    const more = Math.max(0, ndim - namesIn(part, 0).length);
    const names = namesIn(part, more);
    if (names.length !== ndim) fail(`'${part}' names ${names.length} axes, the operand has ${ndim}`);
    if (part.includes('...')) widest = Math.max(widest, more);
    names.forEach((name, axis) => {
      const [known, n] = [sizes.get(name) ?? 1, shape[axis]];
      if (known !== 1 && n !== 1 && n !== known)
        fail(`${name.replace(/\d+/, '')} is ${known} in one place, ${n} in another`);
      sizes.set(name, known === 1 ? n : known);
    });
    return names;
  });
  const occur = (name: string): number => axes.flat().filter((other) => other === name).length;
  const once = [...sizes.keys()].filter((name) => occur(name) === 1 && !name.startsWith('.')).sort();
  const out = namesIn(right ?? `...${once.join('')}`, widest);
  if (new Set(out).size !== out.length) fail('a letter stands twice in the output');
  for (const name of out) if (!sizes.has(name)) fail(`${name} is in the output alone`);
  if (sizes.size > letters.length) fail(`there are more than ${letters.length} letters`);
  const label = new Map([...sizes.keys()].map((name, i) => [name, letters[i]]));
  const labels = (names: readonly string[]): string => names.map((name) => label.get(name)).join('');
  const dtype = operands.map((x) => x.dtype).reduce(promote);
  const terms = operands.map((x, i): Term => {
    // an axis of size 1 says nothing where others are longer
    const kept = range(x.ndim).filter((axis) => x.shape[axis] === sizes.get(axes[i][axis]));
    const value = prims.reshape(
      prims.cast(x, dtype),
      kept.map((axis) => x.shape[axis]),
    );
    return takeDiagonals({ labels: labels(kept.map((axis) => axes[i][axis])), value });
  });
  return { terms, out: labels(out) };
}

/**
 * A sum of products by NumPy's letters: `einsum('bij,bjk->bik', x, y)`. Letters missing from the output
 * are summed over; without '->' those that occur once are kept, in alphabetical order. '...' stands for any axes,
 * aligned from the last; they come where it stands in the output, first without '->', and are summed over too where
 * the output lacks it.
 * An axis of size 1 broadcasts to what the others have.
 */
export const einsum = checked(
  'einsum',
  [arg.text('spec'), arg.rest(arg.tensor('operands'))],
  (spec: string, ...operands: readonly Tensor[]): Tensor => {
    const { terms, out } = parseEinsum(spec, operands);
    const needs = (from: number): string =>
      out +
      terms
        .slice(from)
        .map((term) => term.labels)
        .join('');
    let result = terms[0];
    for (let i = 1; i < terms.length; i++) result = contract(result, terms[i], needs(i + 1));
    const { labels, value } = sumUnneeded(result, out);
    return prims.transpose(
      value,
      [...out].map((label) => labels.indexOf(label)),
    );
  },
);
