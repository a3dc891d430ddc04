// What is measured, each workload defined once: its shapes, and the FLOPs and bytes that follow from them.

/** The paper's network and its training, as section 6 sets them. */
export const mlp = {
  sizes: [784, 256, 256, 13],
  batch: 1024,
  classes: 10,
  models: 25,
  images: 60_000,
} as const;
const learningRate = 3e-4;

/** One elementwise op; `value` is its constant where it has one. */
export type ChainOp =
  | readonly [op: 'mul' | 'add' | 'min' | 'max', value: number]
  | readonly ['abs' | 'square' | 'neg'];

/** Ten ops of a cycle or two each, so that memory, not arithmetic, is what limits them once fused. */
export const chain: readonly ChainOp[] = [
  ['mul', 1.5],
  ['add', 0.25],
  ['abs'],
  ['min', 3],
  ['add', -1],
  ['square'],
  ['mul', 0.5],
  ['neg'],
  ['max', -1],
  ['add', 1],
];

/** FLOPs of the matmuls of one training step: forward, weight gradients, and all input gradients but the first. */
export function trainingFlops(sizes: readonly number[], batch: number): number {
  const layers = sizes.slice(1).map((outputs, i) => 2 * batch * sizes[i] * outputs);
  return layers.reduce((sum, flops, i) => sum + flops * (i === 0 ? 2 : 3), 0);
}

/** Bytes of the f32 arrays that a training step cannot do without. */
export function trainingBytes(sizes: readonly number[], batch: number): number {
  const parameters = sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i] + 1) * outputs, 0);
  const hidden = sizes.slice(1, -1).reduce((sum, width) => sum + width, 0);
  // parameters, their gradients and Adam's two means; the images and labels; the hidden activations
  return 4 * (4 * parameters + batch * (sizes[0] + 1) + batch * hidden);
}

