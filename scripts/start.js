// Starts a program of this clone: `node scripts/start.js scripts/mnist.ts --seeds 1-3`. Node would load its hundreds
// of sources one by one, for seconds; here they are bundled into one file, which is kept until one of them changes.
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A file as it was when it was bundled: its path from the clone, its time and its size. @typedef {[string, number | null, number | null]} Stamp */

/** @param {string} path @returns {Stamp} */
function stamp(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  return [path, found?.mtimeMs ?? null, found?.size ?? null];
}

/** Whether nothing that `bundle` was made of has changed; its last line lists that. @param {string} bundle */
function isCurrent(bundle) {
  try {
    const text = readFileSync(bundle, 'utf8');
    /** @type {Stamp[]} */
    const stamps = JSON.parse(text.slice(text.lastIndexOf('\n//') + 3));
    return stamps.every(([path, time, size]) => {
      const now = stamp(path);
      return now[1] === time && now[2] === size;
    });
  } catch {
    return false;
  }
}

/** Where bundles are kept; a folder for this process alone where the clone cannot be written to. */
function folder() {
  const kept = join(root, 'node_modules', '.cache', 'umbra-start');
  try {
    mkdirSync(kept, { recursive: true });
    accessSync(kept, constants.W_OK);
    return kept;
  } catch {
    const own = mkdtempSync(join(tmpdir(), 'umbra-start-'));
    process.once('exit', () => rmSync(own, { recursive: true }));
    return own;
  }
}

/** What code finds beside its file, it finds beside the source. @type {import('esbuild').Plugin} */
const inPlace = {
  name: 'in-place',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path))),
      loader: 'ts',
    }));
  },
};

/** Packages with machine code, and what they require anew, stay where they are. @type {import('esbuild').Plugin} */
const apart = {
  name: 'apart',
  setup(builder) {
    const filter = /^(@napi-rs\/canvas|chart\.js|chartjs-|@jax-js\/)/;
    builder.onResolve({ filter }, async ({ path, pluginData, resolveDir, kind }) => {
      if (pluginData === apart) return;
      const found = await builder.resolve(path, { resolveDir, kind, pluginData: apart });
      return { path: found.errors.length ? path : pathToFileURL(found.path).href, external: true };
    });
  },
};

/** Writes the bundle of `script`, and what it was made of after it. @param {string} script @param {string} outfile */
async function bundle(script, outfile) {
  const { build, stop } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [script],
    outfile,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    plugins: [inPlace, apart],
    logLevel: 'error',
  }).catch(() => process.exit(1)); // esbuild has said where
  await stop();
  const own = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/'));
  const inputs = [...own, relative(root, fileURLToPath(import.meta.url)), 'node_modules/.package-lock.json'];
  const last = `\n//${JSON.stringify(inputs.map(stamp))}`;
  for (const { path, text } of outputFiles) {
    const part = `${path}.${process.pid}`;
    writeFileSync(part, path === outfile ? text + last : text);
    renameSync(part, path);
  }
}

process.argv.splice(1, 1);
const script = resolve(process.argv[1]);
process.argv[1] = script;
const hash = createHash('sha256')
  .update(JSON.stringify([root, script]))
  .digest('hex')
  .slice(0, 12);
const outfile = join(folder(), `${basename(script, '.ts')}-${hash}.mjs`);
if (!isCurrent(outfile)) await bundle(script, outfile);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
