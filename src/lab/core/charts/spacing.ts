// Moves labels beside a plot apart, each as little as it must.

interface Block {
  /** Where the middle would best be, in pixels. */
  readonly wanted: number;
  readonly height: number;
  /** How much more it matters where this one is than where others are. */
  readonly weight?: number;
}

interface Cluster {
  readonly members: readonly { readonly index: number; readonly block: Block; readonly offset: number }[];
  readonly height: number;
  readonly top: number;
}

/**
 * The middles of `blocks`, in their order, such that none overlaps another and all lie between `low` and
 * `high` if they have room there: blocks that touch move together, to the mean of where they want to be.
 */
export function spaced(blocks: readonly Block[], low: number, high: number): number[] {
  const clusterOf = (members: Cluster['members']): Cluster => {
    const height = members.reduce((sum, { block }) => sum + block.height, 0);
    const weights = members.reduce((sum, { block }) => sum + (block.weight ?? 1), 0);
    const wanted = members.reduce(
      (sum, { block, offset }) => sum + (block.weight ?? 1) * (block.wanted - offset),
      0,
    );
    return {
      members,
      height,
      top: Math.max(low, Math.min(high - height, wanted / weights)),
    };
  };
  const sorted = blocks
    .map((block, index) => ({ block, index, offset: block.height / 2 }))
    .sort((a, b) => a.block.wanted - b.block.wanted);
  const clusters: Cluster[] = [];
  for (const member of sorted) {
    let cluster = clusterOf([member]);
    for (
      let above = clusters.at(-1);
      above && above.top + above.height > cluster.top;
      above = clusters.at(-1)
    ) {
      clusters.pop();
      const { height } = above;
      const moved = cluster.members.map((each) => ({ ...each, offset: each.offset + height }));
      cluster = clusterOf([...above.members, ...moved]);
    }
    clusters.push(cluster);
  }
  const middles: number[] = [];
  for (const { members, top } of clusters)
    for (const { index, offset } of members) middles[index] = top + offset;
  return middles;
}
