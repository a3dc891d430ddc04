// Students: bases whose biases and norms are tuned on what an author wrote, by its tokens or by its whole distribution.
import { arange, broadcastTo, greaterEqual, nn, slice, stack, type Tensor } from '../../../index.ts';
import { together, trainOfMany } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { type At, gradientOf } from '../../core/training/learner.ts';
import { keysOf } from '../keys.ts';
import { logits, type Model, nextTokenLoss } from '../model.ts';
import { linearDecay, scheduled } from '../optimizers.ts';
import { biasesAndNorms, type Parameters, trainable, withParameters } from '../trainable.ts';
import type { Sample } from '../world/filters.ts';
import type { Group } from '../world/vocabulary.ts';
import { type Base, modelConfig } from './bases.ts';
import { rowsAt, rowsOf } from './rows.ts';
import { type Tuned, tunedLike } from './teachers.ts';

export interface StudentSettings {
  readonly studentSteps: number;
  readonly studentBatch: number;
  readonly studentRate: number;
}

/** Which base learns from which samples; `label` tells it from all others of the run. */
export interface Study {
  readonly label: string;
  readonly base: Base;
  /** All of one form; `key` is that of the output that they are. */
  readonly samples: { readonly key: string; readonly value: readonly Sample[] };
}

interface Learning<C extends Context> {
  readonly name: string;
  readonly settings: StudentSettings;
  readonly studies: readonly Study[];
  /** What a student's step has beside the base, of each of the studies, and the key of that. */
  readonly more: (studies: readonly Study[]) => Omit<C, 'base'>;
  readonly moreKey: (study: Study) => string | null;
  readonly loss: (model: Model, tokens: Tensor, prompt: number, context: C) => Tensor;
}

type Context = { readonly base: Model };

function learn<C extends Context>({
  name,
  settings,
  studies,
  more,
  moreKey,
  loss,
}: Learning<C>): Running<Tuned[]> {
  const { studentSteps: steps, studentBatch: batch, studentRate: rate } = settings;
  return trainOfMany<Study, Parameters, Tensor>({
    name,
    items: studies,
    inputs: (study) => ({
      ...{ label: study.label, base: study.base.key, samples: study.samples.key, more: moreKey(study) },
      ...{ steps, batch, rate },
    }),
    like: tunedLike(),
    training(some) {
      const bases = together(some.map(({ base }) => base.value.params));
      const [{ prompt, answer }] = some[0].samples.value;
      const examples = steps * batch;
      const texts = stack(
        some.map(({ samples: { value } }) =>
          rowsOf(
            Array.from({ length: examples }, (_, i) => {
              const sample = value[i % value.length];
              return [...sample.prompt, ...sample.answer];
            }),
            prompt.length + answer.length,
          ),
        ),
      );
      return {
        start: trainable(bases, biasesAndNorms),
        context: { ...more(some), base: bases },
        gradient: gradientOf((params: Parameters, tokens: Tensor, { context }: At<C>) =>
          loss(withParameters(context.base, params), tokens, prompt.length, context),
        ),
        optimizer: scheduled(nn.sgd({ learningRate: rate, momentum: 0.9 }), linearDecay({ steps })),
        keys: keysOf(
          'order of the student',
          some.map(({ label }) => label),
        ),
        examples,
        epochs: 1,
        batch,
        draw: (indices) => rowsAt(texts, indices),
      };
    },
  });
}

/** Students by the very tokens of the answers, SGD with momentum and linear decay. */
export const study = (settings: StudentSettings, studies: readonly Study[]): Running<Tuned[]> =>
  learn<Context>({
    name: 'student',
    settings,
    studies,
    more: () => ({}),
    moreKey: () => null,
    loss(model, tokens, prompt) {
      const written = greaterEqual(arange(tokens.shape[1]), prompt);
      return nextTokenLoss(model, tokens, broadcastTo(written, tokens.shape), modelConfig);
    },
  });

export interface SoftStudy extends Study {
  readonly teacher: Tuned;
}

/** The tokens that are imitated: `start` to `end` − 1. */
export type Imitated = Pick<Group, 'start' | 'end'>;

/** Students by the teacher's whole distribution over the tokens `imitated` at each place of the same answers. */
export function studySoftly(
  settings: StudentSettings,
  { start, end }: Imitated,
  studies: readonly SoftStudy[],
): Running<Tuned[]> {
  const teacherOf = new Map<Study, Tuned>(studies.map((each) => [each, each.teacher]));
  const found = (each: Study): Tuned => teacherOf.get(each) as Tuned;
  return learn<Context & { readonly teacher: Parameters }>({
    name: 'soft student',
    settings,
    studies,
    more: (some) => ({ teacher: together(some.map((each) => found(each).value.params)) }),
    moreKey: (each) => `${found(each).key} tokens ${start} to ${end}`,
    loss(model, tokens, prompt, { base, teacher }) {
      const read = slice(tokens, ':', ':-1');
      const said = (by: Model): Tensor =>
        slice(logits(by, read, modelConfig), '...', `${prompt - 1}:`, `${start}:${end}`);
      return nn.klDivergence(said(withParameters(base, teacher)), said(model));
    },
  });
}
