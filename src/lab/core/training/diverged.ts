// Training that leaves the numbers.
import { LabError } from '../errors.ts';

/** Training left the numbers; the message says whose, where, and the way out. */
export class DivergedError extends LabError {
  override name = 'DivergedError';
  constructor(what: string, value: number, step: number, epoch: number) {
    super(`${what} became ${value} at step ${step} (epoch ${epoch}); try a smaller --learning-rate`);
  }
}
