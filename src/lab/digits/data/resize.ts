// Images of any size at the experiments' own: means of what a pixel covers on the way down, between neighbours on the
// way up; what is not square is stretched.

/** What a pixel along one axis is made of: neighbours from `from` on, each with its share. */
interface Mix {
  readonly from: number;
  readonly shares: readonly number[];
}

/** `n` pixels as `to`, each the mean of those that it covers. */
function covered(n: number, to: number): Mix[] {
  const scale = n / to;
  return Array.from({ length: to }, (_, i) => {
    const [begin, end] = [i * scale, (i + 1) * scale];
    const from = Math.floor(begin);
    const shares = Array.from(
      { length: Math.min(Math.ceil(end), n) - from },
      (_, j) => (Math.min(end, from + j + 1) - Math.max(begin, from + j)) / scale,
    );
    return { from, shares };
  });
}

/** `n` pixels as `to`, each between the two whose centres are nearest to its own. */
function between(n: number, to: number): Mix[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * n) / to - 0.5, 0), n - 1);
    const from = Math.min(Math.floor(at), Math.max(n - 2, 0));
    return { from, shares: n === 1 ? [1] : [from + 1 - at, at - from] };
  });
}

const mixes = (n: number, to: number): Mix[] => (n >= to ? covered(n, to) : between(n, to));

/** A function from images of `height` × `width` numbers, row by row, to `side` × `side`. */
export function resizer(
  height: number,
  width: number,
  side: number,
): (image: ArrayLike<number>, into: Float32Array) => void {
  if (height === side && width === side) return (image, into) => into.set(image);
  const [rows, columns] = [mixes(height, side), mixes(width, side)];
  return (image, into) => {
    rows.forEach((row, y) => {
      columns.forEach((column, x) => {
        let sum = 0;
        row.shares.forEach((down, dy) => {
          column.shares.forEach((across, dx) => {
            sum += down * across * image[(row.from + dy) * width + column.from + dx];
          });
        });
        into[y * side + x] = sum;
      });
    });
  };
}
