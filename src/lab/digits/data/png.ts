// PNG files as bytes of grey: checked to the last chunk, since the decoder fills what is damaged with nothing.
import { crc32 } from 'node:zlib';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { FormatError } from '../../../store/errors.ts';
import type { ByteImage } from './images.ts';

/** Pixels that an image has along a side at most. */
export const longestSide = 4096;

const signature = '\u0089PNG\r\n\u001a\n';

/** Throws FormatError unless `bytes` are a whole PNG of a size that an image here may have. */
export function checkPng(bytes: Uint8Array, source: string): void {
  const refuse = (problem: string): never => {
    throw new FormatError(`${source}: ${problem}; mend or remove it`);
  };
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.toString('latin1', 0, 8) !== signature) refuse('not a PNG file');
  for (let at = 8, type = ''; type !== 'IEND'; ) {
    const length = at + 12 <= file.length ? file.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + 8 + length;
    if (end + 4 > file.length) refuse('it is cut short');
    if (crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) refuse(`it is damaged at byte ${at}`);
    type = file.toString('latin1', at + 4, at + 8);
    if (at === 8) {
      if (type !== 'IHDR' || length !== 13) refuse('not a PNG file');
      const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
      if (Math.min(width, height) < 1 || Math.max(width, height) > longestSide)
        refuse(`${width} × ${height} pixels, where 1 × 1 to ${longestSide} × ${longestSide} can be`);
    }
    at = end + 4;
  }
}

/** The picture in `bytes` as luminance on black. Throws FormatError, which names `source`. */
export async function decodePng(bytes: Uint8Array, source: string): Promise<ByteImage> {
  checkPng(bytes, source);
  const image = await loadImage(bytes).catch((error: unknown) => {
    throw new FormatError(`${source}: it cannot be decoded (${String(error)}); mend or remove it`);
  });
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const [r, g, b, a] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2], rgba[4 * i + 3]];
    data[i] = Math.round(((0.299 * r + 0.587 * g + 0.114 * b) * a) / 255);
  }
  return { height, width, data };
}
