// Long random programs on every engine, against the reference engine in f64 and a bound on their errors that
// follows from the precision, the lengths of sums and how each step passes errors on (tests/helpers/bounds.ts).
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { threadCount, useThreads } from '../../src/engines/threads.ts';
import {
  type AnyApply,
  applyAgain,
  type Engine,
  type Graph,
  interpret,
  prims,
  trace,
} from '../../src/graph/index.ts';
import { type DType, isFloat, type Tensor } from '../../src/tensor/index.ts';
import { bounded, compare } from '../helpers/bounds.ts';
import { type Grid, toTensor } from '../helpers/grids.ts';
import { long, runs } from '../helpers/long.ts';
import { filled, type LongProgram, longProgram, operands, performLong } from '../helpers/long-programs.ts';

const reference = useEngine('reference');

interface Traced {
  readonly graph: Graph;
  readonly inputs: readonly Grid[];
}

function traced(program: LongProgram, dtype: DType): Traced {
  const inputs = operands(program, dtype);
  return { inputs, graph: trace((values) => performLong(program, values), inputs).graph };
}

/** Runs `graph` on `engine`, its bounds on the reference engine; gives what part of the results had a bound. */
function expectWithinBounds(engine: Engine, { graph, inputs }: Traced): { checked: number; all: number } {
  const outputs = engine.compile(graph)(inputs.map(toTensor));
  const total = { checked: 0, all: 0 };
  bounded(graph, inputs).forEach((bound, i) => {
    const { wrong, checked, all } = compare(outputs[i], bound);
    if (wrong) expect.fail(`output ${i}: ${wrong}`);
    total.checked += checked;
    total.all += all;
  });
  return total;
}

describe.each(engineNames())('On the %s engine', (name) => {
  let engine: Engine;
  beforeAll(() => {
    engine = useEngine(name);
    useEngine('reference');
  });

  test.each([
    ['f32', 40],
    ['f64', 25],
  ] as const)('long programs on %s give what is right, within the bounds of their errors', (dtype, most) => {
    const total = { checked: 0, all: 0 };
    fc.assert(
      fc.property(longProgram, (program) => {
        const { checked, all } = expectWithinBounds(engine, traced(program, dtype));
        total.checked += checked;
        total.all += all;
      }),
      { numRuns: runs(most), interruptAfterTimeLimit: 50_000, endOnFailure: true },
    );
    if (long) expect(total.checked / total.all).toBeGreaterThan(0.8); // of many
  });

  test.each(['f32', 'f64'] as const)(
    'products of %s in every layout are right to the last row and column',
    (dtype) => {
      const layouts = ['ij,jk->ik', 'ij,jk->ki', 'ji,jk->ik', 'ij,kj->ik', 'ji,kj->ik', 'ji,kj->ki'];
      const batched = layouts.map((layout) => layout.replace(/(\w+),(\w+)->(\w+)/, 'b$1,b$2->b$3'));
      const sizes = { b: 3, i: 70, j: 67, k: 33 };
      const shape = (letters: string): number[] =>
        [...letters].map((letter) => sizes[letter as keyof typeof sizes]);
      const specs = [...layouts, ...batched, 'bij,jk->bik', 'ij,bjk->ibk', 'bij,bik->jk'];
      const all = specs.map((spec) => spec.split(/,|->/));
      const inputs = all.flatMap(([lhs, rhs], i) => [
        filled(dtype, shape(lhs), i),
        filled(dtype, shape(rhs), i + 50),
      ]);
      const { graph } = trace(
        (values) =>
          all.map(([lhs, rhs, out], i) => prims.dot(values[2 * i], values[2 * i + 1], { lhs, rhs, out })),
        inputs,
      );
      const { checked, all: elements } = expectWithinBounds(engine, { graph, inputs });
      expect(checked).toBe(elements);
    },
  );

  test('long programs give the same bits on 1, 2 and 3 threads, however many they were compiled with', () => {
    const before = threadCount();
    fc.assert(
      fc.property(longProgram, (program) => {
        const { graph, inputs } = traced(program, 'f32');
        const having = <R>(threads: number, f: () => R): R => {
          useThreads(threads);
          return f();
        };
        const compiled = [1, 2, 3].map((threads) => having(threads, () => engine.compile(graph)));
        const [first, ...rest] = compiled.flatMap((run) =>
          [1, 2, 3].map((threads) => having(threads, () => run(inputs.map(toTensor)).map(bytes))),
        );
        for (const other of rest) expect(other).toEqual(first);
      }),
      { numRuns: runs(12), interruptAfterTimeLimit: 50_000, endOnFailure: true },
    );
    useThreads(before);
  });
});

const bytes = ({ data }: Tensor): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

type Change = (node: AnyApply, inputs: Tensor[]) => Tensor | undefined;

/** The reference engine with a fault: where `change` gives something, that is what a primitive gives. */
const faulty = (change: Change): Engine => ({
  name: 'faulty',
  compile: (graph) => {
    const step = (node: AnyApply, inputs: Tensor[]): Tensor[] => {
      const changed = change(node, inputs);
      return changed ? [changed] : applyAgain(node, inputs);
    };
    return reference.compile(
      trace((values) => interpret<Tensor>(graph, values, step).outputs, graph.inputs).graph,
    );
  },
});

/** All of `x` but the last along `axis`. */
const shortened = (x: Tensor, axis: number): Tensor =>
  prims.slice(x, {
    start: x.shape.map(() => 0),
    stop: x.shape.map((n, i) => (i === axis ? n - 1 : n)),
    step: x.shape.map(() => 1),
  });

const faults: Record<string, Change> = {
  'a sum without its last term': (node, [x]) =>
    node.op === 'sum' && x.shape[node.params.axes[0]] > 1
      ? prims.sum(shortened(x, node.params.axes[0]), node.params.axes)
      : undefined,
  'a product without its last term': (node, [x, y]) => {
    if (node.op !== 'dot') return undefined;
    const { lhs, rhs, out } = node.params;
    const over = [...lhs].find((letter) => !out.includes(letter)) ?? '';
    const n = x.shape[lhs.indexOf(over)];
    return n > 1
      ? prims.dot(shortened(x, lhs.indexOf(over)), shortened(y, rhs.indexOf(over)), node.params)
      : undefined;
  },
  'a last element that is off by a thousandth': (node, [x, y]) => {
    if (node.op !== 'add' || !isFloat(node.dtype)) return undefined;
    const sum = prims.reshape(prims.add(x, y), [x.size]);
    const last = prims.eq(prims.iota([x.size], 0, 'i32'), prims.full([x.size], x.size - 1, 'i32'));
    const off = prims.mul(sum, prims.full([x.size], 1.001, node.dtype));
    return prims.reshape(prims.select(last, off, sum), x.shape);
  },
  'half precision': (node, inputs) =>
    node.op === 'mul' && isFloat(node.dtype)
      ? prims.mul(applyAgain(node, inputs)[0], prims.full(node.shape, 1 + 2 ** -11, node.dtype))
      : undefined,
};

test.each(Object.entries(faults))('The bounds notice %s', (_, change) => {
  const property = fc.property(longProgram, (program) => {
    expectWithinBounds(faulty(change), traced(program, 'f32'));
  });
  expect(fc.check(property, { numRuns: 60, endOnFailure: true }).failed).toBe(true);
});
