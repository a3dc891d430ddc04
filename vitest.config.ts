import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One worker a core: the default leaves a core out, which is half of a small machine.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 60_000, maxWorkers: '100%' },
});
