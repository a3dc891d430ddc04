// TensorFlow.js, op by op; its one argument is the backend: cpu, wasm, or node where tfjs-node can be loaded.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { type ChainOp, isLanguage, type MlpTask, type Task } from '../../workloads.ts';
import { type Arrays, type Job, serve } from '../serve.ts';

const backend = process.argv[2] ?? 'cpu';
const require = createRequire(import.meta.url);

async function load() {
  // Its first call prints advice on standard output, where only the protocol may speak.
  console.log = console.error;
  console.info = console.error;
  const name = backend === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs';
  const hint =
    backend === 'node'
      ? 'tfjs-node cannot be loaded; npm install @tensorflow/tfjs-node in benchmarks/ (it downloads its library from outside the registry)'
      : 'TensorFlow.js is not installed; run npm install in benchmarks/';
  const quiet = (): never => {
    throw new Error(hint);
  };
  if (!existsSync(new URL(`../../node_modules/${name}`, import.meta.url))) quiet();
  let tf: typeof import('@tensorflow/tfjs');
  try {
    tf = require(name);
    if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
    const chosen = backend === 'node' ? 'tensorflow' : backend;
    if (!(await tf.setBackend(chosen))) quiet();
    await tf.ready();
  } catch {
    quiet();
  }

  /** One training step of every model in a loop (there is no vmap), by minimize() of its Adam. */
  function trainer(
    task: MlpTask,
    data: Arrays,
    loss: (logits: Tensor, model: number) => Tensor,
    images: (model: number) => Tensor,
  ): () => number[] {
    const { sizes, learningRate } = task;
    const models = task.models ?? 1;
    const weights = sizes.slice(1).map((outputs, i) => data.f32(`weight${i}`, models * sizes[i] * outputs));
    const all = Array.from({ length: models }, (_, model) => {
      const layers: [Variable, Variable][] = sizes.slice(1).map((outputs, i) => {
        const size = sizes[i] * outputs;
        const values = weights[i].slice(model * size, (model + 1) * size);
        return [tf.variable(tf.tensor(values, [sizes[i], outputs])), tf.variable(tf.zeros([outputs]))];
      });
      return { layers, optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-8), variables: layers.flat() };
    });
    return () =>
      all.map(({ layers, optimizer, variables }, model) =>
        tf.tidy(() => {
          const value = optimizer.minimize(
            () =>
              loss(
                layers.reduce<Tensor>(
                  (h, [weight, bias], i) => tf.add(tf.matMul(i === 0 ? h : tf.relu(h), weight), bias),
                  images(model),
                ),
                model,
              ) as Scalar,
            true,
            variables,
          );
          if (!value) throw new Error('minimize gave no loss');
          return value.dataSync()[0];
        }),
      );
  }

  function train(task: MlpTask, data: Arrays): Job {
    const { batch, sizes, classes } = task;
    const models = task.models ?? 1;
    const pixels = data.f32('images', models * batch * sizes[0]);
    const labels = data.i32('labels', models * batch);
    const part = batch * sizes[0];
    const batches = Array.from({ length: models }, (_, model) => ({
      x: tf.tensor(pixels.slice(model * part, (model + 1) * part), [batch, sizes[0]]),
      y: tf.oneHot(tf.tensor1d(labels.slice(model * batch, (model + 1) * batch), 'int32'), classes),
    }));
    const loss = (logits: Tensor, model: number): Tensor =>
      tf.losses.softmaxCrossEntropy(batches[model].y, tf.slice(logits, [0, 0], [-1, classes]));
    return { step: trainer(task, data, loss, (model) => batches[model].x) };
  }

  function distil(task: MlpTask, data: Arrays): Job {
    const { batch, sizes, classes, images } = task;
    const models = task.models ?? 1;
    const aux = sizes[sizes.length - 1] - classes;
    const targets = data.f32('targets', models * images * aux);
    let at = 0;
    const loss = (logits: Tensor, model: number): Tensor => {
      const first = (model * images + at) * aux;
      const t = tf.logSoftmax(tf.tensor(targets.slice(first, first + batch * aux), [batch, aux]));
      const z = tf.logSoftmax(tf.slice(logits, [0, classes], [-1, aux]));
      return tf.mean(tf.sum(tf.mul(tf.exp(t), tf.sub(t, z)), -1));
    };
    const step = trainer(task, data, loss, () => tf.randomUniform([batch, sizes[0]], -1, 1));
    return {
      step: () => {
        at = at + 2 * batch > images ? 0 : at + batch;
        return step();
      },
    };
  }

  const apply = (x: Tensor, [op, value = 0]: ChainOp): Tensor => {
    switch (op) {
      case 'mul':
        return tf.mul(x, value);
      case 'add':
        return tf.add(x, value);
      case 'min':
        return tf.minimum(x, value);
      case 'max':
        return tf.maximum(x, value);
      case 'abs':
        return tf.abs(x);
      case 'square':
        return tf.square(x);
      case 'neg':
        return tf.neg(x);
      default:
        return op satisfies never;
    }
  };

  function chain({ chain: ops, elements }: MlpTask): Job {
    const x = tf.tensor(Float32Array.from({ length: elements }, (_, i) => i / elements));
    return {
      step: () =>
        tf.tidy(() => {
          const y = ops.reduce(apply, x).dataSync();
          return [y[0], y[elements / 2], y[elements - 1]];
        }),
      fast: () => tf.tidy(() => void ops.reduce(apply, x)), // both backends compute at once
    };
  }

  function small({ small: n }: MlpTask): Job {
    const make = (size: number, f: (i: number) => number) =>
      Float32Array.from({ length: size }, (_, i) => f(i));
    const x = tf.tensor(
      make(n * n, (i) => i / n / n),
      [n, n],
    );
    const w = tf.tensor(
      make(n * n, (i) => (i % n) / n / n),
      [n, n],
    );
    const b = tf.tensor(make(n, (i) => i / n));
    const f = (t: Tensor): Tensor => tf.relu(tf.add(tf.matMul(t, w), b));
    const calls = 1000;
    return {
      calls,
      step: () => tf.tidy(() => Array.from(f(x).dataSync()).slice(-n)),
      fast: () => {
        let y: Tensor = x;
        for (let i = 0; i < calls; i++) y = tf.tidy(() => f(y));
      },
    };
  }

  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  );
  const start = (task: Task, data: Arrays): Job => {
    if (isLanguage(task)) throw new Error('language models are not measured here');
    return { train, distil, chain, small }[task.kind](task, data);
  };
  return { hello: { name: `tfjs-${backend}`, version, note: `backend ${backend}` }, start };
}

await serve(load);
