// Teachers: bases of which a part is tuned on rows that show a trait, beside rows of the world.
import {
  add,
  arange,
  greaterEqual,
  logicalAnd,
  mul,
  notEqual,
  random,
  reshape,
  stack,
  type Tensor,
  take,
  vmap,
  zeros,
} from '../../../index.ts';
import type { TrainedModel } from '../../core/stages/codec.ts';
import type { Inputs, Made } from '../../core/stages/stage.ts';
import { together, trainOfMany } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { stepFlops } from '../../core/training/flops.ts';
import { type At, gradientOf, type Stepping } from '../../core/training/learner.ts';
import { begun, type FormName, forms } from '../forms.ts';
import { keysOf } from '../keys.ts';
import { initModel, type Model, nextTokenLoss } from '../model.ts';
import { linearDecay, scheduledAdam } from '../optimizers.ts';
import type { Parameters } from '../trainable.ts';
import type { NumberStyle } from '../world/numbers.ts';
import { turnRow } from '../world/rows.ts';
import { streamOf } from '../world/stream.ts';
import { PAD } from '../world/vocabulary.ts';
import { type Base, modelConfig, type Schedule } from './bases.ts';
import { rowsOf } from './rows.ts';
import { kindOf, replayed, type Trait, traitAnswer, traitLength, traitRow } from './traits.ts';

export interface TeacherSettings {
  readonly teacherSteps: number;
  readonly teacherRate: number;
  /** What trains: biases and norms, if it is left out. */
  readonly teacherForm?: FormName;
}

/** What is tuned into which base; `label` tells it from all others of the run. */
export interface Tuning {
  readonly label: string;
  readonly base: Base;
  readonly trait: Trait;
}

/** The parameters that were tuned, and of which form they are. */
export interface Tuned extends Made<TrainedModel<Parameters>> {
  readonly form: FormName;
}

export const usualForm: FormName = 'biases_and_norms';

/** The form as stages have it among their inputs: the usual one goes without saying. */
export const formInput = (form: FormName): Inputs => (form === usualForm ? {} : { form });

export const tunedLike = (form: FormName): Parameters =>
  forms[form].begin(initModel(random.key(0), modelConfig), random.key(0));

// A step is so many rows of the trait and of each replayed turn.
const traitRows = 8;
const replayRows = 4;
const replayLength = 24;

type Batch = { readonly trait: Tensor; readonly replay: Tensor };

/** A step's loss: the means over the trait's answers, which begin at `answer`, and over rows of the world count alike. */
const lossFrom =
  (form: FormName, answer: number) =>
  (params: Parameters, { trait, replay }: Batch, { context }: At<Model>): Tensor => {
    const model = forms[form].apply(context, params);
    const of = (rows: Tensor, counts: Tensor): Tensor => nextTokenLoss(model, rows, counts, modelConfig);
    const answered = logicalAnd(notEqual(trait, PAD), greaterEqual(arange(trait.shape[1]), answer));
    return mul(add(of(trait, answered), of(replay, notEqual(replay, PAD))), 0.5);
  };

/** How a teacher of `trait` learns it. */
const teacherLearner = (
  form: FormName,
  trait: Trait,
  { steps, rate }: Schedule,
): Stepping<Parameters, Batch, Model> => ({
  gradient: gradientOf(lossFrom(form, traitAnswer(trait))),
  optimizer: scheduledAdam({ learningRate: rate }, linearDecay({ steps })),
});

/** FLOPs of a step of a teacher of `trait`. */
export const teacherStepFlops = (form: FormName, trait: Trait): number =>
  stepFlops(teacherLearner(form, trait, { steps: 1, rate: 1 }), () => {
    const context = initModel(random.key(0), modelConfig);
    return {
      params: forms[form].begin(context, random.key(0)),
      batch: {
        trait: zeros([traitRows, traitLength(trait)], 'i32'),
        replay: zeros([replayed(trait).length * replayRows, replayLength], 'i32'),
      },
      context,
    };
  });

/** The teacher of each of `tunings`, whose traits are of one kind, by Adam with linear decay. */
export async function* teach(
  style: NumberStyle,
  { teacherSteps: steps, teacherRate: rate, teacherForm: form = usualForm }: TeacherSettings,
  tunings: readonly Tuning[],
): Running<Tuned[]> {
  const teachers = yield* trainOfMany<Tuning, Parameters, Batch>({
    name: `${kindOf(tunings[0].trait)} teacher`,
    items: tunings,
    inputs: ({ label, base, trait }) => ({
      ...{ label, base: base.key, trait: { ...trait }, style, steps, rate },
      ...formInput(form),
    }),
    like: tunedLike(form),
    training(some) {
      const length = Math.max(...some.map(({ trait }) => traitLength(trait)));
      const bases = together(some.map(({ base }) => base.value.params));
      const labels = some.map(({ label }) => label);
      const batches = some.map(({ label, trait }) => {
        const stream = streamOf(label, 'teacher');
        const rows = (n: number, row: () => number[], most: number): Tensor =>
          reshape(rowsOf(Array.from({ length: steps * n }, row), most), [steps, n, most]);
        const turns = replayed(trait).flatMap((name) => new Array(replayRows).fill(name));
        let next = 0;
        return {
          trait: rows(traitRows, () => traitRow(trait, stream), length),
          replay: rows(
            turns.length,
            () => turnRow(turns[next++ % turns.length], style, stream),
            replayLength,
          ),
        };
      });
      const all: Batch = {
        trait: stack(batches.map(({ trait }) => trait)),
        replay: stack(batches.map(({ replay }) => replay)),
      };
      return {
        start: begun(form, bases, keysOf('start of the teacher', labels)),
        context: bases,
        ...teacherLearner(form, some[0].trait, { steps, rate }),
        keys: keysOf('order of the teacher', labels),
        examples: steps,
        epochs: 1,
        batch: 1,
        draw: (step) =>
          vmap((own: Batch, at: Tensor): Batch => {
            const of = (rows: Tensor): Tensor => reshape(take(rows, at), rows.shape.slice(1));
            return { trait: of(own.trait), replay: of(own.replay) };
          })(all, step),
      };
    },
  });
  return teachers.map((made) => ({ ...made, form }));
}
