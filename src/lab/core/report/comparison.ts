// Our numbers beside those of others: what was published, and a run of the same settings in PyTorch.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Catalogue, experimentNamed } from '../experiments/catalogue.ts';
import { intervalOf, type Published } from '../experiments/published.ts';
import { examine, freshness } from '../figures/stale.ts';
import { enginesOf, machinesOf, trialsOf, wallSecondsOf } from '../runs/header.ts';
import { type Result, valuesOf } from '../runs/result.ts';
import { intervalsAgree, type Summary, summarize } from '../runs/statistics.ts';
import { inOneCell, type Table } from './tables.ts';
import { seconds } from './words.ts';

/** One arm: ours, and whether each of the others agrees with it. */
export interface ComparedArm {
  readonly arm: string;
  readonly ours: Summary;
  readonly peer?: Summary & { readonly agrees: boolean };
  readonly published: Published['arms'][string] & { readonly agrees: boolean };
  /** What a paper says of it in words. */
  readonly claim?: { readonly text: string; readonly holds: boolean };
}

interface Problem {
  readonly state: 'broken' | 'stale';
  readonly why: string;
}

export interface Comparison {
  readonly published: Published;
  readonly ours: Result;
  readonly peer?: Result;
  readonly arms: readonly ComparedArm[];
  /** How many times as long the peer took; where the same models were trained on the same machine. */
  readonly ratio?: number;
  /** Why there is no peer, where its file is there but is of no use. */
  readonly problem?: Problem;
}

const peerCommand = (path: string): string =>
  `benchmarks/.venv/bin/python benchmarks/paper_torch.py --out ${path}`;

/** The peer's result for `ours` among the figures of `directory`, or what is wrong with it. */
function peerOf(
  catalogue: Catalogue,
  { experiment, config }: Result,
  directory: string,
): { peer?: Result; problem?: Problem } {
  const path = join(directory, 'peers', `${experiment}-${config.preset}-torch.json`);
  if (!existsSync(path)) return {};
  const found = examine(catalogue, path);
  if (found.state === 'broken') return { problem: { state: 'broken', why: found.why } };
  const { result: peer, preset } = found;
  const stale = (why: string): { problem: Problem } => ({
    problem: { state: 'stale', why: `${path} is out of date (${why}); ${peerCommand(path)} makes it anew` },
  });
  if (found.state === 'stale') return stale(found.why);
  return peer.experiment === experiment && preset === config.preset
    ? { peer }
    : stale(`it holds ${peer.experiment} at preset ${preset}`);
}

function summaryOf(result: Result | undefined, arm: string): Summary | undefined {
  const values = result ? valuesOf(result, arm) : [];
  return result && values.length ? summarize(values, trialsOf(result)) : undefined;
}

/** The machines of a result, in words. */
const machineOf = (result: Result): string => machinesOf(result).join('; ');

const sameMachine = (a: Result, b: Result): boolean =>
  machinesOf(a).length === 1 && machineOf(a) === machineOf(b);

/**
 * `ours` beside the published numbers and the peer's that lies in `directory`/peers; undefined where nothing was
 * published on its preset, or where its settings are no longer the preset's.
 */
export function compare(catalogue: Catalogue, ours: Result, directory: string): Comparison | undefined {
  const published = experimentNamed(catalogue, ours.experiment)?.published;
  if (published?.preset !== ours.config.preset || freshness(catalogue, ours).state !== 'current')
    return undefined;
  const { peer, problem } = peerOf(catalogue, ours, directory);
  const arms = Object.entries(published.arms).flatMap(([arm, theirs]): ComparedArm[] => {
    const own = summaryOf(ours, arm);
    if (!own) return [];
    const other = summaryOf(peer, arm);
    const claim = published.claims[arm];
    const holds = claim?.holds((name) => summaryOf(ours, name));
    return [
      {
        arm,
        ours: own,
        peer: other && { ...other, agrees: intervalsAgree(own, other) },
        published: { ...theirs, agrees: intervalsAgree(own, intervalOf(theirs)) },
        claim: holds === undefined ? undefined : { text: claim.text, holds },
      },
    ];
  });
  const comparable = peer?.configHash === ours.configHash && sameMachine(peer, ours);
  return {
    published,
    ours,
    peer,
    arms,
    ratio: comparable ? wallSecondsOf(peer) / wallSecondsOf(ours) : undefined,
    problem,
  };
}

const modelsOf = ({ seeds }: Result): string => (seeds.length === 1 ? '1 seed' : `${seeds.length} seeds`);

function timeNote({ ours, peer, ratio }: Comparison): string {
  if (!peer) return `wall time: ${machineOf(ours)}`;
  if (ratio === undefined)
    return `wall times do not compare: ${modelsOf(ours)} on ${machineOf(ours)}; PyTorch ${modelsOf(peer)} on ${machineOf(peer)}`;
  return `wall time, both on ${machineOf(ours)}: PyTorch took ${ratio.toFixed(2)} × as long`;
}

const mark = (agrees: boolean): string => (agrees ? '✓' : '✗');

/** A line an arm: mean and 95% interval in percent of each source, marked by whether it agrees with ours. */
export function comparisonTable(comparison: Comparison): Table {
  const { published, ours, peer, arms, ratio, problem } = comparison;
  const claims = arms.some(({ claim }) => claim);
  const cells = (own: string, other: string, theirs: string, text: string): string[] => [
    own,
    ...(peer ? [other] : []),
    theirs,
    ...(claims ? [text] : []),
  ];
  const times = ratio === undefined ? '' : ` (${ratio.toFixed(2)} ×)`;
  return {
    caption: 'Ours against others: accuracy on test digits, and time',
    head: [
      '',
      ...cells(
        `Umbra, ${modelsOf(ours)}`,
        peer ? `${enginesOf(peer).join(', ').replace('pytorch', 'PyTorch')}, ${modelsOf(peer)}` : '',
        published.title,
        published.claimsTitle,
      ),
    ],
    rows: [
      ...arms.map((each) => {
        const { label, accuracy, half, agrees } = each.published;
        const theirs = { mean: accuracy, low: accuracy - half, high: accuracy + half };
        return [
          label,
          ...cells(
            inOneCell(each.ours),
            each.peer ? `${inOneCell(each.peer)} ${mark(each.peer.agrees)}` : '',
            `${inOneCell(theirs)} ${mark(agrees)}`,
            each.claim ? `${each.claim.text} ${mark(each.claim.holds)}` : '',
          ),
        ];
      }),
      [
        'wall time',
        ...cells(seconds(wallSecondsOf(ours)), peer ? seconds(wallSecondsOf(peer)) + times : '', '', ''),
      ],
    ],
    notes: [
      `mean and 95% interval; ✓ where ${claims ? 'the interval, or what is said in words,' : 'the interval'} agrees with ours, ✗ where not`,
      timeNote(comparison),
      `${published.title}: ${published.source}`,
      ...(claims ? [`${published.claimsTitle}: ${published.claimsSource}`] : []),
      ...(problem ? [`no column for PyTorch: ${problem.why}`] : []),
    ],
  };
}
