// The error of a file whose content is wrong.

/** A file that is not what it claims to be. The message, one line, names the file, the culprit and the way out. */
export class FormatError extends Error {
  override name = 'FormatError';
}
