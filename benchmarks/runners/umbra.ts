// Umbra as a runner; its one argument is the engine's name. The step is the laboratory's: a model's, vmapped.
import { readFileSync } from 'node:fs';
import {
  abs,
  add,
  arange,
  copy,
  fromTypedArray,
  jit,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  nn,
  random,
  slice,
  square,
  type Tensor,
  take,
  tensor,
  useEngine,
  valueAndGrad,
  vmap,
  zeros,
} from '../../src/index.ts';
import { type Model as Gpt, logits } from '../../src/lab/language/model.ts';
import { gptName } from '../data.ts';
import { type ChainOp, type GptTask, gptShapes, type MlpTask } from '../workloads.ts';
import { decode, lora } from './llama.ts';
import { type Arrays, type Job, type Start, serve } from './serve.ts';

type Model = nn.Dense[];
type Step = (params: Model, state: nn.AdamState, ...rest: Tensor[]) => [Tensor, Model, nn.AdamState];

/** A compiled step whose caller gives up the parameters and the optimiser's state that it passes. */
const compileStep = (step: Step): Step => jit(step, { donate: [0, 1] });

/** One update of one model by the gradient of `loss`. */
function trainStep(task: MlpTask, loss: (params: Model, ...rest: Tensor[]) => Tensor): Step {
  const optimizer = nn.adam({ learningRate: task.learningRate });
  const gradient = valueAndGrad(loss);
  return (params, state, ...rest) => {
    const [value, gradients] = gradient(params, ...rest);
    return [value, ...optimizer.update(params, gradients, state)];
  };
}

/** The shared initial weights, and Adam's state before the first step. */
function initial({ models, sizes }: MlpTask, data: Arrays): [Model, nn.AdamState] {
  const lead = models === null ? [] : [models];
  const count = models ?? 1;
  const params = sizes.slice(1).map((outputs, i) => ({
    weight: fromTypedArray(
      data.f32(`weight${i}`, count * sizes[i] * outputs),
      [...lead, sizes[i], outputs],
      'f32',
    ),
    bias: zeros([...lead, outputs]),
  }));
  const { init } = nn.adam({ learningRate: 1 });
  const state = models === null ? init(params) : vmap((p: Model) => init(p))(params);
  return [params, state];
}

/** A job that keeps parameters and state from step to step. */
function training(task: MlpTask, data: Arrays, step: Step, next: () => Tensor[]): { step(): number[] } {
  let [params, state] = initial(task, data);
  return {
    step: () => {
      const [loss, newParams, newState] = step(params, state, ...next());
      [params, state] = [newParams, newState];
      return Array.from(loss.data);
    },
  };
}

function train(task: MlpTask, data: Arrays): Job {
  const { models, batch, sizes, classes } = task;
  const lead = models === null ? [] : [models];
  const count = models ?? 1;
  const images = fromTypedArray(
    data.f32('images', count * batch * sizes[0]),
    [...lead, batch, sizes[0]],
    'f32',
  );
  const labels = fromTypedArray(data.i32('labels', count * batch), [...lead, batch], 'i32');
  const one = trainStep(task, (params, x, y) =>
    nn.crossEntropy(slice(nn.mlp(params, x), '...', `:${classes}`), y),
  );
  return training(task, data, compileStep(models === null ? one : vmap(one)), () => [images, labels]);
}

function distil(task: MlpTask, data: Arrays): Job {
  const { batch, sizes, classes, images } = task;
  const models = task.models ?? 1;
  const aux = sizes[sizes.length - 1] - classes;
  const targets = fromTypedArray(data.f32('targets', models * images * aux), [models, images, aux], 'f32');
  const keys = random.keys(Array.from({ length: models }, (_, i) => i));
  const one = trainStep(task, (params, x, target) =>
    nn.klDivergence(target, slice(nn.mlp(params, x), '...', `${classes}:`)),
  );
  // As src/lab/digits/experiments/mnist draws them: an image is a function of its seed's key and its number.
  const drawing: Step = (params, state, key, all, indices) => {
    const pixels = vmap((i: Tensor) => random.uniform(random.foldIn(key, i), [sizes[0]], -1, 1))(indices);
    return one(params, state, pixels, take(all, indices));
  };
  const shuffle = jit(
    vmap((key: Tensor, epoch: Tensor) => random.permutation(random.foldIn(key, epoch), images), [0, null]),
  );
  let order = vmap((_: Tensor) => arange(0, images))(keys);
  let at = 0;
  let epochs = 0;
  const next = (): Tensor[] => {
    const end = Math.min(at + batch, images);
    const indices = slice(order, ':', `${at}:${end}`);
    at = end === images ? 0 : end;
    return [keys, targets, indices];
  };
  const { step } = training(task, data, compileStep(vmap(drawing)), next);
  // Timed steps are whole batches: the short one at the end of an epoch has a graph of its own.
  const whole = (): number[] => {
    if (images - at < batch) at = 0;
    return step();
  };
  return {
    step: whole,
    epoch: () => {
      order = shuffle(keys, tensor(epochs++, 'i32'));
      at = 0;
      for (let i = 0; i < Math.ceil(images / batch); i++) step();
    },
  };
}

