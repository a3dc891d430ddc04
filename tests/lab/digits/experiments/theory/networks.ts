// The theory's networks for digits, by their names.
import {
  type Network,
  type NetworkName,
  networkFor,
  networkNames,
} from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import { classes } from '../../../../helpers/digits.ts';

export const networks = Object.fromEntries(
  networkNames.map((name) => [name, networkFor(name, classes)]),
) as Readonly<Record<NetworkName, Network>>;
