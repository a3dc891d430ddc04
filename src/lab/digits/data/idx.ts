// IDX files of bytes, the format MNIST comes in, and the gzip around them. Knows no data set.
import { gunzipSync } from 'node:zlib';
import { FormatError } from '../../../store/errors.ts';
import type { ByteImage } from './images.ts';

export interface Idx {
  shape: number[];
  /** The elements in row-major order; a view of the bytes parsed. */
  data: Uint8Array;
}

const fetchAgain = 'delete the file and fetch it again';

const damaged = (source: string, problem: string, wayOut: string): FormatError =>
  new FormatError(`${source}: ${problem}; ${wayOut}`);

/** Parses an IDX file of unsigned bytes. `source` is its name, for messages. Throws FormatError. */
export function parseIdx(bytes: Uint8Array, source: string, wayOut = fetchAgain): Idx {
  const refuse = (problem: string): never => {
    throw damaged(source, problem, wayOut);
  };
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0)
    refuse('not an IDX file, which begins with two zero bytes, a type and a rank');
  const [, , type, rank] = bytes;
  if (type !== 8) refuse(`an IDX file of type 0x${type.toString(16).padStart(2, '0')}, not of bytes (0x08)`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) refuse(`${bytes.length} bytes are too few for the sizes of ${rank} dimensions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, 1);
  if (bytes.length - start !== size)
    refuse(
      `${bytes.length - start} bytes of data do not fill shape [${shape.join(', ')}], which has ${size}`,
    );
  return { shape, data: bytes.subarray(start) };
}

/** The `i`-th of images [n, height, width]; turned, if they lie on their side, column by column. */
export function imageOf({ shape: [, height, width], data }: Idx, i: number, transposed = false): ByteImage {
  const image = data.subarray(i * height * width, (i + 1) * height * width);
  if (!transposed) return { height, width, data: image };
  const turned = new Uint8Array(image.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) turned[x * height + y] = image[y * width + x];
  return { height: width, width: height, data: turned };
}

/**
 * `bytes` decompressed. `source` is their name, for messages; `maxLength` is the most bytes they may
 * grow to. Throws FormatError for anything but whole gzip data (which zero bytes may follow) within it.
 */
export function gunzip(
  bytes: Uint8Array,
  source: string,
  maxLength: number,
  wayOut = fetchAgain,
): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxLength });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ERR_BUFFER_TOO_LARGE')
      throw damaged(source, `it decompresses to more than ${maxLength} bytes`, wayOut);
    if (!String(error.code).startsWith('Z_')) throw error;
    throw damaged(source, `not whole gzip data (${error.message})`, wayOut);
  }
}
