// A model of Llama's kind as Umbra computes it: its blocks are stacked, and one scan goes through them.
import {
  add,
  arange,
  argmax,
  astype,
  dynamicSlice,
  dynamicUpdate,
  expandDims,
  fromTypedArray,
  jit,
  less,
  max,
  mean,
  nn,
  reshape,
  scan,
  slice,
  squeeze,
  swapaxes,
  type Tensor,
  valueAndGrad,
  zeros,
} from '../../src/index.ts';
import { type LlamaTask, llamaLayers, llamaShapes } from '../workloads.ts';
import type { Arrays, Job } from './serve.ts';

type Block = {
  readonly first: nn.RmsNorm;
  readonly second: nn.RmsNorm;
  readonly query: nn.Linear;
  readonly key: nn.Linear;
  readonly value: nn.Linear;
  readonly output: nn.Linear;
  readonly mlp: nn.GatedMlp;
};
type Llama = { readonly embedding: Tensor; readonly blocks: Block; readonly norm: nn.RmsNorm };

/** A block's layers, each `of` its name. */
const layersOf = <T>(of: (name: string) => T) => ({
  query: of('query'),
  key: of('key'),
  value: of('value'),
  output: of('output'),
  mlp: { gate: of('gate'), up: of('up'), down: of('down') },
});

function read(
  data: Arrays,
  name: string,
  shape: readonly number[],
  dtype: LlamaTask['dtype'] = 'f32',
): Tensor {
  const size = shape.reduce((n, axis) => n * axis, 1);
  return astype(fromTypedArray(data.f32(`llama.${name}`, size), shape, 'f32'), dtype);
}

function llamaModel(task: LlamaTask, data: Arrays): Llama {
  const shapes = new Map(llamaShapes(task));
  const of = (name: string): Tensor => read(data, name, shapes.get(name) ?? [], task.dtype);
  const norm = (name: string): nn.RmsNorm => ({ scale: of(name) });
  return {
    embedding: of('embedding'),
    blocks: { first: norm('first'), second: norm('second'), ...layersOf((name) => ({ weight: of(name) })) },
    norm: norm('norm'),
  };
}

/** What a block adds to x [batch, tokens, width] at `positions`, where `lookup` finds its answers. */
function block(
  layers: Block,
  x: Tensor,
  { heads, width }: LlamaTask,
  positions: Tensor,
  lookup: (queries: Tensor, keys: Tensor, values: Tensor) => Tensor,
): Tensor {
  const depth = width / heads;
  const normed = nn.rmsNorm(layers.first, x);
  const apart = (layer: nn.Linear): Tensor => {
    const all = nn.dense(layer, normed);
    return swapaxes(reshape(all, [...x.shape.slice(0, 2), all.shape[2] / depth, depth]), 1, 2);
  };
  const [queries, keys] = [layers.query, layers.key].map((layer) => nn.rotary(apart(layer), positions));
  const mixed = lookup(queries, keys, apart(layers.value));
  const attended = add(x, nn.dense(layers.output, reshape(swapaxes(mixed, 1, 2), x.shape)));
  return add(attended, nn.gatedMlp(layers.mlp, nn.rmsNorm(layers.second, attended)));
}

const start = (model: Llama, tokens: Tensor): Tensor => astype(nn.embedding(model.embedding, tokens), 'f32');
const logits = (model: Llama, x: Tensor): Tensor => nn.tiedHead(model.embedding, nn.rmsNorm(model.norm, x));

