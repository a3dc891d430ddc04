// Products in every way that they are cut, packed, read and finished, against the reference engine.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compiled } from '../../src/compile/index.ts';
import { useEngine, useThreads } from '../../src/engines/index.ts';
import { trace } from '../../src/graph/index.ts';
import {
  add,
  einsum,
  matmul,
  mul,
  neg,
  nn,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  take,
  transpose,
} from '../../src/index.ts';
import { type DType, fromTypedArray } from '../../src/tensor/index.ts';
import { aval, compiledEngines, compiledOf, engineNamed, subroutinesOf } from '../helpers/compiled.ts';
import { toTensor } from '../helpers/grids.ts';
import { filled } from '../helpers/long-programs.ts';

beforeAll(() => {
  useEngine('reference');
  useThreads(2); // which share what is packed
});

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor | Tensor[];
  readonly shapes: readonly (readonly number[])[];
}

const rows: Case = {
  f: matmul,
  shapes: [
    [37, 61],
    [61, 83],
  ],
};
const columns: Case = {
  f: (x, y) => matmul(transpose(x), y),
  shapes: [
    [61, 96],
    [61, 13],
  ],
};
const packed: Case = {
  f: (x, y) => matmul(transpose(x), y),
  shapes: [
    [61, 97],
    [61, 83],
  ],
};

const indices = fromTypedArray(
  Int32Array.from({ length: 40 }, (_, i) => (i * 7) % 53),
  [40],
  'i32',
);
const gathered: Case = {
  f: (x, y) => matmul(take(x, indices), y),
  shapes: [
    [53, 30],
    [30, 41],
  ],
};

/** Everything but sizes: how factors lie, what is computed before and after, how many axes there are. */
const cases: Record<string, Case> = {
  rows,
  columns,
  packed,
  gathered,
  'a column of the left factor as a row': {
    f: (x, y) => matmul(transpose(x), y),
    shapes: [
      [61, 96],
      [61, 83],
    ],
  },
  'a right factor as columns': {
    f: (x, y) => matmul(x, transpose(y)),
    shapes: [
      [37, 61],
      [83, 61],
    ],
  },
  'both as columns': {
    f: (x, y) => matmul(transpose(x), transpose(y)),
    shapes: [
      [61, 37],
      [83, 61],
    ],
  },
  'a transposed result': {
    f: (x, y) => transpose(matmul(x, y)),
    shapes: [
      [37, 61],
      [61, 83],
    ],
  },
  'a left factor that is computed': {
    f: (x, y, z) => matmul(nn.relu(add(mul(x, 2), z)), y),
    shapes: [[37, 61], [61, 83], [61]],
  },
  'a right factor that is computed': {
    f: (x, y, z) => matmul(x, mul(y, transpose(z))),
    shapes: [
      [37, 61],
      [61, 83],
      [83, 61],
    ],
  },
  'parts of factors': {
    f: (x, y) => matmul(slice(x, '3:', '::2'), slice(y, ':', '5:70')),
    shapes: [
      [50, 60],
      [30, 83],
    ],
  },
  'factors of another shape': {
    f: (x, y) => matmul(reshape(transpose(x), [50, 60]), y),
    shapes: [
      [60, 10, 5],
      [60, 71],
    ],
  },
  'what is done with sums': {
    f: (x, y, bias, other) => {
      const h = add(matmul(x, y), bias);
      return [nn.relu(h), sub(mul(h, other), neg(h))];
    },
    shapes: [[37, 61], [61, 83], [83], [37, 83]],
  },
  'several products': {
    f: matmul,
    shapes: [
      [5, 37, 31],
      [5, 31, 43],
    ],
  },
  'several left factors': {
    f: matmul,
    shapes: [
      [5, 37, 31],
      [31, 43],
    ],
  },
  'several right factors': {
    f: matmul,
    shapes: [
      [37, 31],
      [5, 31, 43],
    ],
  },
  'axes in any order': {
    f: (x, y) => einsum('abk,kcd->dbac', x, y),
    shapes: [
      [5, 17, 30],
      [30, 7, 3],
    ],
  },
  'two inner axes': {
    f: (x, y) => einsum('akbl,lkcd->abcd', x, y),
    shapes: [
      [5, 7, 9, 11],
      [11, 7, 6, 5],
    ],
  },
  'two batch axes': {
    f: (x, y) => einsum('pqik,qpkj->pijq', x, y),
    shapes: [
      [3, 2, 19, 23],
      [2, 3, 23, 29],
    ],
  },
};

