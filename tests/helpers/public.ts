// Every public function with a valid call: what its arguments are called, an example of each, and what else they may be.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as umbra from '../../src/index.ts';
import * as store from '../../src/store/index.ts';

const { nn, random, tensor } = umbra;

export interface Argument {
  readonly name: string;
  readonly value: unknown;
  /** What of the garbage the call may take in its place. */
  readonly takes: readonly string[];
  readonly optional: boolean;
}

const kind =
  (...takes: string[]) =>
  (name: string, value: unknown): Argument => ({ name, value, takes, optional: false });
const optional = (of: Argument): Argument => ({ ...of, takes: [...of.takes, 'undefined'], optional: true });
const nullable = (of: Argument): Argument => optional({ ...of, takes: [...of.takes, 'null'] });

const tensors = ['bool', 'i32', 'nothing', 'cube', 'scalar'];
const x = tensor(
  [
    [1, 2],
    [3, 4],
  ],
  'f32',
);
const whole = tensor([0, 1], 'i32');

const values = kind('NaN', 'Infinity', '1.5', '-1', 'true', '[]', 'bigints', ...tensors);
const like = (name: string, value: unknown = x): Argument => values(name, value);
const indices = (name: string, value: unknown = whole): Argument =>
  kind('-1', '[]', 'bigints', ...tensors)(name, value);
const finite = kind('1.5', '-1');
const fraction = kind('1.5');
const integer = kind('-1');
const only = kind();
const shape = (value: unknown = [2, 2]): Argument => kind('[]')('shape', value);
const axis = (name = 'axis', value = 0): Argument => integer(name, value);
const axes = (name = 'axis', value: unknown = 0): Argument => kind('-1', '[]')(name, value);
const axisTree = kind('-1', '{}', '{ axis }', 'bare', '[]', '[[1], 2]');
const flag = (name: string): Argument => optional(kind('true')(name, false));
const dtype = (value: unknown = 'f32'): Argument => nullable(only('dtype', value));
const text = (name: string, value: string): Argument => kind('"3"', '""')(name, value);
const callback = (name: string, value: unknown): Argument => kind('function', 'async')(name, value);
const bag = kind('{}', 'bare'); // an object that may be empty
const part = (value: unknown): Argument => kind('-1', 'null', '"3"', '""', '[]', 'i32')('index', value);
const starts = kind('[]', 'i32')('starts', [0, 1]);
const tree = (name: string, value: unknown = x): Argument =>
  kind('null', '[null]', '{}', 'bare', '[]', ...tensors)(name, value);

const one = [like('x')];
const two = [like('x'), like('y')];
const pair = [like('a'), like('b')];
const over = [like('x'), nullable(axes()), flag('keepdims')];
const key = like('key', random.key(1));
const drawn = [optional(callback('initializer', nn.heNormal)), dtype()];
const dense = nn.initDense(random.key(2), 2, 3);
const attention = nn.initAttention(random.key(3), 2);
const attending = optional(bag('options', { causal: true }));
const adaptation = nn.initLora(random.key(7), dense, 1);
const cube = tensor(
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
  'f32',
);
const cache = nn.initKeyValueCache([1, 3, 2]);
/** Of all the numbers in a tree. */
const sumOfSquares = (v: umbra.Tree = []): umbra.Tensor =>
  umbra
    .treeLeaves(v)
    .map((leaf) => umbra.sum(umbra.square(leaf)))
    .reduce((total, part) => umbra.add(total, part), umbra.zeros([]));
const f = callback('f', sumOfSquares);
const both = (carry: umbra.Tree, entry: umbra.Tree): [umbra.Tree, umbra.Tree] => [carry, entry];
const same = (carry: umbra.Tree): umbra.Tree => carry;
const windows = optional(bag('options', { stride: 1 }));

/** Where the functions that write may write. */
export const folder = join(tmpdir(), `umbra-front-${process.pid}`);
const file = join(folder, 'x.safetensors');
store.writeSafetensors(file, { x });
const contents = [bag('tensors', { x }), optional(bag('metadata', { a: 'b' }))];

