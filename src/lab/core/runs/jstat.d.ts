// The functions of jstat that the laboratory uses; the package has no types of its own.
declare module 'jstat' {
  const jStat: {
    /** Spearman's correlation of the ranks of two lists; equal values share a rank. */
    spearmancoeff(a: readonly number[], b: readonly number[]): number;
    readonly studentt: {
      /** The `p` quantile of Student's t distribution with `dof` degrees of freedom. */
      inv(p: number, dof: number): number;
    };
  };
  export default jStat;
}
