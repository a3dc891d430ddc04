import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeFileError } from '../../../../src/lab/core/runs/file-errors.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test('says what is wrong with a real path', () => {
  const root = mkdtempSync(join(tmpdir(), 'umbra-errors-'));
  const file = join(root, 'file');
  writeFileSync(file, '');
  const said = (work: () => unknown) => describeFileError(thrownBy(work));
  expect(said(() => readFileSync(join(root, 'none')))).toBe(
    `${join(root, 'none')}: there is no such file or folder; check the path`,
  );
  expect(said(() => readdirSync(file))).toBe(
    `${file}: a part of this path is a file, not a folder; check the path`,
  );
  expect(said(() => writeFileSync(root, ''))).toBe(`${root}: this is a folder, not a file; check the path`);
  rmSync(root, { recursive: true });
});

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EACCES', 'you have no permission'],
  ['EROFS', 'it lies on a read-only disk'],
])('knows %s, and names the file that it knows or is told', (code, reason) => {
  const error = Object.assign(new Error(code), { code, path: 'runs/a.json' });
  const line = describeFileError(error);
  expect(line).toMatch(new RegExp(`^runs/a\\.json: ${reason}; `));
  expect(line).not.toContain('\n');
  expect(describeFileError(error, 'b.json')).toContain('b.json: ');
});

test('leaves other errors alone', () => {
  for (const error of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 'ERR_ASSERTION' }),
    'text',
    null,
  ])
    expect(describeFileError(error)).toBeUndefined();
});
