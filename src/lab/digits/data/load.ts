// The digits that a config asks for, split and scaled as the experiments take them.
import { mul, sub } from '../../../index.ts';
import { type Digits, embeddedDigits, fullDigits } from './mnist.ts';
import { sampleDigits, splitDigits } from './split.ts';

export interface DataConfig {
  readonly data: 'embedded' | 'full';
  readonly trainDigits: number;
  readonly testDigits: number;
  readonly splitSeed: number;
}

/** Pixels from [0, 1] to [−1, 1]: (x − 0.5) / 0.5. */
const scaled = ({ images, labels }: Digits): Digits => ({ images: mul(sub(images, 0.5), 2), labels });

/** Training and test digits with pixels in [−1, 1]. `directory` holds the full files. */
export function loadData(config: DataConfig, directory: string): { train: Digits; test: Digits } {
  const { data, trainDigits, testDigits, splitSeed } = config;
  if (data === 'embedded') {
    const { train, test } = splitDigits(embeddedDigits(), trainDigits, testDigits, splitSeed);
    return { train: scaled(train), test: scaled(test) };
  }
  const { train, test } = fullDigits(directory);
  return {
    train: scaled(sampleDigits(train, trainDigits, splitSeed)),
    test: scaled(sampleDigits(test, testDigits, splitSeed)),
  };
}
