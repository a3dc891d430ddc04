// What loops count for decides who runs them: one thread, or several that share their tasks.
import { expect, test } from 'vitest';
import { add, sum, take } from '../../src/index.ts';
import { aval, compiledOf } from '../helpers/compiled.ts';

test('A sum counts what it adds, so that down the columns of a tall matrix threads share it.', () => {
  const [{ tasks, work }] = compiledOf((x) => sum(x, 0), [aval([1024, 256])]).routines;
  expect(work).toBeGreaterThanOrEqual(1024 * 256);
  expect(tasks).toBeGreaterThan(1);
});

test('To read where the data say counts for more than to read in order.', () => {
  const workOf = (...args: Parameters<typeof compiledOf>): number =>
    compiledOf(...args).routines.reduce((all, { work }) => all + work, 0);
  const rows = aval([100, 13]);
  const picked = workOf((x, at) => take(x, at), [aval([1000, 13]), aval([100], 'i32')]);
  expect(picked).toBeGreaterThan(4 * workOf((x) => add(x, 1), [rows]));
});