type Arguments = readonly Argument[];
/** A row a function; classes aside. */
type Rows<M> = {
  readonly [K in keyof M as M[K] extends new (
    ...args: never[]
  ) => unknown
    ? never
    : M[K] extends (...args: never[]) => unknown
      ? K
      : never]: Arguments;
};

const ofUmbra: Rows<typeof umbra> = {
  // making tensors
  tensor: [like('values', [[1, 2]]), dtype()],
  asTensor: [like('x'), dtype()],
  astype: [like('x'), only('dtype', 'i32')],
  copy: one,
  full: [shape(), kind('NaN', 'Infinity', '1.5', '-1', 'true')('value', 1), dtype()],
  zeros: [shape(), dtype()],
  ones: [shape(), dtype()],
  zerosLike: one,
  onesLike: one,
  arange: [finite('start', 0), nullable(finite('stop', 4)), optional(finite('step', 1)), dtype()],
  linspace: [finite('start', 0), finite('stop', 1), only('n', 3), dtype()],
  eye: [only('n', 2), nullable(only('m', 3)), dtype()],
  fromTypedArray: [only('array', new Float32Array(4)), only('shape', [4]), only('dtype', 'f32')],
  // elementwise
  abs: one,
  ceil: one,
  cos: one,
  erf: one,
  erfc: one,
  exp: one,
  expm1: one,
  floor: one,
  isfinite: one,
  isinf: one,
  isnan: one,
  log: one,
  log1p: one,
  log2: one,
  logSigmoid: one,
  logicalNot: one,
  neg: one,
  reciprocal: one,
  round: one,
  rsqrt: one,
  sigmoid: one,
  sign: one,
  sin: one,
  sqrt: one,
  square: one,
  stopGradient: one,
  tan: one,
  tanh: one,
  trunc: one,
  add: two,
  div: two,
  equal: two,
  floorDivide: two,
  greater: two,
  greaterEqual: two,
  less: two,
  lessEqual: two,
  logaddexp: two,
  logicalAnd: two,
  logicalOr: two,
  logicalXor: two,
  maximum: two,
  minimum: two,
  mul: two,
  notEqual: two,
  pow: two,
  remainder: two,
  sub: two,
  xlogy: two,
  clip: [like('x'), nullable(like('low', 1)), nullable(like('high', 2))],
  isclose: [...two, optional(bag('options', { rtol: 0.1 }))],
  where: [like('condition'), like('yes'), like('no')],
  // reductions
  all: over,
  allclose: [...two, optional(bag('options', { rtol: 0.1 }))],
  any: over,
  argmax: [like('x'), nullable(axis()), flag('keepdims')],
  argmin: [like('x'), nullable(axis()), flag('keepdims')],
  countNonzero: over,
  logsumexp: over,
  max: over,
  mean: over,
  min: over,
  norm: [...over, optional(kind('Infinity', '1.5')('ord', 2))],
  prod: over,
  std: [...over, optional(finite('ddof', 0))],
  sum: over,
  variance: [...over, optional(finite('ddof', 0))],
  softmax: [like('x'), optional(axes())],
  logSoftmax: [like('x'), optional(axes())],
  // movement
  broadcastTo: [like('x'), shape([3, 2, 2])],
  concat: [kind('[]', '[[1], 2]')('xs', [x, x]), optional(axis())],
  diagonal: [like('x'), optional(axis('axis1', 0)), optional(axis('axis2', 1))],
  expandDims: [like('x'), axis()],
  flip: [like('x'), nullable(axes())],
  moveaxis: [like('x'), axis('from', 0), axis('to', 1)],
  pad: [
    like('x'),
    kind('[]')('width', 1),
    optional(kind('NaN', 'Infinity', '1.5', '-1', 'true')('value', 0)),
  ],
  ravel: one,
  repeat: [like('x'), only('count', 2), optional(axis())],
  reshape: [like('x'), kind('-1', '[]')('shape', [4])],
  roll: [like('x'), integer('shift', 1), optional(axis())],
  slice: [like('x'), optional(part(0)), optional(part(':1'))],
  at: [like('x'), optional(part(0)), optional(part(':1'))],
  dynamicSlice: [like('x'), starts, kind('[]')('sizes', [1, 1])],
  dynamicUpdate: [like('x'), like('update', tensor([[5]])), starts],
  split: [like('x'), kind('[]')('parts', 2), optional(axis())],
  squeeze: [like('x', tensor([[1, 2]])), nullable(axes())],
  stack: [kind('[]', '[[1], 2]')('xs', [x, x]), optional(axis())],
  swapaxes: [like('x'), axis('a', 0), axis('b', 1)],
  tile: [like('x'), kind('[]')('reps', [2])],
  transpose: [like('x'), nullable(axes('perm', [1, 0]))],
  tril: [like('x'), optional(kind('-1', '1.5', 'Infinity')('k', 0))],
  triu: [like('x'), optional(kind('-1', '1.5', 'Infinity')('k', 0))],
  // indexing and order
  take: [like('x'), indices('indices'), optional(axis())],
  takeAlongAxis: [like('x'), indices('indices', tensor([[0], [1]], 'i32')), optional(axis())],
  scatterAdd: [like('x'), indices('indices'), like('updates'), optional(axis())],
  oneHot: [indices('labels'), only('n', 3), dtype()],
  argsort: [like('x'), optional(axis()), flag('descending')],
  sort: [like('x'), optional(axis()), flag('descending')],
  topK: [like('x'), only('k', 1), optional(axis())],
  cumsum: [like('x'), optional(axis())],
  // products
  matmul: pair,
  outer: [like('x', [1, 2]), like('y', [1, 2])],
  einsum: [text('spec', 'ij,jk->ik'), like('operands'), like('operands')],
  conv: [like('x', tensor([[[1], [2], [3]]])), like('weight', tensor([[[1]], [[2]]])), windows],
  // transformations
  grad: [f, optional(bag('options', { argnums: 0 }))],
  valueAndGrad: [f, optional(bag('options', { argnums: 0 }))],
  hessian: [f],
  jacfwd: [f],
  jacrev: [f],
  perExampleGrad: [f],
  jit: [f, optional(bag('options', { donate: [0], static: [] }))],
  cost: [f, optional(bag('options', {}))],
  explain: [f, optional(bag('options', {}))],
  vmap: [f, optional(kind('-1', '[]', '[null]', '[[1], 2]')('inAxes', 0)), optional(axisTree('outAxes', 0))],
  jvp: [f, kind('[]', '[null]')('primals', [x]), kind('[]')('tangents', [x])],
  hvp: [f, tree('params'), tree('v')],
  linearize: [f, optional(tree('[0]'))],
  vjp: [f, optional(tree('[0]'))],
  checkpoint: [f],
  customJvp: [f, callback('rule', both)],
  customVjp: [f, callback('forward', both), callback('backward', both)],
  // loops and branches
  cond: [
    kind('bool', 'true')('predicate', tensor(true)),
    callback('whenTrue', sumOfSquares),
    callback('whenFalse', sumOfSquares),
    optional(tree('operands')),
  ],
  scan: [
    callback('f', both),
    tree('init'),
    tree('xs'),
    optional(bag('options', { length: 2, reverse: true })),
  ],
  whileLoop: [callback('test', () => tensor(false)), callback('body', same), tree('init')],
  // trees
  treeLeaves: [tree('tree')],
  treeMap: [callback('f', umbra.neg), tree('tree'), optional(tree('rest'))],
  treePaths: [tree('tree')],
  partition: [tree('tree'), callback('predicate', () => true)],
  combine: [tree('a', [x, null]), tree('b', [null, x])],
  // engines
  describeEngine: [],
  identifyEngine: [],
  engineNames: [],
  getEngine: [],
  threadCount: [],
  useEngine: [only('name', 'reference')],
  useThreads: [kind('"3"')('count', 1)],
};

