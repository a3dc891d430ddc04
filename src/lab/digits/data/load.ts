// The images that a config asks for, split and scaled as the experiments take them.
import { mul, sub } from '../../../index.ts';
import { embeddedDigits } from './embedded.ts';
import type { Digits, TrainAndTest } from './images.ts';
import { loadOriginal } from './originals.ts';
import { loadOwn } from './own.ts';
import { isOriginal } from './sets.ts';
import { sampleDigits, splitDigits } from './split.ts';

export interface DataConfig {
  readonly data: string;
  readonly trainDigits: number;
  readonly testDigits: number;
  readonly splitSeed: number;
}

/** Pixels from [0, 1] to [−1, 1]: (x − 0.5) / 0.5. */
const scaled = ({ images, ...rest }: Digits): Digits => ({ ...rest, images: mul(sub(images, 0.5), 2) });

/** All images of a set: in two parts, or to be split. */
async function allOf(data: string, directory: string): Promise<TrainAndTest | Digits> {
  if (data === 'embedded') return embeddedDigits();
  return isOriginal(data) ? loadOriginal(data, directory) : loadOwn(data);
}

/** Training and test images with pixels in [−1, 1]. `directory` holds the sets that are fetched. */
export async function loadData(config: DataConfig, directory: string): Promise<TrainAndTest> {
  const { data, trainDigits, testDigits, splitSeed } = config;
  const all = await allOf(data, directory);
  const { train, test } =
    'train' in all
      ? {
          train: sampleDigits(all.train, trainDigits, splitSeed),
          test: sampleDigits(all.test, testDigits, splitSeed),
        }
      : splitDigits(all, trainDigits, testDigits, splitSeed);
  return { train: scaled(train), test: scaled(test) };
}
