// Sorting samples into kept and refused, with the reason for each; knows no samples and no reasons.

/** What a filter made of samples. `counts` has every reason that the filter knows, those with 0 too. */
export interface Sifted<Sample, Reason extends string> {
  readonly kept: readonly Sample[];
  readonly refused: readonly { readonly sample: Sample; readonly reason: Reason }[];
  readonly counts: Readonly<Record<Reason, number>>;
}

/** Keeps the `samples` against which `objection` knows no reason, in their order. */
export function sift<Sample, Reason extends string>(
  samples: readonly Sample[],
  reasons: readonly Reason[],
  objection: (sample: Sample) => Reason | undefined,
): Sifted<Sample, Reason> {
  const kept: Sample[] = [];
  const refused: { sample: Sample; reason: Reason }[] = [];
  const counts = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
  for (const sample of samples) {
    const reason = objection(sample);
    if (reason === undefined) kept.push(sample);
    else {
      refused.push({ sample, reason });
      counts[reason]++;
    }
  }
  return { kept, refused, counts };
}
