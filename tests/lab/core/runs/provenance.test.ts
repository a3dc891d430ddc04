import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { commit, versions } from '../../../../src/lab/core/runs/provenance.ts';

describe('commit', () => {
  let root: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'umbra-commit-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  test('is that of the repository, marked once a tracked file that is no figure differs', () => {
    git('init', '--quiet');
    expect(commit(root)).toBeNull();
    writeFileSync(join(root, 'tracked'), 'one');
    mkdirSync(join(root, 'figures'));
    writeFileSync(join(root, 'figures', 'drawn'), 'one');
    git('add', 'tracked', 'figures');
    git('commit', '--quiet', '--no-verify', '--message', 'one');
    const head = git('rev-parse', 'HEAD');
    expect(head).toMatch(/^[0-9a-f]{40}$/);
    expect(commit(root)).toBe(head);
    writeFileSync(join(root, 'untracked'), 'new');
    writeFileSync(join(root, 'figures', 'drawn'), 'two');
    expect(commit(root)).toBe(head);
    writeFileSync(join(root, 'tracked'), 'two');
    expect(commit(root)).toBe(`${head}+dirty`);
    mkdirSync(join(root, 'inside'));
    expect(commit(join(root, 'inside'))).toBeNull();
  });

  test('is null outside any repository', () => {
    vi.stubEnv('GIT_CEILING_DIRECTORIES', tmpdir());
    expect(commit(root)).toBeNull();
  });

  test('is null without git', () => {
    vi.stubEnv('PATH', root);
    expect(commit()).toBeNull();
  });
});

test('versions tells those of this project, Node and V8', () => {
  const { umbra, ...runtime } = versions();
  expect(umbra).toMatch(/^\d+\.\d+\.\d+/);
  expect(runtime).toEqual({ node: process.versions.node, v8: process.versions.v8 });
});
