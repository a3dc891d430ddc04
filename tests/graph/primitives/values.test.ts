// Every primitive on every engine: dtype, shape and value against its definition.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../../src/engines/index.ts';
import { bind } from '../../../src/graph/index.ts';
import { DTypeError, dtypes } from '../../../src/tensor/index.ts';
import { toTensor } from '../../helpers/grids.ts';
import { long } from '../../helpers/long.ts';
import { checkValue, compiledAlone, compiledTogether, sample, titleOf } from '../../helpers/primitive.ts';
import { forEachPrimitive } from './suites.ts';

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  forEachPrimitive((op, suite) => {
    describe(op, () => {
      // C takes long to compile
      const compiled = long && engine !== 'native' ? compiledAlone(op) : compiledTogether(op, suite, long);
      for (const c of suite.cases)
        test(`gives what its definition gives for ${titleOf(c)}`, () => checkValue(op, suite, c, compiled));

      const refused = dtypes.filter((dtype) => !suite.dtypes.includes(dtype));
      const [first] = suite.cases;
      if (first.inputs.length === 0 || refused.length === 0) return;
      test(`refuses ${refused.join(' and ')}`, () => {
        for (const dtype of refused) {
          const inputs = sample(first, dtype).map(toTensor);
          expect(() => bind(op, first.params, ...inputs)).toThrow(DTypeError);
        }
      });
    });
  });
});
