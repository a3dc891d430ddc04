// The lines below a figure's title: what ran, and how to read the marks.
import { howToRead } from '../charts/style.ts';
import type { Result } from '../runs/result.ts';

/** Preset, seeds, test digits, engine and config of `result`; then what its `mark`s are. */
export const subtitleOf = (
  { config, configHash, seeds, testDigits, engine }: Result,
  mark: 'bar' | 'point' | 'curve',
): string[] => [
  [
    `preset ${config.preset ?? 'unknown'}`,
    seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`,
    `${testDigits.toLocaleString('en-GB')} test digits`,
    `${engine} engine`,
    `config ${configHash.slice(0, 8)}`,
  ].join(' · '),
  howToRead(mark, seeds.length),
];
