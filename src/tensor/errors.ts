// The errors that the library throws on purpose. Every message names the op, the shapes and the way out.

/** Shapes, axes or sizes that do not fit an operation. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** A dtype that an operation does not take. */
export class DTypeError extends Error {
  override name = 'DTypeError';
}

/** A traced value used as if it held numbers, or outside the trace that made it. */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** An array that does not fit into memory. */
export class MemoryError extends Error {
  override name = 'MemoryError';
}

/** What a storage that was given up says to whoever reads it. */
export function givenUp(): never {
  throw new TraceError(
    'this tensor was given up: disposed of, or donated to a jitted function (donate: […]), which may have written its result over it; use it before, or keep it',
  );
}