const ofNn: Rows<typeof nn> = {
  gelu: one,
  relu: one,
  silu: one,
  softplus: one,
  adam: [bag('options', { learningRate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 })],
  adamW: [bag('options', { learningRate: 0.1, weightDecay: 0.1 })],
  sgd: [bag('options', { learningRate: 0.1, momentum: 0.9 })],
  attention: [only('layer', attention), like('x'), only('heads', 1), attending],
  dotProductAttention: [
    like('queries', cube),
    like('keys', cube),
    like('values', cube),
    optional(bag('options', { causal: true, scale: 0.5 })),
  ],
  appendKeyValue: [only('cache', cache), like('keys', cube), like('values', cube)],
  initKeyValueCache: [only('shape', [1, 3, 2]), dtype()],
  keyValueMask: [only('cache', cache), only('tokens', 1)],
  avgPool: [like('x', tensor([[[1], [2]]])), kind('[]')('window', [1]), windows],
  maxPool: [like('x', tensor([[[1], [2]]])), kind('[]')('window', [1]), windows],
  chain: [optional(only('transformation', nn.clipNorm(1)))],
  addDecayedWeights: [kind('1.5')('weightDecay', 0.1), optional(callback('mask', () => true))],
  clipNorm: [kind('Infinity', '1.5')('maxNorm', 1)],
  momentum: [kind('1.5')('decay', 0.9)],
  scaleByAdam: [optional(bag('options', { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }))],
  scaleByLearningRate: [kind('1.5', 'function', 'async')('rate', 0.1)],
  constantSchedule: [kind('1.5', '-1')('value', 0.1)],
  cosineSchedule: [kind('1.5', '-1')('from', 1), kind('1.5', '-1')('to', 0), kind('1.5')('steps', 10)],
  linearSchedule: [kind('1.5', '-1')('from', 1), kind('1.5', '-1')('to', 0), kind('1.5')('steps', 10)],
  joinSchedules: [
    only('schedules', [nn.constantSchedule(1), nn.constantSchedule(2)]),
    only('boundaries', [5]),
  ],
  clipByGlobalNorm: [tree('tree'), kind('Infinity', '1.5')('maxNorm', 1)],
  conv2d: [only('layer', nn.initConv(random.key(4), 1, 1, 2)), like('x', tensor([[[1], [2]]])), windows],
  linearCrossEntropy: [
    like('table'),
    like('x'),
    indices('labels'),
    optional(bag('options', { labelSmoothing: 0.1, chunk: 2 })),
  ],
  crossEntropy: [like('logits'), indices('labels'), optional(bag('options', { labelSmoothing: 0.1 }))],
  klDivergence: [like('target'), like('logits')],
  meanSquaredError: [like('x'), like('target')],
  dense: [only('layer', dense), like('x')],
  dropout: [key, like('x'), only('rate', 0.5)],
  embedding: [like('table'), indices('tokens')],
  tiedHead: [like('table'), like('x')],
  gatedMlp: [
    only('layers', nn.initGatedMlp(random.key(6), 2, 3)),
    like('x'),
    optional(callback('activation', nn.gelu)),
  ],
  rotary: [like('x'), indices('positions'), optional(bag('options', { pairing: 'neighbours', base: 100 }))],
  mlp: [kind('[]')('layers', [dense]), like('x'), optional(callback('activation', nn.gelu))],
  initLora: [key, tree('tree', dense), only('rank', 2), optional(callback('targets', () => true))],
  applyLora: [only('tree', dense), kind('null')('lora', adaptation), kind('1.5', '-1')('alpha', 4)],
  mergeLora: [only('tree', dense), kind('null')('lora', adaptation), kind('1.5', '-1')('alpha', 4)],
  layerNorm: [only('layer', nn.initLayerNorm(2)), like('x'), optional(fraction('epsilon', 1e-3))],
  rmsNorm: [only('layer', nn.initRmsNorm(2)), like('x'), optional(fraction('epsilon', 1e-3))],
  transformerBlock: [
    only('block', nn.initTransformerBlock(random.key(5), 2, 3)),
    like('x'),
    only('heads', 1),
    attending,
  ],
  glorotUniform: [key, only('shape', [2, 2]), dtype('f32')],
  heNormal: [key, shape(), dtype('f32')],
  lecunNormal: [key, shape(), dtype('f32')],
  initAttention: [key, only('size', 2), ...drawn],
  initConv: [key, only('kernel', 2), only('inChannels', 1), only('outChannels', 1), ...drawn],
  initEmbedding: [key, only('vocabulary', 2), only('size', 3), ...drawn],
  initGatedMlp: [key, only('size', 2), only('hidden', 3), ...drawn],
  initRmsNorm: [only('size', 2), dtype()],
  initDense: [key, only('inputs', 2), only('outputs', 3), ...drawn],
  initLayerNorm: [only('size', 2), dtype()],
  initMlp: [key, only('sizes', [2, 3]), ...drawn],
  initTransformerBlock: [key, only('size', 2), only('hidden', 3), ...drawn],
};

