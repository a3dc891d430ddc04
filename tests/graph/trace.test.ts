// Tracing: what becomes a node, what is merged, dropped or captured, and what must not leave a trace.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { compile, isTracing, prims, record, run, showGraph, trace } from '../../src/graph/index.ts';
import { fromNested, type Tensor, TraceError } from '../../src/tensor/index.ts';

const { add, exp, full, mul, neg, sum } = prims;
const vector = { dtype: 'f32', shape: [3] } as const;
const escaped =
  'a traced value was used after its trace ended: return it from the function instead of keeping it in a variable outside';

const ops = (f: (x: Tensor) => Tensor[]): string[] =>
  trace(([x]) => f(x), [vector]).graph.nodes.map((node) => node.op);

beforeAll(() => {
  useEngine('reference');
});

describe('trace', () => {
  test('records each primitive once, in order', () => {
    expect(ops((x) => [sum(mul(exp(x), x), [0])])).toEqual(['exp', 'mul', 'sum']);
  });

  test('merges equal applications, also of constants', () => {
    expect(ops((x) => [add(exp(x), exp(x))])).toEqual(['exp', 'add']);
    const constant = (): Tensor => full([3], 2, 'f32');
    expect(ops((x) => [mul(constant(), add(constant(), x))])).toEqual(['full', 'add', 'mul']);
  });

  test('keeps applications apart that differ in parameters, inputs or order', () => {
    expect(ops((x) => [full([], 1, 'f32'), full([], 1, 'f64'), sum(x, [0])])).toHaveLength(3);
    expect(ops((x) => [prims.sub(x, neg(x)), prims.sub(neg(x), x)])).toEqual(['neg', 'sub', 'sub']);
  });

  test.each([
    [0, -0],
    [NaN, Infinity],
    [Infinity, -Infinity],
    [NaN, 0],
  ])('does not merge the constants %s and %s', (a, b) => {
    const { graph } = trace(() => [full([], a, 'f64'), full([], b, 'f64')], []);
    expect(compile(graph)([]).map((x) => x.item())).toEqual([a, b]);
  });

  test('merges constants that are both NaN, or both −0', () => {
    expect(trace(() => [full([], NaN, 'f64'), full([], NaN, 'f64')], []).graph.nodes).toHaveLength(1);
    expect(trace(() => [full([], -0, 'f64'), full([], -0, 'f64')], []).graph.nodes).toHaveLength(1);
  });

  test('drops what no output needs', () => {
    expect(
      ops((x) => {
        exp(mul(x, x));
        return [neg(x)];
      }),
    ).toEqual(['neg']);
  });

  test('keeps inputs that nothing reads, in their places', () => {
    const { graph } = trace(([, b]) => [neg(b)], [vector, { dtype: 'i32', shape: [] }]);
    expect(showGraph(graph)).toBe('graph(%0: f32[3], %1: i32[]) {\n  %2: i32[] = neg %1\n  return %2\n}');
  });

  test('makes every tensor from outside one input, before its own inputs', () => {
    const [a, b] = [fromNested([1, 2, 3], 'f32'), fromNested([4, 5, 6], 'f32')];
    const { graph, captures } = trace(([x]) => [add(mul(x, a), mul(add(b, a), a))], [vector]);
    expect([captures.length, captures[0] === a, captures[1] === b]).toEqual([2, true, true]);
    expect(graph.inputs).toHaveLength(3);
    const [y] = run(graph, [a, b, fromNested([1, 1, 1], 'f32')]);
    expect(y.toArray()).toEqual([6, 16, 30]);
  });

  test('captures values of the trace around it', () => {
    const inner: number[] = [];
    const { graph } = trace(
      ([x]) => {
        const doubled = add(x, x);
        const traced = trace(([y]) => [mul(y, doubled)], [vector]);
        inner.push(traced.captures.length);
        return run(traced.graph, [...traced.captures, x]);
      },
      [vector],
    );
    expect(inner).toEqual([1]);
    expect(run(graph, [fromNested([1, 2, 3])])[0].toArray()).toEqual([2, 8, 18]);
  });

  test('gives an input or a captured tensor as an output', () => {
    const a = fromNested([7, 8, 9]);
    const { graph, captures } = trace(([x]) => [x, a, x], [vector]);
    const outputs = run(graph, [...captures, fromNested([1, 2, 3])]).map((y) => y.toArray());
    expect(outputs).toEqual([
      [1, 2, 3],
      [7, 8, 9],
      [1, 2, 3],
    ]);
  });

  test('ends when its function throws', () => {
    expect(() =>
      trace(() => {
        throw new RangeError('on purpose');
      }, []),
    ).toThrow('on purpose');
    expect(isTracing()).toBe(false);
    expect(neg(fromNested(2)).item()).toBe(-2);
  });

  test('is under way only inside its function', () => {
    const seen: boolean[] = [];
    trace(
      (x) => {
        seen.push(isTracing());
        return x;
      },
      [vector],
    );
    expect(seen).toEqual([true]);
    expect(isTracing()).toBe(false);
  });
});

