import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const cache = fileURLToPath(new URL('node_modules/.cache/umbra', import.meta.url));

/** The files that have more to do in the long run: those that ask whether it is one. */
const longer = (): string[] =>
  readdirSync(new URL('tests', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) =>
      /from '.*\/helpers\/long\.ts'/.test(readFileSync(new URL(`tests/${file}`, import.meta.url), 'utf8')),
    )
    .map((file) => `tests/${file}`);

export default defineConfig(({ mode }) => ({
  // One worker a core: the default leaves a core out, which is half of a small machine.
  test: {
    include: mode === 'long' ? longer() : ['tests/**/*.test.ts'],
    globalSetup: 'tests/helpers/bundle.ts',
    testTimeout: 60_000,
    maxWorkers: '100%',
    env: {
      UMBRA_CACHE: cache, // what tests compile does not go among the user's own files
      UMBRA_LONG: mode === 'long' ? '1' : '',
    },
  },
}));
