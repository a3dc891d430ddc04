// Which TensorFlow.js is found: no package but the two of the pure JavaScript backend need be installed.
import * as core from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { find, load, type Modules } from '../../../src/engines/tfjs/load.ts';

const [gpu, native, plain, lean, kernels] = [
  'tfjs-node-gpu',
  'tfjs-node',
  'tfjs',
  'tfjs-core',
  'tfjs-backend-cpu',
].map((name) => `@tensorflow/${name}`);

/** An installation of `names`, of which `broken` do not load. */
const having = (names: readonly string[], broken: readonly string[] = []): Modules => ({
  installed: (name) => names.includes(name),
  load(name) {
    if (broken.includes(name)) throw new Error('libtensorflow.so: cannot open\nand a stack of hints');
    return core;
  },
});

/** How `name` is described when it is taken. */
const found = (name: string): string => load().description.replace(/^\S+/, name);

test('the TensorFlow.js of this project loads without advertisements, and is named', () => {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { description } = load();
  expect(description).toMatch(/^@tensorflow\/tfjs\S* \d+\.\d+\.\d+, backend \w+/);
  expect(said.mock.calls.flat().join()).not.toContain('install our node backend');
  said.mockRestore();
});

test.each([
  [[gpu, native, plain, lean, kernels], gpu],
  [[native, plain], native],
  [[plain, lean, kernels], plain],
  [[lean, kernels], lean],
])('of %j, %s is taken', (names, chosen) => {
  expect(find(having(names)).description).toBe(found(chosen));
});

test.each([true, false])('a PROD flag that is %s stays so', (flag) => {
  const before = core.env().getBool('PROD');
  core.env().set('PROD', flag);
  find(having([plain]));
  expect(core.env().getBool('PROD')).toBe(flag);
  core.env().set('PROD', before);
});

test('one that is installed but broken is passed over and named', () => {
  expect(find(having([gpu, plain], [gpu])).description).toBe(
    `${found(plain)}; ${gpu} is installed but does not load (libtensorflow.so: cannot open)`,
  );
});

test.each([[[]], [[lean]]])('with %j installed, one line says what to install', (names) => {
  expect(() => find(having(names))).toThrow(
    /^no TensorFlow\.js is installed; npm install @tensorflow\/tfjs, or .*tfjs-node-gpu \(CUDA\)$/,
  );
});

test('where all are broken, one line says how', () => {
  expect(() => find(having([native, plain], [native, plain]))).toThrow(
    `${native} is installed but does not load (libtensorflow.so: cannot open); ${plain} is installed but does not load (libtensorflow.so: cannot open)`,
  );
});

test('what is not TensorFlow.js is not taken for it', () => {
  expect(() => find({ installed: (name) => name === plain, load: () => ({}) })).toThrow(
    `${plain} is installed but does not load (it is not TensorFlow.js)`,
  );
});