/** A GPT with its norms before what they feed, learned positions, and a head that is its table of tokens. */
export interface GptTask {
  readonly kind: 'gpt';
  /** Null for one model without a leading axis. */
  readonly models: number | null;
  readonly vocabulary: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly hidden: number;
  /** Rows of a batch, and the tokens of each. */
  readonly batch: number;
  readonly length: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Parameters of a GPT in the order in which the shared file has them, by their names; blocks are numbered. */
export function gptShapes({ vocabulary, width, blocks, hidden, length }: GptTask): [string, number[]][] {
  const dense = (name: string, inputs: number, outputs: number): [string, number[]][] => [
    [`${name}.weight`, [inputs, outputs]],
    [`${name}.bias`, [outputs]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.scale`, [width]],
    [`${name}.bias`, [width]],
  ];
  return [
    ['embedding', [vocabulary, width]],
    ['positions', [length, width]],
    ...Array.from({ length: blocks }, (_, i) => [
      ...norm(`${i}.first`),
      ...['query', 'key', 'value', 'output'].flatMap((name) => dense(`${i}.${name}`, width, width)),
      ...norm(`${i}.second`),
      ...dense(`${i}.up`, width, hidden),
      ...dense(`${i}.down`, hidden, width),
    ]).flat(),
    ...norm('norm'),
  ];
}

/** FLOPs of the products of one training step: forward, and twice as many for the gradients. */
export function gptFlops(task: GptTask): number {
  const { models, vocabulary, width, blocks, hidden, batch, length } = task;
  const tokens = batch * length * (models ?? 1);
  const layers = 4 * width * width + 2 * width * hidden;
  const attention = 2 * length * width;
  return 3 * 2 * tokens * (blocks * (layers + attention) + vocabulary * width);
}

/** Bytes of the f32 arrays that a step cannot do without: parameters, gradients, AdamW's two means, what blocks keep. */
export function gptBytes(task: GptTask): number {
  const { models, width, blocks, heads, hidden, batch, length, vocabulary } = task;
  const parameters = gptShapes(task).reduce(
    (sum, [, shape]) => sum + shape.reduce((n, size) => n * size, 1),
    0,
  );
  const kept = blocks * (8 * width + hidden + heads * length) + width + vocabulary;
  return 4 * (models ?? 1) * (4 * parameters + batch * length * kept);
}

/** A model of Llama's kind, of which one step decodes rows of `length` tokens greedily, or trains low-rank additions to all layers. */
export interface LlamaTask {
  readonly kind: 'decode' | 'lora';
  readonly models: null;
  readonly vocabulary: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Heads of keys and values. */
  readonly groups: number;
  readonly hidden: number;
  readonly batch: number;
  readonly length: number;
  /** Of the weights. */
  readonly dtype: 'f32' | 'bf16';
  readonly rank: number;
  readonly learningRate: number;
}

/** The layers of a block of a Llama: their inputs and outputs. */
export function llamaLayers({ width, heads, groups, hidden }: LlamaTask): Record<string, [number, number]> {
  const narrow = (width / heads) * groups;
  return {
    query: [width, width],
    key: [width, narrow],
    value: [width, narrow],
    output: [width, width],
    gate: [width, hidden],
    up: [width, hidden],
    down: [hidden, width],
  };
}

/** Parameters of a Llama by their names, those of its blocks stacked; its head is its table of tokens. */
export function llamaShapes(task: LlamaTask): [string, number[]][] {
  const { vocabulary, width, blocks } = task;
  return [
    ['embedding', [vocabulary, width]],
    ['first', [blocks, width]],
    ['second', [blocks, width]],
    ...Object.entries(llamaLayers(task)).map(([name, layer]): [string, number[]] => [
      name,
      [blocks, ...layer],
    ]),
    ['norm', [width]],
  ];
}

/** Numbers that a token is multiplied by. */
export const llamaWeights = (task: LlamaTask): number =>
  llamaShapes(task).reduce((sum, [, shape]) => sum + shape.reduce((n, size) => n * size, 1), 0);

/** FLOPs of the products of a step; training multiplies once more for the gradients of what layers read, and little for their additions. */
export function llamaFlops(task: LlamaTask): number {
  const { kind, width, blocks, batch, length, rank } = task;
  const attention = 2 * blocks * length * width;
  if (kind === 'decode') return 2 * batch * length * (llamaWeights(task) + attention / 2);
  const added = Object.values(llamaLayers(task)).reduce((sum, [m, n]) => sum + (m + n) * rank, 0);
  return 2 * batch * length * (2 * llamaWeights(task) + 3 * (attention + blocks * added));
}

/** What a runner is told to do; the whole definition travels with it. */
export type Task = MlpTask | GptTask | LlamaTask;

/** Whether `task` is a language model's. */
export const isLanguage = (task: Task): task is GptTask | LlamaTask =>
  task.kind === 'gpt' || task.kind === 'decode' || task.kind === 'lora';

export interface MlpTask {
  readonly kind: 'train' | 'distil' | 'chain' | 'small';
  /** Null for one model without a leading axis. */
  readonly models: number | null;
  readonly sizes: readonly number[];
  readonly batch: number;
  readonly classes: number;
  readonly learningRate: number;
  /** Noise images an epoch. */
  readonly images: number;
  readonly chain: readonly ChainOp[];
  readonly elements: number;
  /** Rows and columns of the small matrices. */
  readonly small: number;
}

export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly task: Task;
  /** What one timed step does. */
  readonly flops?: number;
  /** Bytes that one timed step must read and write. */
  readonly traffic?: number;
  /** Bytes of its arrays, where memory is measured. */
  readonly arrays?: number;
  /** How many timed steps the reported time stands for. */
  readonly scale?: number;
}

const base: MlpTask = {
  kind: 'train',
  models: null,
  sizes: mlp.sizes,
  batch: mlp.batch,
  classes: mlp.classes,
  learningRate,
  images: mlp.images,
  chain,
  elements: 10_000_000,
  small: 8,
};

const step = trainingFlops(mlp.sizes, mlp.batch);
const arrays = trainingBytes(mlp.sizes, mlp.batch);
const network = mlp.sizes.join('-');

const mlpWorkloads: readonly Workload[] = [
  {
    id: 'W1',
    title: `one training step, MLP ${network}, batch ${mlp.batch}, cross-entropy, Adam, f32`,
    task: base,
    flops: step,
    arrays,
  },
  {
    id: 'W2',
    title: `the same for ${mlp.models} models side by side`,
    task: { ...base, models: mlp.models },
    flops: step * mlp.models,
    arrays: arrays * mlp.models,
  },
  {
    id: 'W3',
    title: `one distillation epoch, ${mlp.images} noise images a model, ${mlp.models} models, KL on ${mlp.sizes[3] - mlp.classes} logits`,
    task: { ...base, kind: 'distil', models: mlp.models },
    flops: step * mlp.models,
    scale: mlp.images / mlp.batch,
  },
  { id: 'W4', title: 'process start to the first training step done (W1)', task: base },
  {
    id: 'W5-chain',
    title: `${chain.length} elementwise ops in a row on ${base.elements / 1e6} million f32`,
    task: { ...base, kind: 'chain' },
    traffic: 2 * 4 * base.elements,
  },
  {
    id: 'W5-small',
    title: `relu(x · w + b) on ${base.small} × ${base.small}`,
    task: { ...base, kind: 'small' },
  },
];

const gpt: GptTask = {
  kind: 'gpt',
  models: null,
  vocabulary: 4096,
  width: 384,
  blocks: 6,
  heads: 6,
  hidden: 1536,
  batch: 8,
  length: 128,
  learningRate,
  weightDecay: 0.1,
};

const students: GptTask = {
  ...gpt,
  models: 24,
  vocabulary: 130,
  width: 32,
  blocks: 2,
  heads: 4,
  hidden: 128,
  batch: 128,
  length: 16,
};

const describeGpt = ({ blocks, width, heads, vocabulary, batch, length }: GptTask): string =>
  `GPT of ${blocks} blocks, width ${width}, ${heads} heads, ${vocabulary} tokens, batch ${batch} × ${length}, AdamW, f32`;

/** The language models' workloads. */
const languageWorkloads: readonly Workload[] = [gpt, students].map((task, i) => ({
  id: `L${i + 1}`,
  title: `one training step${task.models ? ` of ${task.models} models side by side` : ''}, ${describeGpt(task)}`,
  task,
  flops: gptFlops(task),
  arrays: gptBytes(task),
}));

const llama: LlamaTask = {
  kind: 'decode',
  models: null,
  vocabulary: 49_152,
  width: 576,
  blocks: 30,
  heads: 9,
  groups: 3,
  hidden: 1536,
  batch: 64,
  length: 64,
  dtype: 'f32',
  rank: 8,
  learningRate,
};
const shaped = '135 M random weights in the shape of SmolLM2';

/** A sequence alone reads all weights for each token. */
const alone = (dtype: LlamaTask['dtype']): Workload => ({
  id: `L3-one-${dtype}`,
  title: `decoding one sequence of ${llama.length} tokens, ${shaped}, ${dtype}`,
  task: { ...llama, batch: 1, dtype },
  traffic: llama.length * llamaWeights(llama) * (dtype === 'f32' ? 4 : 2),
});

const llamaWorkloads: readonly Workload[] = [
  {
    id: 'L3-many',
    title: `decoding ${llama.batch} sequences of ${llama.length} tokens, ${shaped}, f32`,
    task: llama,
    flops: llamaFlops(llama),
  },
  alone('f32'),
  alone('bf16'),
  {
    id: 'L4',
    title: `one training step of LoRA, rank ${llama.rank}, all layers, batch 16 × ${llama.length}, ${shaped}, f32`,
    task: { ...llama, kind: 'lora', batch: 16 },
    flops: llamaFlops({ ...llama, kind: 'lora', batch: 16 }),
    arrays: 4 * llamaWeights(llama),
  },
];

export const workloads: readonly Workload[] = [...mlpWorkloads, ...languageWorkloads, ...llamaWorkloads];

/** The names that a user selects by: W5 is both of its parts. */
export const workloadNames: readonly string[] = [...new Set(workloads.map(({ id }) => id.split('-')[0]))];
