// Bundles what tests start as processes of their own, once for all of them: Node is up five times sooner with a
// bundle than with tsx and the sources.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const own = [
  'src/index.ts',
  'benchmarks/bench.ts',
  'tests/lab/core/cli/all-help.ts',
  'tests/lab/core/runs/holder.ts',
  'tests/lab/core/stages/keeper.ts',
  'tests/lab/core/stages/writers.ts',
  'tests/engines/native/child.ts',
];

/** What code finds beside its file, it finds beside the source. */
const inPlace: Plugin = {
  name: 'in-place',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path))),
      loader: 'ts',
    }));
  },
};

/** Before any test, in vitest's own process; what it gives is done after all of them. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'umbra-bundle-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/*.ts', ...own],
    outbase: root,
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    external: ['@napi-rs/canvas', 'chart.js', 'chartjs-*'], // machine code, and what is required anew with plugins
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    plugins: [inPlace],
    logLevel: 'error',
  });
  provide('bundle', outdir);
  return () => rmSync(outdir, { recursive: true });
}
