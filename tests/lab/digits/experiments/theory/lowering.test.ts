// Test 4: a small enough step of the student lowers the teacher's own loss on the teacher's own data, and how far it may
// go. `--reporter verbose` shows how far.
import { beforeAll, describe, expect, test } from 'vitest';
import { div, jit, type Tensor, type Tree, tensor, useEngine, vmap } from '../../../../../src/index.ts';
import { moved, norm } from '../../../../../src/lab/core/training/vectors.ts';
import { inputNames } from '../../../../../src/lab/digits/experiments/theory/cases.ts';
import { networkNames } from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import { reaches } from '../../../../../src/lab/digits/experiments/theory/reach.ts';
import {
  studentStep,
  teacherLoss,
  teacherStep,
} from '../../../../../src/lab/digits/experiments/theory/theorem.ts';
import { long } from '../../../../helpers/long.ts';
import { caseOf, fewNetworks, type Model, median, models, outputChange, type Start } from './measures.ts';

beforeAll(() => {
  useEngine('reference');
});

const tested = long ? networkNames : fewNetworks;

const epsilon = 1e-2;
/** In parameter space. */
const [shortest, longest] = [1e-2, 40];

describe.each(tested)('The %s student', (name) => {
  // KL gives the student the same step (first-order.test.ts)
  test.for(['squared', 'cross-entropy'] as const)(
    'lowers L_T under %s by each step up to a largest one, where J Δ_T is not 0',
    async (loss, { annotate }) => {
      const of = caseOf(name, loss);
      const lossAt = teacherLoss(of.network);
      const { images, ...starts }: Model = models(of, 'lowering');
      // what the student steps along, of length 1, for each set of images
      const { step, change, teachers, before } = jit(
        vmap(({ params, digits }: Start, each: Tensor) => {
          const toTeacher = teacherStep(of.network, params, digits);
          const teacher = moved(params, epsilon, toTeacher);
          return {
            step: vmap((x: Tensor) => studentStep(of, params, teacher, x))(each),
            change: vmap((x: Tensor) => outputChange(of, params, toTeacher, x))(each),
            teachers: norm(toTeacher),
            before: lossAt(params, digits),
          };
        }),
      )(starts, images);
      const lossAlong = jit(
        vmap(({ params, digits }: Start, steps: Tree, lengths: Tensor) =>
          vmap((along: Tree, length: Tensor) =>
            lossAt(moved(params, div(length, norm(along)), along), digits),
          )(steps, lengths),
        ),
      );
      const start = before.toArray() as number[];
      const moves = change.toArray() as number[][];
      const cells = moves.flatMap((row, seed) => row.map((moves, input) => ({ seed, input, moves })));
      const limits = reaches(
        (lengths) => {
          const shaped = moves.map((row, seed) => row.map((_, input) => lengths[seed * row.length + input]));
          const found = lossAlong(starts, step, tensor(shaped, 'f64')).toArray() as number[][];
          return found.flatMap((row, seed) => row.map((it) => it < start[seed]));
        },
        cells.length,
        { first: shortest, cap: longest, factor: 2, halvings: 3 },
      );
      const able = cells.flatMap(({ moves }, i) => (moves === 0 ? [] : [i]));
      for (const i of able) expect(limits[i].step).toBeGreaterThan(0);
      // where the teacher's step changes no output, the student's does not lower L_T
      for (const [i, { moves }] of cells.entries()) if (moves === 0) expect(limits[i].step).toBe(0);
      for (const [input, called] of inputNames.entries()) {
        const lengths = able.filter((i) => cells[i].input === input).map((i) => limits[i].step);
        if (lengths.length === 0) continue;
        const [least, middle] = [Math.min(...lengths), median(lengths)].map((x) => x.toPrecision(2));
        await annotate(`${called}: ${least} long at the least, median ${middle}`);
      }
      const open = able.filter((i) => limits[i].capped);
      await annotate(`${open.length} of ${able.length} lower it at ${longest} still`);
      expect(open.length).toBeLessThan(able.length / 2);
      const own = median(teachers.toArray() as number[]);
      await annotate(`the teacher's, ε Δ_T, is ${(epsilon * own).toPrecision(2)} long`);
    },
  );
});
