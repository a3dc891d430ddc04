// The 10,000 digits of MNIST that come with the `mnist` package.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fromTypedArray } from '../../../tensor/index.ts';
import { type Digits, pixels } from './images.ts';

/** What a pixel is in 255ths, from the thousandths to which the `mnist` package rounds it. */
const shades = Float32Array.from({ length: 1001 }, (_, pixel) => Math.round((pixel / 1000) * 255) / 255);

/** The numbers in `json`, "…[0,0.235,1]…", times 1000: to parse JSON for them would take ten times as long. */
function thousandths(json: Uint8Array): Uint16Array {
  const found = new Uint16Array(json.length / 2);
  let [n, value, place] = [0, 0, 1000];
  for (let at = json.indexOf(0x5b) + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte >= 0x30 && byte <= 0x39) {
      value += (byte - 0x30) * place;
      place /= 10;
    } else if (byte === 0x2c || byte === 0x5d) {
      found[n++] = value;
      value = 0;
      place = 1000;
    }
  }
  return found.subarray(0, n);
}

/**
 * The 10,000 digits of the `mnist` package, 0s first and 9s last: images f32 [10000, 784], labels
 * i32 [10000]. They are the first 10,000 training digits, sorted by class.
 */
export function embeddedDigits(): Digits {
  const require = createRequire(import.meta.url);
  // The package's own module would hold all digits in memory for good, so its files are read instead.
  const byClass = Array.from({ length: 10 }, (_, label) =>
    thousandths(readFileSync(require.resolve(`mnist/src/digits/${label}.json`))),
  );
  const n = byClass.reduce((sum, data) => sum + data.length / pixels, 0);
  const images = new Float32Array(n * pixels);
  const labels = new Int32Array(n);
  let at = 0;
  byClass.forEach((data, label) => {
    labels.fill(label, at / pixels, (at + data.length) / pixels);
    for (const pixel of data) images[at++] = shades[pixel];
  });
  return {
    images: fromTypedArray(images, [n, pixels], 'f32'),
    labels: fromTypedArray(labels, [n], 'i32'),
    classes: byClass.length,
  };
}
