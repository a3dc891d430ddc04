// Which code and which runtime made a result.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const projectRoot = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * The git commit that the code in `root` is at, with '+dirty' if a tracked file differs from it that is no figure, since
 * runs draw those anew; null without git, without a commit, or where `root` is not the top of a repository: a copy of the
 * code that lies inside another project is not at that project's commit.
 */
export function commit(root: string = projectRoot): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', ['--no-optional-locks', '-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return null;
    const head = git('rev-parse', '--verify', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no', '--', ':(exclude)figures') === ''
      ? head
      : `${head}+dirty`;
  } catch {
    return null;
  }
}

/** Versions of what every result depends on: this project's, Node's and that of V8, whose Math it uses. */
export function versions(): Record<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  return { umbra: version, node: process.versions.node, v8: process.versions.v8 };
}

/** SHA-256 of all code that is run, in hex. */
export function codeDigest(): string {
  const hash = createHash('sha256');
  const root = join(projectRoot, 'src');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort())
    if (name.endsWith('.ts')) hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

/** The processor's name. */
export const processor = (): string => cpus()[0]?.model.trim() || process.arch;
