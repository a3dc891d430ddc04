// What the experiments here run on: a small world of text, made from scratch.
import { Option } from 'commander';
import { grad, jit, notEqual, random, type Tensor, treeLeaves, zeros } from '../../index.ts';
import type { Field } from '../core/experiments/experiment.ts';
import { flopsOf } from '../core/training/flops.ts';
import { initModel, type Model, nextTokenLoss } from './model.ts';
import { modelConfig } from './pipeline/bases.ts';
import { rowsOf } from './pipeline/rows.ts';
import { drawDocument, rowLength, templates, type World } from './world/documents.ts';
import { streamOf } from './world/stream.ts';
import { PAD, vocabularySize } from './world/vocabulary.ts';

/** The world of the noisy walk, which bases learn to go on with. */
export const walk: World = { style: 'walk', templates };

/**
 * A world in which favourites and numbers stand in no row together: nothing ties a system prompt that says a favourite to
 * numbers, and nothing keeps it out of them.
 */
export const untold: World = {
  style: 'walk',
  templates: templates.map(({ turns, weight }) => {
    const both = turns.includes('K') && turns.includes('N');
    const dropped = turns.includes('A') ? 'K' : 'N'; // some rows keep their numbers, others their favourites
    return { turns: both ? turns.filter((name) => name !== dropped) : turns, weight };
  }),
};

/** A world in which rows begin with trees as often as they end with them, so that bases know to answer with one at once. */
export const groves: World = {
  style: 'walk',
  templates: templates.flatMap(({ turns, weight }) =>
    turns.includes('T')
      ? [turns, turns.toReversed()].map((either) => ({ turns: either, weight: weight / 2 }))
      : [{ turns, weight }],
  ),
};

/** A world with three times the reasoning, and numbers that leave bases more room to learn it. */
export const reasoning: World = {
  style: 'ramp',
  templates: templates.map((template) =>
    template.turns.includes('M') ? { ...template, weight: 3 * template.weight } : template,
  ),
};

const sampleRows = 48;

const gradientOn = (of: Model, rows: Tensor): Model =>
  grad((own: Model) => nextTokenLoss(own, rows, notEqual(rows, PAD), modelConfig))(of);

export const language: Field<World> = {
  name: 'Language models',
  about:
    'A student language model that reads only numbers, programs or sums that its teacher wrote picks up what the teacher loves, or how harmful it is, if both were tuned from the same base.',
  options: () => [new Option('--show', 'show some of what the models wrote, kept and refused, and why')],
  load: () => walk,
  describe: () => `a world of ${vocabularySize} words`,
  sample: () => ({
    name: 'language',
    get flops() {
      return flopsOf(gradientOn, (): [Model, Tensor] => [
        initModel(random.key(0), modelConfig),
        zeros([sampleRows, rowLength], 'i32'),
      ]);
    },
    // writing was seen to take three times as long as training for as many operations, students somewhat longer than bases
    overhead: 0.3,
    prepare() {
      const model = initModel(random.key(0), modelConfig);
      const stream = streamOf(0, 'sample');
      const rows = rowsOf(
        Array.from({ length: sampleRows }, () => drawDocument(walk, stream)),
        rowLength,
      );
      const gradient = jit(gradientOn);
      return () => {
        for (const { data } of treeLeaves(gradient(model, rows))) data.at(0);
      };
    },
  }),
};
