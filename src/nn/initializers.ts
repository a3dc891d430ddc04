// Initial weights. fan_in is the size of the first axis, fan_out of the last.
import { mul } from '../ops/index.ts';
import { normal, uniform } from '../random/index.ts';
import { checked, type DType, type Shape, ShapeError, sizeOf, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** Draws weights of a shape from a key. */
export type Initializer = (key: Tensor, shape: Shape, dtype?: DType) => Tensor;

const fanIn = (shape: Shape): number => sizeOf(shape.slice(0, -1));
const fanOut = (shape: Shape): number => shape[shape.length - 1];

const described = [arg.key(), arg.shape(), arg.nullable(arg.dtype())] as const;

const scaledNormal = (op: string, deviation: (shape: Shape) => number) =>
  checked(
    op,
    described,
    (key: Tensor, shape: Shape, dtype: DType = 'f32'): Tensor =>
      mul(normal(key, shape, dtype), deviation(shape)),
  );

/** Normal, standard deviation 1/√fan_in (LeCun et al., 1998). */
export const lecunNormal = scaledNormal('lecunNormal', (shape) => 1 / Math.sqrt(fanIn(shape)));

/** Normal, standard deviation √(2/fan_in), for ReLU (He et al., 2015). */
export const heNormal = scaledNormal('heNormal', (shape) => Math.sqrt(2 / fanIn(shape)));

/** Uniform on ±√(6/(fan_in + fan_out)) (Glorot & Bengio, 2010). */
export const glorotUniform = checked(
  'glorotUniform',
  described,
  (key: Tensor, shape: Shape, dtype: DType = 'f32'): Tensor => {
    if (shape.length === 0) throw new ShapeError('glorotUniform: shape [] has no axis of outputs');
    const limit = Math.sqrt(6 / Math.max(1, fanIn(shape) + fanOut(shape)));
    return uniform(key, shape, -limit, limit, dtype);
  },
);
