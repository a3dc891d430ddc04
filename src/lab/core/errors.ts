// What goes wrong in ways that a person can mend.

/** An error whose message is one line that names the culprit and the way out. */
export class LabError extends Error {
  override name = 'LabError';
}
