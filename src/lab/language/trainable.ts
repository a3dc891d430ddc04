// Which parameters of a model train, by their paths, and how they come back to those that stay.
import { type Tensor, type Tree, treeLeaves, treeMap, treePaths } from '../../index.ts';

/** Whether the parameters at a path as `blocks.0.mlp.1.bias` train. */
export type Trains = (path: string) => boolean;

export const biasesAndNorms: Trains = (path) => /(^|\.)(bias|scale)$/.test(path);
export const everything: Trains = () => true;

/** Parameters by their paths. */
export type Parameters = { readonly [path: string]: Tensor };

/** Those of `model`'s parameters that train. */
export function trainable(model: Tree, trains: Trains): Parameters {
  const leaves = treeLeaves(model);
  const named = treePaths(model).map((path, i): [string, Tensor] => [path, leaves[i]]);
  return Object.fromEntries(named.filter(([path]) => trains(path)));
}

/** `model` with `parameters` in place of its own. Throws RangeError where it has none of that path. */
export function withParameters<M extends Tree>(model: M, parameters: Parameters): M {
  const paths = treePaths(model);
  const unknown = Object.keys(parameters).find((path) => !paths.includes(path));
  if (unknown !== undefined)
    throw new RangeError(
      `withParameters: the model has no ${unknown}; take the model that they were taken from`,
    );
  let at = 0;
  return treeMap((own) => {
    const path = paths[at++];
    return Object.hasOwn(parameters, path) ? parameters[path] : own;
  }, model);
}