/** Sizes at which products are cut: into blocks of rows, of columns and of depth, and panels that are not full. */
const sizes: Record<string, Case> = {
  'one row block, one panel': {
    f: matmul,
    shapes: [
      [5, 300],
      [300, 13],
    ],
  },
  'several row blocks': {
    f: matmul,
    shapes: [
      [403, 65],
      [65, 130],
    ],
  },
  'more columns than a block': {
    f: matmul,
    shapes: [
      [21, 35],
      [35, 1101],
    ],
  },
  'more columns than a block, blocks of rows': {
    f: matmul,
    shapes: [
      [330, 20],
      [20, 531],
    ],
  },
  'a depth in parts': {
    f: matmul,
    shapes: [
      [13, 2600],
      [2600, 17],
    ],
  },
  'a packed depth in parts': {
    f: (x, y) => matmul(transpose(x), y),
    shapes: [
      [2600, 23],
      [2600, 37],
    ],
  },
  'a part of the depth left over, of many rows': {
    f: matmul,
    shapes: [
      [310, 700],
      [700, 33],
    ],
  },
  'a depth of which a cache holds few panels': {
    f: (x, y) => matmul(nn.relu(x), y),
    shapes: [
      [130, 17_000],
      [17_000, 37],
    ],
  },
  'a computed depth in parts': {
    f: (x, y) => matmul(nn.relu(x), y),
    shapes: [
      [150, 1301],
      [1301, 19],
    ],
  },
  'one row block, the last panel not full': {
    f: (x, y) => matmul(transpose(x), y),
    shapes: [
      [67, 70],
      [67, 70],
    ],
  },
  'as many products as threads, and more': {
    f: matmul,
    shapes: [
      [9, 16, 17],
      [9, 17, 64],
    ],
  },
};

/** Few rows, or few columns, of which the other factor is read once: its columns are neighbours, or its rows. */
const few: Record<string, Case> = Object.fromEntries(
  [1, 3, 8, 9].flatMap((m) => {
    const case_ = (name: string, f: Case['f'], ...shapes: number[][]) =>
      [`${m} ${name}`, { f, shapes }] as const;
    return [
      case_('rows', matmul, [m, 300], [300, 97]),
      case_('rows of a transposed factor', (x, y) => matmul(x, transpose(y)), [m, 300], [97, 300]),
      case_('columns', matmul, [97, 300], [300, m]),
      case_('columns of a transposed factor', (x, y) => matmul(transpose(x), y), [300, 97], [300, m]),
      case_('rows of a computed factor', (x, y, z) => matmul(x, mul(y, z)), [m, 1100], [1100, 97], [97]),
      case_('rows, transposed', (x, y) => transpose(matmul(x, transpose(y))), [m, 1100], [97, 1100]),
    ];
  }),
);

/** The largest difference from the reference engine, as a part of the result's largest number. */
function worstOf(engine: string, all: Record<string, Case>, dtype: DType): Record<string, number> {
  const starts = Object.values(all).map((_, i, list) =>
    list.slice(0, i).reduce((sum, { shapes }) => sum + shapes.length, 0),
  );
  const inputs = Object.values(all)
    .flatMap(({ shapes }) => shapes)
    .map((shape, i) => toTensor(filled(dtype, shape, i)));
  const results = Object.entries(all).map(([name, { f, shapes }], i) => {
    const own = inputs.slice(starts[i], starts[i] + shapes.length);
    return { name, f, own };
  });
  const counts: number[] = [];
  const { graph, captures } = trace((values) => {
    const found = results.map(({ f, own }, i) =>
      [f(...values.slice(starts[i], starts[i] + own.length))].flat(),
    );
    counts.push(...found.map(({ length }) => length));
    return found.flat();
  }, inputs);
  const expected = engineNamed('reference').compile(graph)([...captures, ...inputs]);
  const actual = engineNamed(engine).compile(graph)([...captures, ...inputs]);
  const names = results.flatMap(({ name }, i) => Array.from({ length: counts[i] }, () => name));
  const worst: Record<string, number> = {};
  actual.forEach(({ data }, i) => {
    const right = expected[i].data;
    let [largest, difference] = [0, 0];
    right.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value));
      const apart = Math.abs(data[j] - value);
      if (!(apart <= difference)) difference = apart;
    });
    worst[names[i]] = Math.max(worst[names[i]] ?? 0, difference / largest);
  });
  return worst;
}

