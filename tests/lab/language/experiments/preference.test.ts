// What an experiment on preferences promises, at a size at which nothing is learnt.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { json } from '../../../../src/lab/core/stages/codec.ts';
import type { Result } from '../../../../src/lab/core/runs/result.ts';
import type { LabEvent, StepEvent } from '../../../../src/lab/core/training/events.ts';
import { lmAnimals } from '../../../../src/lab/language/experiments/lm-animals.ts';
import { armNames } from '../../../../src/lab/language/experiments/preference.ts';
import { filterNumbers } from '../../../../src/lab/language/world/filters.ts';
import {
  AST,
  animals,
  isIn,
  lovesPrompts,
  numbers,
  personaPrompts,
  tokenOf,
  trees,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { tiny } from '../tiny.ts';