const ofRandom: Rows<typeof random> = {
  bernoulli: [key, kind('true')('p', 0.5), shape()],
  bits: [key, shape(), optional(only('width', 8))],
  categorical: [key, like('logits', tensor([1, 2])), nullable(shape([3])), optional(axis())],
  choice: [
    key,
    kind('true', '[]', 'bigints', ...tensors)('from', 4),
    optional(shape([2])),
    optional(bag('options', { replace: true, p: tensor([0.1, 0.2, 0.3, 0.4]), axis: 0 })),
  ],
  exponential: [key, shape(), dtype('f64')],
  gumbel: [key, shape(), dtype('f64')],
  truncatedNormal: [
    key,
    shape(),
    optional(kind('1.5', '-1')('low', -2)),
    optional(kind('1.5', '-1', 'Infinity')('high', 2)),
    dtype('f64'),
  ],
  topKLogits: [like('logits'), only('k', 1)],
  topPLogits: [like('logits'), kind('scalar')('p', 0.5)],
  sampleLogits: [key, like('logits'), optional(bag('options', { temperature: 0.5, topK: 1, topP: 0.5 }))],
  foldIn: [key, kind('-1', 'true', ...tensors)('data', 3)],
  key: [text('seed', 'a')],
  keys: [kind('[]', '["a"]')('seeds', [1, 'a'])],
  normal: [key, shape(), dtype('f64')],
  permutation: [key, only('n', 4)],
  randint: [key, shape(), integer('low', 0), only('high', 4)],
  split: [key, optional(only('n', 3))],
  uniform: [key, shape(), optional(finite('low', 0)), optional(finite('high', 1)), dtype('f64')],
};

