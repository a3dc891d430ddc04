// How much a diagonal is raised, in words.
import { percent } from '../../core/charts/style.ts';
import type { Elevation } from '../../core/runs/diagonal.ts';

/** Of shares, over `cases` as in 'bases'. */
export const elevationText = ({ mean, low, high, p }: Elevation, cases: string): string =>
  `${percent(mean)} higher, 95% interval over ${cases} ${percent(low)} to ${percent(high)}; permutation test p = ${p.toPrecision(2)}`;
