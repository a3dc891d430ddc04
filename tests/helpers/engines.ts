// Which engines the suites that every engine must pass run on.
import { engineNames } from '../../src/engines/index.ts';

/** What is being built, and no default yet: its own tests hold it until then. */
const unfinished: readonly string[] = ['native'];

export const testedEngines = (): string[] => engineNames().filter((name) => !unfinished.includes(name));

/** Where a suite compiles thousands of small graphs, an engine that starts a compiler for each would take an hour. */
export const quickEngines = (): string[] => testedEngines().filter((name) => name !== 'native');