describe('A traced value', () => {
  test.each([
    ['data', (x: Tensor) => x.data],
    ['toArray', (x: Tensor) => x.toArray()],
    ['item', (x: Tensor) => x.item()],
  ])('throws when it is read by %s', (_, read) => {
    const inspect = () =>
      trace(
        ([x]) => {
          read(exp(x));
          return [];
        },
        [{ dtype: 'f32', shape: [] }],
      );
    expect(inspect).toThrow(
      new TraceError(
        'a traced value (exp) has no numbers yet: inside jit, grad, vmap or jvp, branch with where(…) and return the tensor instead of reading it',
      ),
    );
  });

  test('prints its dtype and shape', () => {
    const printed: string[] = [];
    trace(
      ([x]) => {
        printed.push(String(x), `${exp(x)}`);
        return [];
      },
      [vector],
    );
    expect(printed).toEqual(['f32[3] (traced)', 'f32[3] (traced)']);
  });

  const leak = (): Tensor => {
    const kept: Tensor[] = [];
    trace(
      ([x]) => {
        kept.push(x);
        return [x];
      },
      [vector],
    );
    return kept[0];
  };

  test('throws when it is used after its trace', () => {
    const leaked = leak();
    expect(() => neg(leaked)).toThrow(new TraceError(escaped));
    expect(() => leaked.data).toThrow('a traced value (input) has no numbers yet');
  });

  test('throws when it is used in another trace', () => {
    const leaked = leak();
    expect(() => trace(([x]) => [add(x, leaked)], [vector])).toThrow(new TraceError(escaped));
    expect(() => trace(() => [leaked], [])).toThrow(new TraceError(escaped));
  });
});

describe('record', () => {
  test('throws where nothing is being traced', () => {
    expect(() => record('neg', {}, [fromNested(1)])).toThrow(new TraceError('neg: nothing is being traced'));
  });
});

describe('showGraph', () => {
  test('writes a line a primitive, names in order, parameters as JSON', () => {
    const { graph } = trace(
      ([x, w]) => {
        const y = prims.dot(x, w, { lhs: 'ij', rhs: 'jk', out: 'ik' });
        return [y, sum(mul(y, full([2, 4], 0.5, 'f32')), [1])];
      },
      [
        { dtype: 'f32', shape: [2, 3] },
        { dtype: 'f32', shape: [3, 4] },
      ],
    );
    expect(showGraph(graph)).toBe(`graph(%0: f32[2, 3], %1: f32[3, 4]) {
  %2: f32[2, 4] = dot %0 %1 {"lhs":"ij","rhs":"jk","out":"ik"}
  %3: f32[2, 4] = full {"value":0.5,"shape":[2,4],"dtype":"f32"}
  %4: f32[2, 4] = mul %2 %3
  %5: f32[2] = sum %4 {"axes":[1]}
  return %2, %5
}`);
  });

  test('tells constants apart that JSON does not', () => {
    const { graph } = trace(() => [NaN, -Infinity, -0].map((value) => full([], value, 'f32')), []);
    expect(showGraph(graph)).toBe(`graph() {
  %0: f32[] = full {"value":"NaN","shape":[],"dtype":"f32"}
  %1: f32[] = full {"value":"-Infinity","shape":[],"dtype":"f32"}
  %2: f32[] = full {"value":"-0","shape":[],"dtype":"f32"}
  return %0, %1, %2
}`);
  });

  test('writes a graph without inputs or nodes', () => {
    expect(showGraph({ inputs: [], nodes: [], outputs: [] })).toBe('graph() {\n  return \n}');
  });
});
