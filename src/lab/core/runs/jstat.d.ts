// The one function of jstat that the laboratory uses; the package has no types of its own.
declare module 'jstat' {
  const jStat: {
    readonly studentt: {
      /** The `p` quantile of Student's t distribution with `dof` degrees of freedom. */
      inv(p: number, dof: number): number;
    };
  };
  export default jStat;
}