/** Each step reads a row's first token and writes `length` more, each the likeliest, in one compiled call. */
export function decode(task: LlamaTask, data: Arrays): Job {
  const { blocks, groups, batch, length, width, heads } = task;
  const depth = width / heads;
  const model = llamaModel(task, data);
  const tokens = fromTypedArray(data.i32('llama.tokens', batch), [batch], 'i32');
  const cache = [blocks, batch, groups, length, depth];
  const entry = (all: Tensor, i: Tensor): Tensor =>
    squeeze(dynamicSlice(all, [i, 0, 0, 0, 0], [1, ...cache.slice(1)]), 0);
  const f = jit((model: Llama, first: Tensor) => {
    const next = ([tokens, keys, values]: [Tensor, Tensor, Tensor], at: Tensor) => {
      const mask = less(arange(length), add(at, 1));
      const through = ([x, keys, values]: [Tensor, Tensor, Tensor], [layers, i]: [Block, Tensor]) => {
        const put = (all: Tensor, some: Tensor): Tensor =>
          dynamicUpdate(all, expandDims(some, 0), [i, 0, 0, at, 0]);
        let filled = [keys, values];
        const after = block(layers, x, task, at, (queries, key, value) => {
          filled = [put(keys, key), put(values, value)];
          return nn.dotProductAttention(queries, entry(filled[0], i), entry(filled[1], i), { mask });
        });
        return [[after, filled[0], filled[1]], []] as [[Tensor, Tensor, Tensor], []];
      };
      const begin: [Tensor, Tensor, Tensor] = [expandDims(start(model, tokens), 1), keys, values];
      const [[x, newKeys, newValues]] = scan(through, begin, [model.blocks, arange(blocks)] as [
        Block,
        Tensor,
      ]);
      const scores = logits(model, squeeze(x, 1));
      const carry: [Tensor, Tensor, Tensor] = [argmax(scores, -1), newKeys, newValues];
      return [carry, mean(max(scores, -1))] as [[Tensor, Tensor, Tensor], Tensor];
    };
    return scan(next, [first, zeros(cache), zeros(cache)] as [Tensor, Tensor, Tensor], arange(length))[1];
  });
  return { step: () => [slice(f(model, tokens), 0).item()] };
}

/** What is added to the layers of all blocks, stacked. */
type Added = ReturnType<typeof layersOf<nn.Lora>>;

const adapted = (block: Block, { mlp, ...added }: Added): Block => {
  const { query, key, value, output } = block;
  const each = (layer: nn.Linear, lora: nn.Lora): nn.Linear => ({ ...layer, lora });
  return {
    ...block,
    query: each(query, added.query),
    key: each(key, added.key),
    value: each(value, added.value),
    output: each(output, added.output),
    mlp: {
      gate: each(block.mlp.gate, mlp.gate),
      up: each(block.mlp.up, mlp.up),
      down: each(block.mlp.down, mlp.down),
    },
  };
};

type Kept = ReturnType<ReturnType<typeof nn.adam>['init']>;

/** Each step trains the additions to all layers on one batch; the model stays as it is. */
export function lora(task: LlamaTask, data: Arrays): Job {
  const { blocks, batch, length, rank, learningRate } = task;
  const model = llamaModel(task, data);
  const layers = llamaLayers(task);
  const optimizer = nn.adam({ learningRate });
  const [tokens, next] = ['tokens', 'next'].map((name) =>
    fromTypedArray(data.i32(`llama.${name}`, batch * length), [batch, length], 'i32'),
  );
  const loss = (added: Added, model: Llama, tokens: Tensor, next: Tensor): Tensor => {
    const through = (x: Tensor, [layers, own]: [Block, Added]): [Tensor, []] => [
      block(adapted(layers, own), x, task, arange(length), (queries, keys, values) =>
        nn.dotProductAttention(queries, keys, values, { causal: true }),
      ),
      [],
    ];
    const [x] = scan(through, start(model, tokens), [model.blocks, added] as [Block, Added]);
    return nn.crossEntropy(logits(model, x), next);
  };
  const step = jit(
    (added: Added, state: Kept, model: Llama, tokens: Tensor, next: Tensor): [Tensor, Added, Kept] => {
      const [value, gradients] = valueAndGrad(loss)(added, model, tokens, next);
      return [value, ...optimizer.update(added, gradients, state)];
    },
    { donate: [0, 1] },
  );
  let added: Added = layersOf((name) => ({
    a: read(data, `${name}.a`, [blocks, layers[name][0], rank]),
    b: zeros([blocks, rank, layers[name][1]]),
  }));
  let state = optimizer.init(added);
  return {
    step: () => {
      const [value, newAdded, newState] = step(added, state, model, tokens, next);
      [added, state] = [newAdded, newState];
      return [value.item()];
    },
  };
}
