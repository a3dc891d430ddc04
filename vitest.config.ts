import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

const files = readdirSync(`${root}tests`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => ({ path: `tests/${name}`, text: readFileSync(`${root}tests/${name}`, 'utf8') }));

/** The files that are only for the long run. */
const isLong = /\.long\.test\.ts$/;
/** The files that have more to do in the long run: those that ask whether it is one. */
const asksForLength = /from '.*\/helpers\/long\.ts'/;
/** The files that need a process of their own: they mock modules, or change or measure the process. */
const asksForProcess = /\bvi\b|\bprocess\.|\.memory\(\)/;

const pathsOf = (some: typeof files): string[] => some.map(({ path }) => path);

export default defineConfig(({ mode }) => {
  const long = mode === 'long';
  const patience = long ? 300_000 : 60_000;
  const asked = files.filter(({ path, text }) =>
    long ? isLong.test(path) || asksForLength.test(text) : !isLong.test(path),
  );
  const project = (name: string, isolate: boolean) => ({
    extends: true as const,
    test: {
      name,
      isolate,
      setupFiles: isolate ? [] : 'tests/helpers/fresh.ts',
      include: pathsOf(asked.filter(({ text }) => asksForProcess.test(text) === isolate)),
      env: {
        UMBRA_CACHE: `${root}node_modules/.cache/umbra`, // what tests compile does not go among the user's own files
        UMBRA_LONG: long ? '1' : '',
      },
    },
  });
  return {
    test: {
      // The others share a process a worker, which spares each the time to load everything anew.
      projects: [project('alone', true), project('together', false)],
      testTimeout: patience,
      hookTimeout: patience,
      maxWorkers: '100%', // one a core: the default leaves a core out, which is half of a small machine
    },
  };
});
