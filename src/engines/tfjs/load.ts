// Which TensorFlow.js is there: found and loaded when first needed, so that nobody else pays for it.
import { createRequire } from 'node:module';

/** TensorFlow.js as every one of its packages exports it. */
export type Tf = typeof import('@tensorflow/tfjs-core');
export type TfTensor = import('@tensorflow/tfjs-core').Tensor;

export interface Found {
  readonly tf: Tf;
  /** Package, version and backend, and what was passed over because it is broken. */
  readonly description: string;
  /** Whether tensors live outside JavaScript's memory. */
  readonly native: boolean;
}

/** What packages are looked for with. */
export interface Modules {
  readonly installed: (name: string) => boolean;
  readonly load: (name: string) => unknown;
}

interface Candidate {
  readonly name: string;
  /** A package with the kernels, where `name` brings none. */
  readonly kernels?: string;
}

/** The fastest first. */
const candidates: readonly Candidate[] = [
  { name: '@tensorflow/tfjs-node-gpu' },
  { name: '@tensorflow/tfjs-node' },
  { name: '@tensorflow/tfjs' },
  { name: '@tensorflow/tfjs-core', kernels: '@tensorflow/tfjs-backend-cpu' },
];

const missing =
  'no TensorFlow.js is installed; npm install @tensorflow/tfjs, or @tensorflow/tfjs-node (native), or @tensorflow/tfjs-node-gpu (CUDA)';

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0];

const isTf = (loaded: unknown): loaded is Tf =>
  typeof loaded === 'object' && loaded !== null && 'matMul' in loaded && 'version_core' in loaded;

/** The first of the packages that is installed and loads. Throws Error, in one line, if there is none. */
export function find({ installed, load }: Modules): Found {
  const broken: string[] = [];
  for (const { name, kernels } of candidates) {
    if (!installed(name) || (kernels && !installed(kernels))) continue;
    try {
      const tf = load(name);
      if (kernels) load(kernels);
      if (!isTf(tf)) throw new Error('it is not TensorFlow.js');
      const { backend, native } = start(tf);
      const notes = broken.map((note) => `; ${note}`).join('');
      return { tf, native, description: `${name} ${tf.version_core}, ${backend}${notes}` };
    } catch (error) {
      broken.push(`${name} is installed but does not load (${firstLine(error)})`);
    }
  }
  throw new Error(broken.length ? broken.join('; ') : missing);
}

/** Makes the backend ready: what it is called, with its device, and whether it is native. */
function start(tf: Tf): { backend: string; native: boolean } {
  const chatty = tf.env().getBool('PROD');
  tf.env().set('PROD', true); // the pure JavaScript backend greets with an advertisement of the native one
  tf.scalar(0).dispose();
  tf.env().set('PROD', chatty);
  const [name, backend] = [tf.getBackend(), tf.backend()];
  if (!('isUsingGpuDevice' in backend)) return { backend: `backend ${name}`, native: false };
  return { backend: `backend ${name} on the ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`, native: true };
}

const require = createRequire(import.meta.url);

const nodeModules: Modules = {
  installed(name) {
    try {
      return require.resolve(name) !== '';
    } catch {
      return false;
    }
  },
  load(name) {
    // what TensorFlow and CUDA read as they load: no chatter, and products of f32 in f32, not in 19 bits
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
    process.env.NVIDIA_TF32_OVERRIDE ??= '0';
    return require(name);
  },
};

let found: Found | undefined;

/** The TensorFlow.js of this process. Throws Error, in one line, if none is installed. */
export function load(): Found {
  found ??= find(nodeModules);
  return found;
}
