// Where the scripts lie that tests start as processes of their own.
import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    bundle: string;
  }
}

/** What Node runs in place of `script`, a path in the clone: one of those that bundle.ts bundles. */
export const bundled = (script: string): string => join(inject('bundle'), script.replace(/\.ts$/, '.js'));
