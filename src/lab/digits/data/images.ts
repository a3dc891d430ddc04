// Images with their classes, as all experiments take them: 28 × 28 pixels, whatever size they came in.
import { fromTypedArray, type Tensor } from '../../../tensor/index.ts';
import { resizer } from './resize.ts';

export const side = 28;
export const pixels = side * side;

export interface Digits {
  /** f32 [n, 784]: 28 × 28 pixels in [0, 1], row by row; 0 is the background. */
  readonly images: Tensor;
  /** i32 [n]: from 0. */
  readonly labels: Tensor;
  /** How many classes there are. */
  readonly classes: number;
}

/** Training and test images. */
export interface TrainAndTest {
  readonly train: Digits;
  readonly test: Digits;
}

/** An image of bytes, row by row; 255 is white. */
export interface ByteImage {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** Takes `n` images, one after the other, and scales each to 28 × 28. */
export class ImageStack {
  readonly #all: Float32Array;
  #at = 0;
  #resize: { readonly of: string; readonly to: ReturnType<typeof resizer> } | undefined;

  constructor(readonly n: number) {
    this.#all = new Float32Array(n * pixels);
  }

  add({ height, width, data }: ByteImage): void {
    const of = `${height} × ${width}`; // most are as large as the one before
    if (this.#resize?.of !== of) this.#resize = { of, to: resizer(height, width, side) };
    const into = this.#all.subarray(this.#at, this.#at + pixels);
    this.#resize.to(data, into);
    for (let i = 0; i < pixels; i++) into[i] /= 255;
    this.#at += pixels;
  }

  /** The images with the class of each. */
  labelled(labels: ArrayLike<number>, classes: number): Digits {
    return {
      images: fromTypedArray(this.#all, [this.n, pixels], 'f32'),
      labels: fromTypedArray(Int32Array.from(labels), [this.n], 'i32'),
      classes,
    };
  }
}
