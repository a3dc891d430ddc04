// What each primitive refuses, and in which words: op, shapes and dtypes are named.
import { describe, expect, test } from 'vitest';
import { type Graph, inferShapes, type Op, type Params, prims, trace } from '../../src/graph/index.ts';
import { type Aval, checkDType, DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';

/** 'f32[2,3] i32[4]' as abstract values. */
const avals = (text: string): Aval[] =>
  [...text.matchAll(/(\w+)\[([\d,]*)\]/g)].map(([, dtype, sizes]) => ({
    dtype: checkDType(dtype),
    shape: sizes === '' ? [] : sizes.split(',').map(Number),
  }));

type Refusal<P> = readonly [inputs: string, params: P, message: string];
type Refusals = { readonly [K in Op]: readonly Refusal<Params[K]>[] };

const none = {};
const shapes = (op: Op): Refusal<typeof none> => [
  'f32[2,3] f32[3,2]',
  none,
  `${op}: f32[2, 3] and f32[3, 2] differ in shape`,
];
const types = (op: Op): Refusal<typeof none> => [
  'f32[2] f64[2]',
  none,
  `${op}: f32[2] and f64[2] differ in dtype`,
];
const floats = (op: Op): Refusal<typeof none>[] => [
  ['i32[2,3]', none, `${op}: i32[2, 3] given; it takes f32 or f64; cast first`],
  ['bool[]', none, `${op}: bool[] given; it takes f32 or f64; cast first`],
];
const numbers = (op: Op): Refusal<typeof none> => [
  'bool[2]',
  none,
  `${op}: bool[2] given; it takes numbers; cast the bool first`,
];
const two = (op: Op): Refusal<typeof none>[] => [
  shapes(op),
  types(op),
  ['bool[2] bool[2]', none, `${op}: bool[2] and bool[2] given; it takes numbers; cast the bool first`],
];
const slicing = (
  start: number[],
  stop: number[],
  step: number[],
  shown: string,
): Refusal<Params['slice']> => [
  'f32[3,4]',
  { start, stop, step },
  `slice: f32[3, 4]: from ${shown} is not inside`,
];

const window = { lhs: 'i', rhs: 'k', out: 'o', stride: 1, dilation: 1 };
const slides = { lhs: 'i', rhs: 'k', out: 'o', windows: [window] };

/** The graph of `f` on inputs such as 'f32[2,3] i32[4]'. */
const graphOf = (inputs: string, f: (values: Tensor[]) => readonly Tensor[]): Graph =>
  trace(f, avals(inputs)).graph;
const same = (inputs: string): Graph => graphOf(inputs, (values) => values);
const holds = (inputs: string): Graph => graphOf(inputs, () => [prims.full([], 1, 'bool')]);
/** (carry f32[2], entry i32[]) → the carry, then the entry. */
const rounds = { body: same('f32[2] i32[]'), consts: 0, carry: 1, length: 3, reverse: false };
const branches = { whenTrue: same('f32[2]'), whenFalse: same('f32[2]') };
const loop = { test: holds('f32[2]'), body: same('f32[2]'), consts: 0 };

const refusals: Refusals = {
  neg: [numbers('neg')],
  abs: [numbers('abs')],
  floor: floats('floor'),
  exp: floats('exp'),
  expm1: floats('expm1'),
  log: floats('log'),
  log1p: floats('log1p'),
  sqrt: floats('sqrt'),
  sin: floats('sin'),
  cos: floats('cos'),
  tanh: floats('tanh'),
  erf: floats('erf'),
  erfc: floats('erfc'),
  cast: [],
  stopGradient: [],
  add: two('add'),
  sub: two('sub'),
  mul: two('mul'),
  div: two('div'),
  mod: two('mod'),
  pow: two('pow'),
  max: [shapes('max'), types('max')],
  min: [shapes('min'), types('min')],
  eq: [shapes('eq'), types('eq')],
  lt: [shapes('lt'), types('lt')],
  select: [
    ['i32[2] f32[2] f32[2]', none, 'select: the condition is i32, not bool'],
    ['bool[2] f32[2] f64[2]', none, 'select: f32[2] and f64[2] differ in dtype'],
    ['bool[2] f32[2] f32[3]', none, 'select: f32[2] and f32[3] differ in shape'],
    ['bool[] f32[2] f32[2]', none, 'select: bool[] and f32[2] and f32[2]: shapes differ'],
  ],
  full: [],
  iota: [
    ['', { shape: [2, 3], axis: 2, dtype: 'i32' }, 'iota: axis 2 of [2, 3]'],
    ['', { shape: [], axis: 0, dtype: 'i32' }, 'iota: axis 0 of []'],
    ['', { shape: [2], axis: 0, dtype: 'bool' }, 'iota: bool given; it counts in i32, f32 or f64'],
  ],
  randomBits: [
    ['f32[2]', { shape: [3], width: 32 }, 'randomBits: the key is f32; keys are i32'],
    [
      'i32[3]',
      { shape: [3], width: 32 },
      'randomBits: i32[3]: a key is two words; make one with random.key(seed)',
    ],
    [
      'i32[]',
      { shape: [3], width: 32 },
      'randomBits: i32[]: a key is two words; make one with random.key(seed)',
    ],
    ['i32[2]', { shape: [3], width: 0 }, 'randomBits: i32[2]: width 0'],
    ['i32[2]', { shape: [3], width: 33 }, 'randomBits: i32[2]: width 33'],
    ['i32[2]', { shape: [3], width: 1.5 }, 'randomBits: i32[2]: width 1.5'],
  ],
  sum: [
    ['bool[2]', { axes: [0] }, 'sum: bool[2] given; it takes numbers; cast the bool first'],
    ['f32[2,3]', { axes: [2] }, 'sum: f32[2, 3]: axes [2] are not its axes'],
    ['f32[2,3]', { axes: [-1] }, 'sum: f32[2, 3]: axes [-1] are not its axes'],
    ['f32[2,3]', { axes: [1, 0] }, 'sum: f32[2, 3]: axes [1, 0] are not its axes'],
    ['f32[2,3]', { axes: [1, 1] }, 'sum: f32[2, 3]: axes [1, 1] are not its axes'],
  ],
  reduceMax: [['f32[2,3]', { axes: [0, 3] }, 'reduceMax: f32[2, 3]: axes [0, 3] are not its axes']],
  argMax: [
    ['bool[2]', { axis: 0 }, 'argMax: bool[2] given; it takes numbers; cast the bool first'],
    ['f32[2]', { axis: 1 }, 'argMax: f32[2]: axis 1 is not one of its axes'],
    ['f32[2,0]', { axis: 1 }, 'argMax: f32[2, 0]: axis 1 is empty, so it has no greatest'],
  ],
  cumSum: [
    ['bool[2]', { axis: 0 }, 'cumSum: bool[2] given; it takes numbers; cast the bool first'],
    ['f32[2]', { axis: -1 }, 'cumSum: f32[2]: axis -1 is not one of its axes'],
  ],
  argSort: [
    ['bool[2]', { axis: 0 }, 'argSort: bool[2] given; it takes numbers; cast the bool first'],
    ['f32[]', { axis: 0 }, 'argSort: f32[]: axis 0 is not one of its axes'],
  ],
  reshape: [['f32[2,3]', { shape: [4] }, 'reshape: f32[2, 3]: [4] has another size']],
  transpose: [
    ['f32[2,3]', { perm: [0] }, 'transpose: f32[2, 3]: [0] is not an order of its axes'],
    ['f32[2,3]', { perm: [0, 0] }, 'transpose: f32[2, 3]: [0, 0] is not an order of its axes'],
    ['f32[2,3]', { perm: [1, 2] }, 'transpose: f32[2, 3]: [1, 2] is not an order of its axes'],
  ],
  broadcast: [
    ['f32[2]', { shape: [2, 3], axes: [1] }, 'broadcast: f32[2]: axes [1] of [2, 3] do not match'],
    ['f32[1]', { shape: [3], axes: [0] }, 'broadcast: f32[1]: axes [0] of [3] do not match'],
    ['f32[2,3]', { shape: [3, 2], axes: [1, 0] }, 'broadcast: f32[2, 3]: axes [1, 0] of [3, 2] do not match'],
    ['f32[2]', { shape: [2], axes: [] }, 'broadcast: f32[2]: axes [] of [2] do not match'],
  ],
  slice: [
    slicing([0], [3], [1], '[0] to [3] by [1]'),
    slicing([0, 0], [3, 5], [1, 1], '[0, 0] to [3, 5] by [1, 1]'),
    slicing([2, 0], [1, 4], [1, 1], '[2, 0] to [1, 4] by [1, 1]'),
    slicing([-1, 0], [3, 4], [1, 1], '[-1, 0] to [3, 4] by [1, 1]'),
    slicing([0, 0], [3, 4], [1, 0], '[0, 0] to [3, 4] by [1, 0]'),
    slicing([0.5, 0], [3, 4], [1, 1], '[0.5, 0] to [3, 4] by [1, 1]'),
  ],
  pad: [
    ['f32[2]', { low: [-1], high: [0], interior: [0] }, 'pad: f32[2]: by [-1], [0] and [0]'],
    ['f32[2]', { low: [1], high: [0, 0], interior: [0] }, 'pad: f32[2]: by [1], [0, 0] and [0]'],
    ['f32[2]', { low: [1], high: [0], interior: [0.5] }, 'pad: f32[2]: by [1], [0] and [0.5]'],
  ],
  flip: [
    ['f32[2]', { axes: [1] }, 'flip: f32[2]: axes [1] are not its axes'],
    ['f32[2,3]', { axes: [1, 0] }, 'flip: f32[2, 3]: axes [1, 0] are not its axes'],
  ],
  concat: [
    ['f32[2] f32[2]', { axis: 1 }, 'concat: f32[2] and f32[2]: axis 1 is not one of their axes'],
    ['f32[2] f64[2]', { axis: 0 }, 'concat: f32[2] and f64[2] differ in dtype'],
    ['f32[2,3] f32[2,4]', { axis: 0 }, 'concat: f32[2, 3] and f32[2, 4]: shapes differ outside axis 0'],
    ['f32[2,3] f32[2]', { axis: 0 }, 'concat: f32[2, 3] and f32[2]: shapes differ outside axis 0'],
  ],
  gather: [
    ['f32[3] f32[2]', { axis: 0, batch: 0 }, 'gather: indices are f32; they must be i32'],
    ['f32[3] i32[2]', { axis: 1, batch: 0 }, 'gather: f32[3] and i32[2]: axis 1, batch 0'],
    ['f32[2,3] i32[2]', { axis: 0, batch: 1 }, 'gather: f32[2, 3] and i32[2]: axis 0, batch 1'],
    ['f32[2,3] i32[3,1]', { axis: 1, batch: 1 }, 'gather: f32[2, 3] and i32[3, 1]: the first 1 axes differ'],
  ],
  scatterAdd: [
    [
      'bool[2] i32[2]',
      { axis: 0, batch: 0, size: 3 },
      'scatterAdd: bool[2] given; it takes numbers; cast the bool first',
    ],
    ['f32[2] f64[2]', { axis: 0, batch: 0, size: 3 }, 'scatterAdd: indices are f64; they must be i32'],
    ['f32[2] i32[2]', { axis: 1, batch: 0, size: 3 }, 'scatterAdd: f32[2] and i32[2]: axis 1, batch 0'],
    [
      'f32[2] i32[3]',
      { axis: 0, batch: 0, size: 3 },
      "scatterAdd: f32[2] and i32[3]: the updates lack the indices' axes at 0",
    ],
    [
      'f32[2,4] i32[3,4]',
      { axis: 1, batch: 1, size: 3 },
      'scatterAdd: f32[2, 4] and i32[3, 4]: the first 1 axes differ',
    ],
  ],
  scatter: [
    [
      'bool[2] i32[2] bool[2]',
      { by: 'add', axis: 0, batch: 0 },
      'scatter: bool[2] given; it takes numbers; cast the bool first',
    ],
    ['f32[2] f32[2] f32[2]', { by: 'set', axis: 0, batch: 0 }, 'scatter: indices are f32; they must be i32'],
    ['f32[2] i32[2] f64[2]', { by: 'set', axis: 0, batch: 0 }, 'scatter: f32[2] and f64[2] differ in dtype'],
    [
      'f32[2,3] i32[4] f32[4]',
      { by: 'max', axis: 0, batch: 0 },
      'scatter: f32[2, 3] and i32[4] and f32[4]: the updates must be [4, 3]',
    ],
  ],
  dynamicSlice: [
    ['f32[3] f32[1]', { sizes: [2] }, 'dynamicSlice: starts are f32; they must be i32'],
    ['f32[3] i32[2]', { sizes: [2] }, 'dynamicSlice: f32[3] and i32[2]: starts must be [1]'],
    ['f32[3] i32[1]', { sizes: [4] }, 'dynamicSlice: f32[3] and i32[1]: sizes [4] are not inside [3]'],
  ],
  dynamicUpdate: [
    ['f32[3] f64[2] i32[1]', none, 'dynamicUpdate: f32[3] and f64[2] differ in dtype'],
    ['f32[3] f32[2] bool[1]', none, 'dynamicUpdate: starts are bool; they must be i32'],
    [
      'f32[3,3] f32[2] i32[2]',
      none,
      'dynamicUpdate: f32[3, 3] and f32[2] and i32[2]: the update must have the axes of x, the first 0 as they are there',
    ],
    [
      'f32[3] f32[4] i32[1]',
      none,
      'dynamicUpdate: f32[3] and f32[4] and i32[1]: sizes [4] are not inside [3]',
    ],
  ],
  dot: [
    [
      'bool[2] bool[2]',
      { lhs: 'i', rhs: 'i', out: '' },
      'dot: bool[2] and bool[2] given; it takes numbers; cast the bool first',
    ],
    ['f32[2] f64[2]', { lhs: 'i', rhs: 'i', out: '' }, 'dot: f32[2] and f64[2] differ in dtype'],
    [
      'f32[2,3] f32[4,2]',
      { lhs: 'ij', rhs: 'jk', out: 'ik' },
      'dot: f32[2, 3] and f32[4, 2]: ij,jk->ik: sizes 3 and 4 of j differ',
    ],
    [
      'f32[2,2] f32[2]',
      { lhs: 'ii', rhs: 'i', out: 'i' },
      'dot: f32[2, 2] and f32[2]: ii,i->i is not a contraction of them',
    ],
    [
      'f32[2,3] f32[3]',
      { lhs: 'i', rhs: 'i', out: 'i' },
      'dot: f32[2, 3] and f32[3]: i,i->i is not a contraction of them',
    ],
    [
      'f32[2] f32[3]',
      { lhs: 'i', rhs: 'j', out: 'i' },
      'dot: f32[2] and f32[3]: i,j->i is not a contraction of them',
    ],
    [
      'f32[2] f32[2]',
      { lhs: 'i', rhs: 'i', out: 'k' },
      'dot: f32[2] and f32[2]: i,i->k is not a contraction of them',
    ],
  ],
  conv: [
    ['bool[4] bool[2]', slides, 'conv: bool[4] and bool[2] given; it takes numbers; cast the bool first'],
    ['f32[4] f64[2]', slides, 'conv: f32[4] and f64[2] differ in dtype'],
    ['f32[4] f32[2,2]', slides, 'conv: f32[4] and f32[2, 2]: i,k->o is not a contraction of them'],
    [
      'f32[4] f32[4]',
      { ...slides, rhs: 'i' },
      'conv: f32[4] and f32[4]: i,i->o is not a contraction of them',
    ],
    [
      'f32[4] f32[2]',
      { ...slides, windows: [] },
      'conv: f32[4] and f32[2]: i,k->o is not a contraction of them',
    ],
    [
      'f32[4] f32[2]',
      { ...slides, windows: [{ ...window, lhs: 'k', rhs: 'i' }] },
      'conv: f32[4] and f32[2]: i,k->o has no window from k by i to o',
    ],
    ['f32[2] f32[3]', slides, 'conv: f32[2] and f32[3]: a window of 3 does not fit in 2 along i'],
    [
      'f32[4] f32[3]',
      { ...slides, windows: [{ ...window, dilation: 2 }] },
      'conv: f32[4] and f32[3]: a window of 5 does not fit in 4 along i',
    ],
    ['f32[2] f32[0]', slides, 'conv: f32[2] and f32[0]: a window of 0 does not fit in 2 along i'],
    [
      'f32[2] f32[1]',
      { ...slides, windows: [{ ...window, stride: 0 }] },
      'conv: f32[2] and f32[1]: stride 0, dilation 1',
    ],
  ],
  call: [
    ['f32[2]', { graph: same('f32[2] f32[2]') }, 'call: graph has 2 values where there are 1'],
    ['f32[3]', { graph: same('f32[2]') }, 'call: graph has f32[2] as value 0 where there is f32[3]'],
    ['f64[2]', { graph: same('f32[2]') }, 'call: graph has f32[2] as value 0 where there is f64[2]'],
  ],
  scan: [
    ['f32[2] i32[3]', { ...rounds, length: -1 }, 'scan: length -1 is no whole number ≥ 0'],
    ['f32[2] i32[3]', { ...rounds, length: 1.5 }, 'scan: length 1.5 is no whole number ≥ 0'],
    ['f32[2] i32[4]', rounds, 'scan: i32[4]: what is stacked must have 3 entries'],
    ['f32[2] i32[]', rounds, 'scan: i32[]: what is stacked must have 3 entries'],
    ['f32[2]', rounds, 'scan: body has 2 values where there are 1'],
    ['f32[2] i32[3,1]', rounds, 'scan: body has i32[] as value 1 where there is i32[1]'],
    ['f32[2] f32[3]', rounds, 'scan: body has i32[] as value 1 where there is f32[]'],
    [
      'f32[2] i32[3]',
      { ...rounds, body: graphOf('f32[2] i32[]', ([x]) => [prims.sum(x, [0])]) },
      "scan: the body's carry has f32[] as value 0 where there is f32[2]",
    ],
    [
      'f32[2] i32[3]',
      { ...rounds, body: graphOf('f32[2] i32[]', () => []) },
      "scan: the body's carry has 0 values where there are 1",
    ],
  ],
  cond: [
    ['f32[] f32[2]', branches, 'cond: the predicate is f32[]; it must be bool[]'],
    ['bool[2] f32[2]', branches, 'cond: the predicate is bool[2]; it must be bool[]'],
    ['bool[]', branches, 'cond: whenTrue has 1 values where there are 0'],
    [
      'bool[] f32[2]',
      { ...branches, whenFalse: same('f32[3]') },
      'cond: whenFalse has f32[3] as value 0 where there is f32[2]',
    ],
    [
      'bool[] f32[2]',
      { ...branches, whenFalse: graphOf('f32[2]', ([x]) => [x, x]) },
      'cond: whenFalse has 2 values where there are 1',
    ],
    [
      'bool[] f32[2]',
      { ...branches, whenFalse: graphOf('f32[2]', ([x]) => [prims.cast(x, 'i32')]) },
      'cond: whenFalse has i32[2] as value 0 where there is f32[2]',
    ],
  ],
  whileLoop: [
    ['f32[3]', loop, 'whileLoop: test has f32[2] as value 0 where there is f32[3]'],
    [
      'f32[2]',
      { ...loop, body: same('f32[3]') },
      'whileLoop: body has f32[3] as value 0 where there is f32[2]',
    ],
    ['f32[2]', { ...loop, test: same('f32[2]') }, 'whileLoop: the test gives f32[2]; it must give bool[]'],
    [
      'f32[2]',
      { ...loop, test: graphOf('f32[2]', () => []) },
      'whileLoop: the test gives nothing; it must give bool[]',
    ],
    [
      'f32[2]',
      { ...loop, body: graphOf('f32[2]', ([x]) => [prims.cast(x, 'f64')]) },
      "whileLoop: the body's carry has f64[2] as value 0 where there is f32[2]",
    ],
  ],
};

describe('The shape rule', () => {
  const visit = <K extends Op>(op: K): void => {
    for (const [inputs, params, message] of refusals[op])
      test(`of ${op} refuses ${inputs}, since ${message}`, () => {
        const infer = (): Aval => inferShapes(op, avals(inputs), params)[0];
        const aboutTypes =
          /differ in dtype|given; it takes|must be i32|not bool|(be|give) bool|keys are i32|counts in|is for storage|has (\w+)\[.* there is (?!\2)/.test(
            message,
          );
        expect(infer).toThrow(aboutTypes ? new DTypeError(message) : new ShapeError(message));
      });
  };
  for (const op of Object.keys(refusals)) visit(op as Op);
});
