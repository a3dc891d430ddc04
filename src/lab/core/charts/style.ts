// How every chart looks: sizes, colours, marks, and how numbers are written.

/** Size of a figure in CSS pixels; the PNG has twice as many each way. */
export const size = { width: 900, height: 560 };

/** Okabe & Ito (2008), which the colour-blind can tell apart; grey for their black, and no yellow: paper is white. */
export const palette = {
  blue: '#0072b2',
  vermillion: '#d55e00',
  green: '#009e73',
  purple: '#cc79a7',
  orange: '#e69f00',
  sky: '#56b4e9',
  grey: '#7f7f7f',
} as const;

export const ink = '#222222';
export const faint = '#666666';
export const grid = '#e4e4e4';
export const zeroLine = '#9a9a9a';

/** The colour at `share` of its full strength. */
export const tinted = (colour: string, share: number): string =>
  `${colour}${Math.round(255 * share)
    .toString(16)
    .padStart(2, '0')}`;

const order = Object.values(palette);
const dashes: readonly (readonly number[])[] = [[], [8, 3], [2, 2.5], [10, 3, 2, 3]];
const shapes = ['circle', 'rect', 'triangle', 'rectRot'] as const;

export const colourOf = (index: number): string => order[index % order.length];
export const dashOf = (index: number): readonly number[] => dashes[index % dashes.length];

export interface Mark {
  readonly shape: (typeof shapes)[number];
  readonly hollow: boolean;
}

/** The mark of the `index`th series: four shapes filled, then the same hollow. */
export const markOf = (index: number): Mark => ({
  shape: shapes[index % shapes.length],
  hollow: Math.floor(index / shapes.length) % 2 === 1,
});

/** What the values of an axis are: shares are written in percent, powers are exponents of ten. */
export type Unit = 'share' | 'number' | 'power';

/** `x` with `decimals` digits behind the point, thousands set apart, a true minus, and no minus before zero. */
export function decimal(x: number, decimals: number): string {
  const written = Math.abs(x).toLocaleString('en-GB', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return x < 0 && /[1-9]/.test(written) ? `−${written}` : written;
}

export const percent = (share: number, decimals = 1): string => `${decimal(100 * share, decimals)}%`;

const superscripts = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];

/** 10⁻³ for −3; the exponent is whole. */
export const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')}`;

export function written(x: number, unit: Unit, decimals: number): string {
  if (unit === 'power') return powerOfTen(Math.round(x));
  return unit === 'share' ? percent(x, decimals) : decimal(x, decimals);
}

/** The fewest decimals, at most 12, that tell `x` from its neighbours on an axis. */
export const decimalsOf = (x: number): number => {
  for (let digits = 0; digits < 12; digits++) {
    const scaled = x * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) <= 1e-9 * Math.abs(scaled)) return digits;
  }
  return 12;
};

/** The most dots of a sample, which more would hide. */
const mostDots = 200;

/** Those of one value a seed that have a dot: all, or evenly some of them. */
export const dotted = (values: readonly number[]): number[] =>
  values.filter(
    (_, i) => Math.floor((i * mostDots) / values.length) !== Math.floor(((i - 1) * mostDots) / values.length),
  );

/**
 * Where the dots of `n` seeds lie beside each other, as shares of their bar's width: to the left and right
 * of the whisker by turns, at distances that the golden ratio spreads evenly.
 */
export const spread = (n: number): number[] =>
  n === 1
    ? [0]
    : Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1) * (0.15 + (0.8 / 3) * ((i * 0.618034) % 1)));

/** What has a value each: how many there are, and how one and several are called. */
export interface Models {
  readonly count: number;
  readonly one: string;
  readonly many: string;
}

/** What the marks of a chart of `name` over `models` are, for below its title; a share of trials is one `of` them. */
export function howToRead(
  mark: 'bar' | 'point' | 'curve',
  { count, one, many }: Models,
  name: string,
  of?: string,
): string {
  const interval = mark === 'curve' ? 'band' : 'whisker';
  if (count === 1)
    return `${mark}: ${name} of one model${of ? `; ${interval}: 95% interval (Wilson, over ${of})` : ''}`;
  const dots =
    mark === 'curve'
      ? ''
      : `; ${mark === 'bar' ? 'dot' : 'faint dot'}: one ${one}${count > mostDots ? `, of ${mostDots}` : ''}`;
  return `${mark}: mean; ${interval}: 95% interval (Student t, over ${many})${dots}`;
}