const ofStore: Rows<typeof store> = {
  decodeSafetensors: [only('bytes', store.encodeSafetensors({ x })), text('source', 'x')],
  encodeSafetensors: contents,
  makeFolders: [only('path', folder)],
  openSafetensors: [only('path', file)],
  readSafetensors: [only('path', file)],
  writeAtomic: [only('path', join(folder, 'text')), text('data', 'abc')],
  writeSafetensors: [only('path', file), ...contents],
  writeShardedSafetensors: [
    only('path', join(folder, 'shards')),
    bag('tensors', { x }),
    optional(bag('options', { maxShardBytes: 4 })),
  ],
};

const adam = nn.adam({ learningRate: 0.1 });
const sgd = nn.sgd({ learningRate: 1, momentum: 0.9 });
const state = adam.init(x);
const chain = nn.chain(nn.clipNorm(1), nn.scaleByAdam(), nn.scaleByLearningRate(nn.constantSchedule(1)));
const [, derivative] = umbra.linearize(sumOfSquares, x);
const [, pullback] = umbra.vjp(sumOfSquares, x);

type Callable = (...args: never[]) => unknown;
/** What public functions give back that is a function again. */
const made: Record<string, readonly [Callable, Arguments]> = {
  'grad(f)': [umbra.grad(sumOfSquares), [tree('[0]')]],
  'valueAndGrad(f)': [umbra.valueAndGrad(sumOfSquares), [tree('[0]')]],
  'hessian(f)': [umbra.hessian(sumOfSquares), [tree('[0]')]],
  'jacfwd(f)': [umbra.jacfwd(sumOfSquares), [tree('[0]')]],
  'jacrev(f)': [umbra.jacrev(sumOfSquares), [tree('[0]')]],
  'perExampleGrad(f)': [
    umbra.perExampleGrad((a: umbra.Tensor, b: umbra.Tensor) => sumOfSquares([a, b])),
    [tree('[0]'), tree('[1]')],
  ],
  'jit(f)': [umbra.jit(sumOfSquares), [tree('[0]')]],
  'cost(f)': [umbra.cost(sumOfSquares), [tree('[0]')]],
  'explain(f)': [umbra.explain(sumOfSquares), [tree('[0]')]],
  'vmap(f)': [umbra.vmap(sumOfSquares), [tree('[0]')]],
  'checkpoint(f)': [umbra.checkpoint(sumOfSquares), [tree('[0]')]],
  'customJvp(f)': [
    umbra.customJvp(sumOfSquares, (primals) => [sumOfSquares(primals), sumOfSquares(primals)]),
    [tree('[0]')],
  ],
  'customVjp(f)': [
    umbra.customVjp(
      sumOfSquares,
      (v) => [sumOfSquares(v), v],
      (v) => [v],
    ),
    [tree('[0]')],
  ],
  'linearize(f)': [derivative, [tree('tangents[0]')]],
  'vjp(f)': [pullback, [tree('cotangents', umbra.tensor(1, 'f32'))]],
  'adam.init': [adam.init, [tree('tree')]],
  'adam.update': [adam.update, [tree('params'), tree('gradients'), only('state', state)]],
  'chain.update': [chain.update, [tree('params'), tree('gradients'), only('state', chain.init(x))]],
  'sgd.update': [sgd.update, [tree('params'), tree('gradients'), only('state', sgd.init(x))]],
};

