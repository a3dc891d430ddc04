// The values of an arm that vary in two settings, as matrices: a seed each.
import { type Result, type Row, valuesOf } from './result.ts';
import { mean } from './statistics.ts';

export type Matrix = readonly (readonly number[])[];

/** A setting, and those of its values that the rows or columns of a matrix are, in their order. */
export type Axis = readonly [setting: string, values: readonly (string | number)[]];

/** The values `name` of `arm` by seed, `rows` and `columns`, where the other settings are as `at`. */
export const matricesOf = (
  { rows, seeds }: Pick<Result, 'rows' | 'seeds'>,
  arm: string,
  name: string,
  [row, rowValues]: Axis,
  [column, columnValues]: Axis,
  at: Row['at'] = {},
): Matrix[] =>
  seeds.map((seed) =>
    rowValues.map((y) =>
      columnValues.map(
        (x) => valuesOf({ rows, seeds: [seed] }, arm, name, { ...at, [row]: y, [column]: x })[0],
      ),
    ),
  );

/** The mean of `matrices`, place by place. */
export const meanMatrix = (matrices: readonly Matrix[]): number[][] =>
  matrices[0].map((row, i) => row.map((_, j) => mean(matrices.map((matrix) => matrix[i][j]))));
