import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const cache = fileURLToPath(new URL('node_modules/.cache/umbra', import.meta.url));

export default defineConfig({
  // One worker a core: the default leaves a core out, which is half of a small machine.
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    maxWorkers: '100%',
    env: { UMBRA_CACHE: cache }, // what tests compile does not go among the user's own files
  },
});
