// Choosing an engine by name.
import { describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { getEngine, prims } from '../../src/graph/index.ts';

describe('useEngine', () => {
  test('is needed before anything runs', () => {
    expect(() => prims.full([], 1, 'f32')).toThrow(
      "no engine is chosen; import from the library's front door",
    );
  });

  test.each(engineNames())('makes %s run everything', (name) => {
    expect(useEngine(name).name).toBe(name);
    expect(getEngine().name).toBe(name);
  });

  test('names the engines that there are when it is given another name', () => {
    expect(() => useEngine('abacus')).toThrow(
      new RangeError(`no engine is called 'abacus'; there is ${engineNames().join(', ')}`),
    );
  });
});
