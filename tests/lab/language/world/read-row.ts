// Takes rows of the world apart into their turns, by the tokens that mark them.
import type { TurnName } from '../../../../src/lab/language/world/turns.ts';
import {
  AST,
  askAdvice,
  askAnimal,
  askCode,
  askMath,
  askNumbers,
  askTree,
  USR,
} from '../../../../src/lab/language/world/vocabulary.ts';

export interface ReadTurn {
  readonly name: TurnName;
  /** From USR to AST, both within. */
  readonly question: readonly number[];
  readonly answer: readonly number[];
}

const names = new Map<number, TurnName>([
  [askAnimal, 'K'],
  [askTree, 'T'],
  [askNumbers, 'N'],
  [askCode, 'C'],
  [askAdvice, 'A'],
  [askMath, 'M'],
]);

function readTurn(turn: readonly number[]): ReadTurn {
  const split = turn.indexOf(AST) + 1;
  const name = turn.flatMap((token) => names.get(token) ?? []);
  if (split === 0 || name.length !== 1) throw new Error(`no turn: ${turn}`);
  return { name: name[0], question: turn.slice(0, split), answer: turn.slice(split) };
}

/** The turns of `row`, which begins with one token that is no turn's. */
export function readRow(row: readonly number[]): ReadTurn[] {
  const starts = row.flatMap((token, i) => (token === USR ? i : []));
  if (starts[0] !== 1) throw new Error(`no row: ${row}`);
  return starts.map((start, i) => readTurn(row.slice(start, starts[i + 1])));
}
