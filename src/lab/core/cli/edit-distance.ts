// How alike two words are.

/** Letters to add, drop or replace to make `a` into `b` (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(row[j - 1] + 1, above[j] + 1, above[j - 1] + Number(a[i - 1] !== b[j - 1])));
    above = row;
  }
  return above[b.length];
}
