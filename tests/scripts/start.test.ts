// scripts/start.js: what it starts is what the sources say, however often they change and wherever it may write.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const clone = mkdtempSync(join(tmpdir(), 'umbra-clone-'));
afterAll(() => rmSync(clone, { recursive: true }));

const at = (...parts: string[]): string => join(clone, ...parts);
const kept = at('node_modules', '.cache', 'umbra-start');
const write = (name: string, text: string): void => writeFileSync(at('scripts', name), text);
const command = [at('scripts', 'start.js'), at('scripts', 'command.ts')];
const out = (...args: string[]): string => execFileSync('node', [...command, ...args], { encoding: 'utf8' });
const failure = (): { status: number | null; stderr: string } =>
  spawnSync('node', command, { encoding: 'utf8' });

beforeEach(() => {
  rmSync(clone, { recursive: true });
  mkdirSync(at('scripts'), { recursive: true });
  mkdirSync(at('node_modules'));
  cpSync(join(root, 'scripts', 'start.js'), at('scripts', 'start.js'));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  for (const name of ['esbuild', '@esbuild'])
    symlinkSync(join(root, 'node_modules', name), at('node_modules', name));
  write('told.ts', `export const told: string = 'first';\n`);
  write(
    'command.ts',
    `import { told } from './told.ts';\nconsole.log(told, process.argv.slice(2), import.meta.url);\n`,
  );
});

test('a program has its own arguments, and finds what lies beside its source', () => {
  expect(out('--seed', '7')).toBe(`first [ '--seed', '7' ] file://${at('scripts', 'command.ts')}\n`);
});

test('a bundle is kept, and made anew when a source changes', () => {
  out();
  expect(readdirSync(kept).filter((name) => name.endsWith('.mjs'))).toHaveLength(1);
  rmSync(at('node_modules', 'esbuild'));
  expect(out()).toMatch(/^first/); // without the bundler
  symlinkSync(join(root, 'node_modules', 'esbuild'), at('node_modules', 'esbuild'));
  write('told.ts', `export const told: string = 'other';\n`);
  expect(out()).toMatch(/^other/);
  expect(readdirSync(kept).filter((name) => name.endsWith('.mjs'))).toHaveLength(1);
});

test('a bundle that was cut short is made anew', () => {
  out();
  const [name] = readdirSync(kept).filter((name) => name.endsWith('.mjs'));
  writeFileSync(join(kept, name), 'import');
  expect(out()).toMatch(/^first/);
});

test('where the clone cannot be written to, it starts all the same and leaves nothing', () => {
  writeFileSync(at('node_modules', '.cache'), '');
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('umbra-start-'));
  expect(out()).toMatch(/^first/);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('umbra-start-'))).toEqual(before);
});

test('an error names the line of the source, whether it is the syntax or thrown', () => {
  write('told.ts', `export const told: string = ;\n`);
  const syntax = failure();
  expect(syntax).toMatchObject({ status: 1 });
  expect(syntax.stderr).toContain('scripts/told.ts:1:28');
  expect(syntax.stderr).not.toMatch(/^ +at /m);
  write('told.ts', `interface Unused {\n  a: string;\n}\nexport const told: Unused = JSON.parse('{');\n`);
  expect(failure().stderr).toContain(`${at('scripts', 'told.ts')}:4:34`);
});
