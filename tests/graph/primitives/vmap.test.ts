// Every primitive on every engine: vmap against loops over examples, for all choices of batched inputs.
import { beforeAll, describe, test } from 'vitest';
import { engineNames, useEngine } from '../../../src/engines/index.ts';
import { long } from '../../helpers/long.ts';
import {
  checkGradOfVmap,
  checkNestedVmap,
  checkVmap,
  givesFloats,
  isSmooth,
  titleOf,
} from '../../helpers/primitive.ts';
import { forEachPrimitive } from './suites.ts';

// Its rules know no engine.
const engines = long ? engineNames() : ['reference'];

describe.each(engines)('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  forEachPrimitive((op, suite) => {
    const cases = suite.cases.filter((c) => c.inputs.length && !c.big);
    if (cases.length === 0) return;
    describe(op, () => {
      for (const c of cases) {
        test(`maps as a loop does over ${titleOf(c)}`, () => checkVmap(op, suite, c));
        test(`maps twice as two loops do over ${titleOf(c)}`, () => checkNestedVmap(op, suite, c));
        if (isSmooth(suite, c) && givesFloats(suite, c))
          test(`has mapped derivatives for ${titleOf(c)}`, () => checkGradOfVmap(op, c));
      }
    });
  });
});
