// The values of an arm that vary in two settings, as matrices: a seed each.
import { type Result, type Row, valuesBySeed } from './result.ts';
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
): Matrix[] => {
  const own = rows.filter((each) => each.arm === arm);
  const values = rowValues.map((y) =>
    columnValues.map((x) => valuesBySeed({ rows: own }, arm, name, { ...at, [row]: y, [column]: x })),
  );
  return seeds.map((seed) => values.map((line) => line.map((bySeed) => bySeed.get(seed) ?? Number.NaN)));
};

/** The mean of `matrices`, place by place. */
export const meanMatrix = (matrices: readonly Matrix[]): number[][] =>
  matrices[0].map((row, i) => row.map((_, j) => mean(matrices.map((matrix) => matrix[i][j]))));