const closeTo = (tolerance: number, found: Record<string, number>): string[] =>
  Object.entries(found).flatMap(([name, error]) => (error <= tolerance ? [] : [`${name}: ${error}`]));

describe.each(compiledEngines())('On the %s engine, products are right', (engine) => {
  test('however their factors lie and whatever is done before and after', () => {
    expect(closeTo(2e-6, worstOf(engine, cases, 'f32'))).toEqual([]);
  });

  test.each([1, 2])('at every size at which they are cut for %i threads', (threads) => {
    useThreads(threads);
    expect(closeTo(1e-5, worstOf(engine, sizes, 'f32'))).toEqual([]);
    useThreads(2);
  });

  test('of few rows or columns', () => {
    expect(closeTo(1e-5, worstOf(engine, few, 'f32'))).toEqual([]);
  });

  test('in f64 too', () => {
    expect(closeTo(1e-14, worstOf(engine, { ...cases, ...sizes, ...few }, 'f64'))).toEqual([]);
  });
});

describe('The left factor of a product', () => {
  const product = ({ f, shapes }: Case): Compiled =>
    compiledOf(
      f,
      shapes.map((shape) => aval(shape)),
    );
  const layoutOf = (it: Case): string[] =>
    [...subroutinesOf(product(it))].map((name) => name.replace(/.*_(packed|rows|columns)_.*/, '$1'));

  test('is read where it lies, if its rows are neighbours', () => {
    expect(layoutOf(rows)).toEqual(['rows']);
  });

  test('is read where it lies, if its columns are and one panel is all', () => {
    expect(layoutOf(columns)).toEqual(['columns']);
    expect(layoutOf(packed)).toEqual(['packed']);
  });

  test('is computed as rows, if its rows are neighbours, and else packed', () => {
    expect(layoutOf(cases['a left factor that is computed'])).toEqual(['rows']);
    expect(layoutOf(gathered)).toEqual(['rows']);
    expect(layoutOf({ ...packed, f: (x, y) => matmul(nn.relu(transpose(x)), y) })).toEqual(['packed']);
  });
});

describe('A product of few rows', () => {
  const scratch = (m: number, f: Case['f'], ...shapes: number[][]): number => {
    const compiled = compiledOf(f, [aval([m, 512]), ...shapes.map((shape) => aval(shape))]);
    const [{ written }] = compiled.kernels;
    expect([written.routines.length, written.shared.length]).toEqual([1, 0]);
    return compiled.scratch.bytes / 1024;
  };
  const byColumns: Case['f'] = (x, y) => matmul(x, transpose(y));

  test('packs no more of the other factor at a time than what it multiplies next', () => {
    expect(scratch(30, matmul, [512, 4096])).toBeLessThan(512);
    expect(scratch(30, byColumns, [4096, 512])).toBeLessThan(512);
  });

  test('packs nothing of it where its rows or columns are neighbours', () => {
    for (const m of [1, 3, 8]) {
      expect(scratch(m, matmul, [512, 4096])).toBeLessThan(80);
      expect(scratch(m, byColumns, [4096, 512])).toBeLessThan(80);
      expect(scratch(m, (x, y, z) => matmul(x, mul(y, z)), [512, 4096], [4096])).toBeLessThan(80);
    }
  });

  test('is not one of a tile', () => {
    const names = (f: Case['f'], shape: number[]): string[] => [
      ...subroutinesOf(compiledOf(f, [aval([3, 512]), aval(shape)])),
    ];
    expect([names(matmul, [512, 4096]), names(byColumns, [4096, 512])]).toEqual([[], []]);
  });
});

describe('What is no product', () => {
  test.each<[string, Case['f'], number[][]]>([
    [
      'a small one',
      matmul,
      [
        [8, 8],
        [8, 8],
      ],
    ],
    ['one of a vector with rows', (x, y) => matmul(x, y), [[400, 300], [300]]],
    [
      'a sum of what depends on less',
      (x, y) => sum(mul(reshape(x, [100, 1, 90]), y), 2),
      [
        [100, 90],
        [70, 1],
      ],
    ],
  ])('takes plain loops: %s', (_, f, shapes) => {
    const compiled = compiledOf(
      f,
      shapes.map((shape) => aval(shape)),
    );
    expect(subroutinesOf(compiled).size).toBe(0);
  });
});
