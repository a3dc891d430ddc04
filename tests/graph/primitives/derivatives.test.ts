// Every primitive on every engine: jvp and vjp against finite differences and against each other.
import { beforeAll, describe, test } from 'vitest';
import { engineNames, useEngine } from '../../../src/engines/index.ts';
import { long } from '../../helpers/long.ts';
import { checkDerivatives, isSmooth, titleOf } from '../../helpers/primitive.ts';
import { forEachPrimitive } from './suites.ts';

// What is small and run at once, `native` leaves to the reference engine.
const engines = engineNames().filter((name) => long || name !== 'native');

describe.each(engines)('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  forEachPrimitive((op, suite) => {
    const smooth = suite.cases.filter((c) => isSmooth(suite, c));
    if (smooth.length === 0) return;
    describe(op, () => {
      for (const c of smooth)
        test(`has the derivatives of its definition for ${titleOf(c)}`, () => checkDerivatives(op, c));
    });
  });
});