function apply(x: Tensor, [op, value = 0]: ChainOp): Tensor {
  switch (op) {
    case 'mul':
      return mul(x, value);
    case 'add':
      return add(x, value);
    case 'min':
      return minimum(x, value);
    case 'max':
      return maximum(x, value);
    case 'abs':
      return abs(x);
    case 'square':
      return square(x);
    case 'neg':
      return neg(x);
    default:
      return op satisfies never;
  }
}

function chain({ chain: ops, elements }: MlpTask): Job {
  const x = fromTypedArray(
    Float32Array.from({ length: elements }, (_, i) => i / elements),
    [elements],
    'f32',
  );
  const f = jit((t: Tensor) => ops.reduce(apply, t), { donate: [0] });
  const ends = ({ data }: Tensor): number[] => [data[0], data[elements / 2], data[elements - 1]];
  let y = copy(x);
  return {
    step: () => ends(f(copy(x))),
    fast: () => {
      y = f(y);
    },
  };
}

function small({ small: n }: MlpTask): Job {
  const x = fromTypedArray(
    Float32Array.from({ length: n * n }, (_, i) => i / n / n),
    [n, n],
    'f32',
  );
  const w = fromTypedArray(
    Float32Array.from({ length: n * n }, (_, i) => (i % n) / n / n),
    [n, n],
    'f32',
  );
  const b = fromTypedArray(
    Float32Array.from({ length: n }, (_, i) => i / n),
    [n],
    'f32',
  );
  const f = jit((t: Tensor, weight: Tensor, bias: Tensor) => nn.relu(add(matmul(t, weight), bias)));
  const calls = 1000;
  return {
    calls,
    step: () => Array.from(f(x, w, b).data).slice(-n),
    fast: () => {
      let y = x;
      for (let i = 0; i < calls; i++) y = f(y, w, b);
    },
  };
}

/** A GPT as the laboratory's language models are, from the shared weights. */
function gptModel(task: GptTask, data: Arrays): Gpt {
  const lead = task.models === null ? [] : [task.models];
  const tensors = new Map(
    gptShapes(task).map(([name, shape]) => {
      const whole = [...lead, ...shape];
      const size = whole.reduce((n, axis) => n * axis, 1);
      return [name, fromTypedArray(data.f32(`${gptName(task)}.${name}`, size), whole, 'f32')] as const;
    }),
  );
  const of = (name: string): Tensor => {
    const found = tensors.get(name);
    if (!found) throw new Error(`no parameter ${name}`);
    return found;
  };
  const dense = (name: string): nn.Dense => ({ weight: of(`${name}.weight`), bias: of(`${name}.bias`) });
  const norm = (name: string): nn.LayerNorm => ({ scale: of(`${name}.scale`), bias: of(`${name}.bias`) });
  return {
    embedding: of('embedding'),
    positions: of('positions'),
    blocks: Array.from({ length: task.blocks }, (_, i) => ({
      norms: [norm(`${i}.first`), norm(`${i}.second`)],
      attention: {
        query: dense(`${i}.query`),
        key: dense(`${i}.key`),
        value: dense(`${i}.value`),
        output: dense(`${i}.output`),
      },
      mlp: [dense(`${i}.up`), dense(`${i}.down`)],
    })),
    norm: norm('norm'),
  };
}

/** What AdamW keeps. */
type Kept = ReturnType<ReturnType<typeof nn.adamW>['init']>;

function gpt(task: GptTask, data: Arrays): Job {
  const { models, batch, length, learningRate, weightDecay } = task;
  const lead = models === null ? [] : [models];
  const optimizer = nn.adamW({ learningRate, weightDecay });
  const [tokens, next] = ['tokens', 'next'].map((name) =>
    fromTypedArray(
      data.i32(`${gptName(task)}.${name}`, (models ?? 1) * batch * length),
      [...lead, batch, length],
      'i32',
    ),
  );
  const gradient = valueAndGrad((model: Gpt, tokens: Tensor, next: Tensor) =>
    nn.crossEntropy(logits(model, tokens, task), next),
  );
  const one = (model: Gpt, state: Kept, tokens: Tensor, next: Tensor): [Tensor, Gpt, Kept] => {
    const [loss, gradients] = gradient(model, tokens, next);
    return [loss, ...optimizer.update(model, gradients, state)];
  };
  const step = jit(models === null ? one : vmap(one), { donate: [0, 1] });
  let model = gptModel(task, data);
  let state = models === null ? optimizer.init(model) : vmap((m: Gpt) => optimizer.init(m))(model);
  return {
    step: () => {
      const [loss, newModel, newState] = step(model, state, tokens, next);
      [model, state] = [newModel, newState];
      return Array.from(loss.data);
    },
  };
}

const start: Start = (task, data) => {
  switch (task.kind) {
    case 'gpt':
      return gpt(task, data);
    case 'decode':
      return decode(task, data);
    case 'lora':
      return lora(task, data);
    case 'train':
      return train(task, data);
    case 'distil':
      return distil(task, data);
    case 'chain':
      return chain(task);
    case 'small':
      return small(task);
    default:
      return task satisfies never;
  }
};

await serve(async () => {
  const { name } = useEngine(process.argv[2] ?? 'reference');
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return { hello: { name, version }, start };
});
