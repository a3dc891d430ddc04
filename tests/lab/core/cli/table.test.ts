import { expect, test } from 'vitest';
import { aligned, resultTable } from '../../../../src/lab/core/cli/table.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { sampleResult } from '../runs/sample.ts';

test('columns are aligned, labels to the left and numbers to the right, notes below', () => {
  const table = {
    caption: 'not shown',
    head: ['', 'mean'],
    rows: [
      ['teacher', '5.0%'],
      ['chance', ''],
    ],
    notes: ['over seeds'],
  };
  expect(aligned(table)).toBe(
    ['           mean', '  teacher  5.0%', '  chance', '  (over seeds)'].join('\n'),
  );
});

test('a result is shown with the differences between its students and controls, where it has both', () => {
  const both = resultTable(sampleResult({ student_aux: [0.5, 0.6], cross_aux: [0.1, 0.1] }), mnist);
  expect(both).toMatch(/^ {2}student_aux − cross_aux +45\.0 points .* 0\.50 +2$/m);
  const alone = resultTable(sampleResult({ student_aux: [0.5, 0.6] }), mnist);
  expect(alone).not.toContain('difference');
  expect(alone).toMatch(/^ {2}chance +10\.0%$/m);
});
