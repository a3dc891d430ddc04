// jax-js on WebAssembly: one model's step under jit. On more than one thread it gets Web Workers.
import { readFileSync } from 'node:fs';
import type { numpy } from '@jax-js/jax';
import { type ChainOp, isLanguage, type MlpTask, type Task } from '../../workloads.ts';
import { type Arrays, type Job, serve } from '../serve.ts';
import { provideWorkers } from './workers.ts';

const threads = Number(process.env.UMBRA_THREADS ?? 1);
if (threads > 1) provideWorkers(threads); // before the import, which looks for them

type NdArray = numpy.Array;
type Params = { weight: NdArray; bias: NdArray }[];
type State = { params: Params; mean: Params; square: Params; step: NdArray };

async function load() {
  const jax = await import('@jax-js/jax').catch(() => {
    throw new Error('jax-js is not installed; run npm install in benchmarks/');
  });
  const { blockUntilReady, init, jit, nn, numpy: np, random, tree, valueAndGrad } = jax;
  await init('wasm');
  jax.defaultDevice('wasm');

  const logits = (params: Params, x: NdArray): NdArray =>
    params.reduce((h, { weight, bias }, i) => np.add(np.matmul(i === 0 ? h : nn.relu(h), weight), bias), x);

  function adam({ params, mean, square, step }: State, grads: Params, rate: number): State {
    const t = step.add(1);
    const one = np.subtract(1, np.exp(t.ref.mul(Math.log(0.9))));
    const two = np.subtract(1, np.exp(t.ref.mul(Math.log(0.999))));
    const zip = (f: (...leaves: NdArray[]) => NdArray, ...trees: Params[]): Params =>
      params.map((_, i) => ({
        weight: f(...trees.map((each) => each[i].weight)),
        bias: f(...trees.map((each) => each[i].bias)),
      }));
    const means = zip((m, g) => m.mul(0.9).add(g.ref.mul(0.1)), mean, grads);
    const squares = zip((v, g) => v.mul(0.999).add(g.ref.mul(g).mul(0.001)), square, grads);
    const updated = zip(
      (p, m, v) =>
        p.sub(
          m.ref
            .div(one.ref)
            .div(np.sqrt(v.ref.div(two.ref)).add(1e-8))
            .mul(rate),
        ),
      params,
      means,
      squares,
    );
    one.dispose();
    two.dispose();
    return { params: updated, mean: means, square: squares, step: t };
  }

  /**
   * A function that takes one step of every model and gives their losses. One model's jitted step in a loop:
   * under vmap the step of 25 models does not end within minutes.
   */
  function trainer(
    task: MlpTask,
    data: Arrays,
    loss: (params: Params, x: NdArray, y: NdArray) => NdArray,
    batchOf: (model: number) => [NdArray, NdArray],
  ): () => Promise<number[]> {
    const { sizes, learningRate } = task;
    const models = task.models ?? 1;
    const weights = sizes.slice(1).map((outputs, i) => data.f32(`weight${i}`, models * sizes[i] * outputs));
    const make = (model: number | null): Params =>
      sizes.slice(1).map((outputs, i) => {
        const size = sizes[i] * outputs;
        return {
          weight:
            model === null
              ? np.zeros([sizes[i], outputs])
              : np.array(weights[i].slice(model * size, (model + 1) * size)).reshape([sizes[i], outputs]),
          bias: np.zeros([outputs]),
        };
      });
    const states = Array.from(
      { length: models },
      (_, model): State => ({
        params: make(model),
        mean: make(null),
        square: make(null),
        step: np.zeros([]),
      }),
    );
    const step = jit((now: State, x: NdArray, y: NdArray): [NdArray, State] => {
      const [value, grads] = valueAndGrad(loss)(tree.ref(now.params), x, y);
      return [value, adam(now, grads as Params, learningRate)];
    });
    return async () => {
      const losses: number[] = [];
      for (let model = 0; model < models; model++) {
        const [value, next] = step(states[model], ...batchOf(model)) as [NdArray, State];
        states[model] = next;
        await blockUntilReady(next);
        losses.push((await value.data())[0]);
      }
      return losses;
    };
  }

  function train(task: MlpTask, data: Arrays): Job {
    const { batch, sizes, classes } = task;
    const models = task.models ?? 1;
    const images = data.f32('images', models * batch * sizes[0]);
    const labels = data.i32('labels', models * batch);
    const batches = Array.from({ length: models }, (_, model) => ({
      x: np
        .array(images.slice(model * batch * sizes[0], (model + 1) * batch * sizes[0]))
        .reshape([batch, sizes[0]]),
      y: np.array(labels.slice(model * batch, (model + 1) * batch)),
    }));
    const loss = (params: Params, x: NdArray, y: NdArray): NdArray => {
      const z = nn.logSoftmax(logits(params, x).slice([], [0, classes]));
      return z.mul(nn.oneHot(y, classes)).sum(-1).mean().neg();
    };
    return { step: trainer(task, data, loss, (model) => [batches[model].x.ref, batches[model].y.ref]) };
  }

  function distil(task: MlpTask, data: Arrays): Job {
    const { batch, sizes, classes, images } = task;
    const models = task.models ?? 1;
    const aux = sizes[sizes.length - 1] - classes;
    const targets = data.f32('targets', models * images * aux);
    let at = 0;
    let number = 0;
    const loss = (params: Params, seed: NdArray, target: NdArray): NdArray => {
      const x = random.uniform(random.key(seed), [batch, sizes[0]], { minval: -1, maxval: 1 });
      const z = nn.logSoftmax(logits(params, x).slice([], [classes]));
      const t = nn.logSoftmax(target);
      return np.exp(t.ref).mul(t.sub(z)).sum(-1).mean();
    };
    const step = trainer(task, data, loss, (model) => {
      const first = (model * images + at) * aux;
      const part = np.array(targets.slice(first, first + batch * aux)).reshape([batch, aux]);
      return [np.array(number++, { dtype: np.int32 }), part];
    });
    return {
      step: () => {
        at = at + 2 * batch > images ? 0 : at + batch;
        return step();
      },
    };
  }

  const apply = (x: NdArray, [op, value = 0]: ChainOp): NdArray => {
    switch (op) {
      case 'mul':
        return x.mul(value);
      case 'add':
        return x.add(value);
      case 'min':
        return np.minimum(x, value);
      case 'max':
        return np.maximum(x, value);
      case 'abs':
        return np.abs(x);
      case 'square':
        return np.square(x);
      case 'neg':
        return x.neg();
      default:
        return op satisfies never;
    }
  };

  function chain({ chain: ops, elements }: MlpTask): Job {
    const x = np.array(Float32Array.from({ length: elements }, (_, i) => i / elements));
    const f = jit((t: NdArray) => ops.reduce(apply, t));
    return {
      step: async () => {
        const y = await f(x.ref).data();
        return [y[0], y[elements / 2], y[elements - 1]];
      },
      fast: async () => {
        const y = f(x.ref);
        await blockUntilReady(y);
        y.dispose();
      },
    };
  }

  function small({ small: n }: MlpTask): Job {
    const make = (size: number, f: (i: number) => number) =>
      np.array(Float32Array.from({ length: size }, (_, i) => f(i)));
    const x = make(n * n, (i) => i / n / n).reshape([n, n]);
    const w = make(n * n, (i) => (i % n) / n / n).reshape([n, n]);
    const b = make(n, (i) => i / n);
    const f = jit((t: NdArray, weight: NdArray, bias: NdArray) =>
      nn.relu(np.add(np.matmul(t, weight), bias)),
    );
    const calls = 1000;
    return {
      calls,
      step: async () => Array.from(await f(x.ref, w.ref, b.ref).data(), Number).slice(-n),
      fast: async () => {
        let y = x.ref;
        for (let i = 0; i < calls; i++) y = f(y, w.ref, b.ref);
        await blockUntilReady(y);
        y.dispose();
      },
    };
  }

  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'),
  );
  const start = (task: Task, data: Arrays): Job => {
    if (isLanguage(task)) throw new Error('language models are not measured here');
    return { train, distil, chain, small }[task.kind](task, data);
  };
  const note = threads > 1 ? 'wasm, with Web Workers provided' : 'wasm';
  return { hello: { name: 'jax-js', version: manifest.version, note }, start };
}

await serve(load);
