import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compare, comparisonTable } from '../../../../src/lab/core/report/comparison.ts';
import { hashConfig, type Result, writeResult } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { makeFolders } from '../../../../src/store/atomic.ts';
import { ranOtherwise } from '../runs/sample.ts';
import { paperAccuracies, paperResult, torchResult } from './paper.ts';

let folder: string;
let peer: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-comparison-'));
  peer = join(folder, 'peers', 'mnist-paper-torch.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The comparison of `ours`, which there is, with its arms by name. */
function compared(ours: Result = paperResult()) {
  const comparison = compare(experiments, ours, folder);
  if (!comparison) throw new Error('nothing to compare');
  return { ...comparison, by: Object.fromEntries(comparison.arms.map((each) => [each.arm, each])) };
}

const writePeer = (result: Result): void => writeResult(peer, result);

describe('compare', () => {
  test('holds every arm against the published numbers, without a peer where there is no file', () => {
    const { arms, peer: none, ratio, problem } = compared();
    expect(arms.map(({ arm, published }) => [arm, published.agrees])).toEqual(
      Object.keys(paperAccuracies).map((arm) => [arm, true]),
    );
    expect([none, ratio, problem]).toEqual([undefined, undefined, undefined]);
    expect(arms.some((each) => each.peer)).toBe(false);
  });

  test('an interval that lies beside the published one does not agree, on either side', () => {
    const { by } = compared(
      paperResult({ ...paperAccuracies, teacher: [0.95, 0.9501, 0.9502], cross_all: [0.7, 0.7001, 0.7002] }),
    );
    expect(by.teacher.published.agrees).toBe(false);
    expect(by.cross_all.published.agrees).toBe(false);
    expect(by.student_all.published.agrees).toBe(true);
  });

  test('what was published to three decimals agrees with what rounds to it', () => {
    const { by } = compared(paperResult({ ...paperAccuracies, teacher: [0.9436, 0.9436, 0.9436] }));
    expect(by.teacher.published.agrees).toBe(true);
  });

  test("what the paper's text says is borne out by our numbers, or is not", () => {
    const { by } = compared();
    expect(by.student_aux.claim).toEqual({ text: 'over 50%', holds: true });
    expect(by.cross_aux.claim).toEqual({ text: 'no benefit', holds: true });
    expect(by.teacher.claim).toBeUndefined();
    const others = { student_aux: [0.4, 0.41, 0.42], cross_aux: [0.3, 0.31, 0.32] };
    const { by: not } = compared(paperResult({ ...paperAccuracies, ...others }));
    expect(not.student_aux.claim?.holds).toBe(false);
    expect(not.cross_aux.claim?.holds).toBe(false);
  });

  test('holds every arm against the peer, and times it where models and machine are the same', () => {
    writePeer(torchResult());
    const { by, ratio } = compared(paperResult({ ...paperAccuracies, student_all: [0.98, 0.981, 0.982] }));
    expect(by.teacher.peer).toMatchObject({ agrees: true, mean: expect.closeTo(0.943, 12) });
    expect(by.student_all.peer?.agrees).toBe(false);
    expect(ratio).toBe(2.5);
  });

  test('gives no ratio of times on different machines, or of different seeds', () => {
    const torch = torchResult();
    writePeer(ranOtherwise(torch, { machine: { cpu: 'another', threads: 2 } }));
    expect(compared().ratio).toBeUndefined();
    writePeer(ranOtherwise(torch, { machine: { cpu: 'a processor', threads: 4 } }));
    expect(compared().ratio).toBeUndefined();
    writePeer(torch);
    const { ratio, by } = compared(paperResult({ teacher: [0.943, 0.943] }, { seeds: 2 }));
    expect(ratio).toBeUndefined();
    expect(by.teacher.peer?.agrees).toBe(true);
  });

  test('leaves out arms that did not run, and what the words on them compare with', () => {
    const { arms } = compared(paperResult({ cross_aux: [0.1, 0.11, 0.12] }, { arms: ['cross_aux'] }));
    expect(arms).toHaveLength(1);
    expect(arms[0].claim).toBeUndefined();
  });

  test("says what is wrong with a peer's file, and does without it", () => {
    makeFolders(join(folder, 'peers'));
    writeFileSync(peer, '{');
    const broken = compared();
    expect(broken.problem).toMatchObject({
      state: 'broken',
      why: expect.stringContaining(`${peer}: it is not`),
    });
    expect(broken.peer).toBeUndefined();
    const other = paperResult(paperAccuracies, { batch: 512 });
    for (const [result, why] of [
      [{ ...other, config: { ...other.config, preset: 'paper' } }, '--batch 512, not 1024'],
      [other, 'mnist at preset custom'],
    ] as const) {
      const { configHash: _, ...rest } = result;
      writePeer({ ...rest, configHash: hashConfig(result.config) });
      const stale = compared();
      expect(stale.problem?.state).toBe('stale');
      expect(stale.problem?.why).toContain(why);
      expect(stale.problem?.why).toContain(`paper_torch.py --out ${peer} makes it anew`);
      expect(stale.peer).toBeUndefined();
    }
  });

  test('compares nothing that has other settings than what was published', () => {
    expect(compare(experiments, paperResult(paperAccuracies, { batch: 512 }), folder)).toBeUndefined();
    const config = { ...paperResult().config, batch: 512 };
    expect(
      compare(experiments, { ...paperResult(), config, configHash: hashConfig(config) }, folder),
    ).toBeUndefined();
    expect(compare(experiments, { ...paperResult(), experiment: 'aux-logits' }, folder)).toBeUndefined();
    expect(compare(experiments, { ...paperResult(), experiment: 'theory' }, folder)).toBeUndefined();
  });
});

describe('comparisonTable', () => {
  test('has a line an arm, and one for the time, with the columns that there are', () => {
    const alone = comparisonTable(compared());
    expect(alone.head).toEqual(['', 'Umbra, 3 seeds', "authors' script, 100 seeds", "paper's text"]);
    expect(alone.rows).toHaveLength(7);
    expect(alone.rows[2]).toEqual([
      'student (aux)',
      '53.7% (51.2 to 56.2)',
      '53.7% (51.5 to 55.9) ✓',
      'over 50% ✓',
    ]);
    expect(alone.rows[6]).toEqual(['wall time', '1 min 40 s', '', '']);
    writePeer(torchResult());
    const both = comparisonTable(compared());
    expect(both.head[2]).toBe('PyTorch 2.1, 3 seeds');
    expect(both.rows[1][2]).toBe('94.3% (94.1 to 94.5) ✓');
    expect(both.rows[6]).toEqual(['wall time', '1 min 40 s', '4 min 10 s (2.50 ×)', '', '']);
    expect(both.notes.join('\n')).toContain('PyTorch took 2.50 × as long');
    for (const { head, rows } of [alone, both]) for (const row of rows) expect(row).toHaveLength(head.length);
  });

  test('marks what does not agree', () => {
    const table = comparisonTable(
      compared(paperResult({ ...paperAccuracies, student_aux: [0.2, 0.2, 0.2] })),
    );
    expect(table.rows[2].slice(2)).toEqual(['53.7% (51.5 to 55.9) ✗', 'over 50% ✗']);
  });

  test('names its sources, and why a column is missing', () => {
    makeFolders(join(folder, 'peers'));
    writeFileSync(peer, '{');
    const notes = comparisonTable(compared()).notes.join('\n');
    expect(notes).toContain('agu18dec/subliminal-learning');
    expect(notes).toContain('arXiv 2507.14805');
    expect(notes).toContain(`no column for PyTorch: ${peer}`);
  });
});