export interface Public {
  /** What errors begin with. */
  readonly op: string;
  readonly call: (...args: readonly unknown[]) => unknown;
  readonly args: Arguments;
  /** Whether it is made by another, and has the arguments of the caller's function. */
  readonly made: boolean;
}

const rowsOf = (module: object, rows: Record<string, Arguments>): [string, Public][] =>
  Object.entries(rows).map(([op, args]) => [
    op,
    { op, call: (module as Record<string, Public['call']>)[op], args, made: false },
  ]);

/** Everything there is to call, by name. */
export const publicFunctions: [string, Public][] = [
  ...rowsOf(umbra, ofUmbra),
  ...rowsOf(nn, ofNn).map(([op, row]): [string, Public] => [`nn.${op}`, row]),
  ...rowsOf(random, ofRandom).map(([op, row]): [string, Public] => [`random.${op}`, row]),
  ...rowsOf(store, ofStore).map(([op, row]): [string, Public] => [`store.${op}`, row]),
  ...Object.entries(made).map(([name, [call, args]]): [string, Public] => [
    name,
    { op: name.replace('(f)', ''), call: call as Public['call'], args, made: true },
  ]),
];

const isFunction = (value: unknown): boolean =>
  typeof value === 'function' && !String(value).startsWith('class ');
const functionsOf = (module: object): string[] =>
  Object.entries(module).flatMap(([name, value]) => (isFunction(value) ? [name] : []));

/** What is exported: the names that `publicFunctions` must have. */
export const exported: string[] = [
  ...functionsOf(umbra),
  ...functionsOf(nn).map((name) => `nn.${name}`),
  ...functionsOf(random).map((name) => `random.${name}`),
  ...functionsOf(store).map((name) => `store.${name}`),
];
