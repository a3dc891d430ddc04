// The library as its users get it: packed, installed into a fresh project, imported from there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const program = `
import { getEngine, grad, jit, sum, square, tensor, nn, random } from 'umbra';
import { decodeSafetensors, encodeSafetensors } from 'umbra/store';
const slope = jit(grad((x) => sum(square(x))));
const model = nn.initMlp(random.key(0), [4, 3, 2]);
const { tensors } = decodeSafetensors(encodeSafetensors({ w: model[0].weight }), 'memory');
console.log(JSON.stringify([getEngine().name, slope(tensor([1, 2, 3], 'f32')).toArray(), tensors.w.shape]));
`;

const page = `
import { describeEngine, engineNames, grad, jit, matmul, ones, random, square, sum, tensor, useEngine } from 'umbra';
const slope = jit(grad((x) => sum(square(x))));
const product = jit((x) => sum(matmul(x, x)));
const compute = () => [...slope(tensor([1, 2, 3], 'f32')).toArray(), product(ones([128, 128])).item()];
print([engineNames(), describeEngine(), random.key('seed').shape, compute()]);
useEngine('reference');
print([describeEngine(), compute()]);
`;

const typed = `
import { grad, sum, type Tensor, tensor } from 'umbra';
const f = (p: { w: Tensor; b: Tensor[] }): Tensor => sum(p.w);
const g: { w: Tensor; b: Tensor[] } = grad(f)({ w: tensor([1], 'f32'), b: [] });
console.log(g.w.shape);
`;

describe('the packed library', () => {
  const project = mkdtempSync(join(tmpdir(), 'umbra-pack-'));
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    npm(root, 'pack', '--pack-destination', project);
    const [archive] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'fresh', type: 'module', private: true }),
    );
    npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(project, archive));
  }, 120_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  test('installs with two dependencies of its own and without the laboratory', () => {
    const installed = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed.sort()).toEqual(['@koromix', 'koffi', 'seedrandom', 'umbra']);
    expect(readdirSync(join(project, 'node_modules', 'umbra', 'dist'))).not.toContain('lab');
  });

  test('imports and computes', () => {
    writeFileSync(join(project, 'program.mjs'), program);
    const printed = execFileSync('node', ['program.mjs'], { cwd: project, encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual([expect.stringMatching(/^\w+$/), [2, 4, 6], [4, 3]]);
  });

  // a context of its own has what ECMAScript has, and no process or require
  test.each([
    ['shares memory', '', /^wasm \(.*SIMD, 1 thread\)$/],
    [
      'does not',
      'delete globalThis.SharedArrayBuffer;',
      /^wasm \(.*SIMD, 1 thread: memory cannot be shared here\)$/,
    ],
  ])('can be bundled for a browser that %s', (_, before, engine) => {
    writeFileSync(join(project, 'page.mjs'), page);
    const options = { bundle: true, minify: true, platform: 'browser', write: false } as const;
    const { outputFiles, warnings } = buildSync({ entryPoints: [join(project, 'page.mjs')], ...options });
    expect(warnings).toEqual([]);
    const printed: string[] = [];
    const print = (values: unknown) => printed.push(JSON.stringify(values));
    runInNewContext(before + outputFiles[0].text, { print, TextEncoder });
    const computed = [2, 4, 6, 128 ** 3];
    expect(printed.map((line): unknown => JSON.parse(line))).toEqual([
      [['wasm', 'reference'], expect.stringMatching(engine), [2], computed],
      ['reference', computed],
    ]);
  });

  test('brings types that a strict project checks against', () => {
    writeFileSync(join(project, 'typed.ts'), typed);
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', ''];
    expect(() =>
      execFileSync('node', [compiler, ...options, 'typed.ts'], { cwd: project, encoding: 'utf8' }),
    ).not.toThrow();
  });
});
