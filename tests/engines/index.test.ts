// Choosing an engine by name.
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  defaultEngine,
  describeEngine,
  engineNames,
  identifyEngine,
  useEngine,
} from '../../src/engines/index.ts';
import { thisCpu } from '../../src/engines/native/cpu.ts';
import { EngineError, getEngine, prims, setDefaultEngine, setEngine } from '../../src/graph/index.ts';
import { fromNested } from '../../src/tensor/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const why = "no C compiler: 'no-such-cc' is not on the PATH, but CC names it";

describe('useEngine', () => {
  test('is needed before anything runs, unless there is a default, which is asked once and only then', () => {
    expect(() => prims.full([2], 1, 'f32')).toThrow(
      "no engine is chosen; import from the library's front door",
    );
    let asked = 0;
    setDefaultEngine(() => {
      asked++;
      return defaultEngine();
    });
    expect(asked).toBe(0);
    for (const x of [1, 2]) expect(prims.neg(fromNested(x)).item()).toBe(-x);
    expect(asked).toBe(1);
  });

  test.each(engineNames())('makes %s run everything', (name) => {
    expect(useEngine(name).name).toBe(name);
    expect(getEngine().name).toBe(name);
  });

  test('names the engines that there are when it is given another name', () => {
    expect(() => useEngine('abacus')).toThrow(/^no engine is called 'abacus'; there is .*native.*reference$/);
  });

  test('says why an engine cannot run here, and which can', () => {
    vi.stubEnv('CC', 'no-such-cc');
    expect(engineNames()).not.toContain('native');
    expect(() => useEngine('native')).toThrow(
      new EngineError(
        `the native engine cannot run here (${why}); mend that, or choose ${engineNames().join(' or ')}`,
      ),
    );
  });
});

describe('The default engine', () => {
  test('is what UMBRA_ENGINE names', () => {
    vi.stubEnv('UMBRA_ENGINE', 'reference');
    expect(defaultEngine().name).toBe('reference');
    vi.stubEnv('UMBRA_ENGINE', 'abacus');
    expect(defaultEngine).toThrow(
      /^UMBRA_ENGINE: no engine is called 'abacus'; there is .*native.*reference$/,
    );
  });

  test('is one that can run here where UMBRA_ENGINE names none', () => {
    vi.stubEnv('UMBRA_ENGINE', '');
    vi.stubEnv('CC', 'no-such-cc');
    const engine = defaultEngine();
    expect(engineNames()).toContain(engine.name);
    setEngine(engine);
    expect(describeEngine()).toContain(`${engine.name} (${why}`);
  });
});

test('An engine is described by its name and what it says of itself', () => {
  useEngine('reference');
  expect(describeEngine()).toBe('reference');
  const { compile } = getEngine();
  setEngine({ name: 'abacus', compile, describe: () => 'wood, 10 rows' });
  expect(describeEngine()).toBe('abacus (wood, 10 rows)');
});

test('An engine is told from others by its name and what its bits depend on, such as the processor', () => {
  useEngine('reference');
  expect(identifyEngine()).toBe('reference'); // the same everywhere
  const { compile } = getEngine();
  setEngine({ name: 'abacus', compile, bits: () => 'wood', describe: () => 'wood, 10 rows' });
  expect(identifyEngine()).toBe('abacus (wood)');
  if (useEngine('native').unavailable?.() === undefined) expect(identifyEngine()).toContain(thisCpu().model);
});
