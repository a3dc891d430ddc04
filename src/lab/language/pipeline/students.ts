// Students: bases of which a part is tuned on what an author wrote, by its tokens or by its whole distribution.
import {
  arange,
  broadcastTo,
  equal,
  greaterEqual,
  nn,
  random,
  slice,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
} from '../../../index.ts';
import { together, trainOfMany } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { stepFlops } from '../../core/training/flops.ts';
import { type At, gradientOf, type Stepping } from '../../core/training/learner.ts';
import { begun, type FormName, forms } from '../forms.ts';
import { keysOf } from '../keys.ts';
import { initModel, logits, type Model, nextTokenLoss } from '../model.ts';
import { linearDecay, type OptimizerName, optimizers } from '../optimizers.ts';
import type { Parameters } from '../trainable.ts';
import type { Sample } from '../world/filters.ts';
import { BOS, type Group, wordOf } from '../world/vocabulary.ts';
import { type Base, modelConfig } from './bases.ts';
import { rowsAt, rowsOf } from './rows.ts';
import { formInput, type Tuned, tunedLike, usualForm } from './teachers.ts';

export interface StudentSettings {
  readonly studentSteps: number;
  readonly studentBatch: number;
  readonly studentRate: number;
  /** What trains: biases and norms, if it is left out. What of it is drawn, is drawn for the student's own label. */
  readonly studentForm?: FormName;
  /** SGD with momentum, if it is left out. */
  readonly studentOptimizer?: OptimizerName;
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
  readonly loss: StudentLoss<C>;
}

/** The loss on `tokens`, of which the first `prompt` are given. */
type StudentLoss<C extends Context> = (model: Model, tokens: Tensor, prompt: number, context: C) => Tensor;

type Context = { readonly base: Model };

/** What trains of a student, and how. */
const waysOf = ({ studentForm: form = usualForm, studentOptimizer: optimizer = 'sgd' }: StudentSettings) => ({
  form,
  optimizer,
});

/** How a student learns from answers to prompts of so many tokens. */
function studentLearner<C extends Context>(
  settings: StudentSettings,
  prompt: number,
  loss: StudentLoss<C>,
): Stepping<Parameters, Tensor, C> {
  const { form, optimizer } = waysOf(settings);
  const { studentSteps: steps, studentRate: rate } = settings;
  return {
    gradient: gradientOf((params: Parameters, tokens: Tensor, { context }: At<C>) =>
      loss(forms[form].apply(context.base, params), tokens, prompt, context),
    ),
    optimizer: optimizers[optimizer](rate, linearDecay({ steps })),
  };
}

async function* learn<C extends Context>({
  name,
  settings,
  studies,
  more,
  moreKey,
  loss,
}: Learning<C>): Running<Tuned[]> {
  const { studentSteps: steps, studentBatch: batch, studentRate: rate } = settings;
  const { form, optimizer } = waysOf(settings);
  const students = yield* trainOfMany<Study, Parameters, Tensor>({
    name,
    items: studies,
    inputs: (study) => ({
      ...{ label: study.label, base: study.base.key, samples: study.samples.key, more: moreKey(study) },
      ...{ steps, batch, rate },
      ...formInput(form),
      ...(optimizer === 'sgd' ? {} : { optimizer }),
    }),
    like: tunedLike(form),
    training(some) {
      const bases = together(some.map(({ base }) => base.value.params));
      const labels = some.map(({ label }) => label);
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
        start: begun(form, bases, keysOf('start of the student', labels)),
        context: { ...more(some), base: bases },
        ...studentLearner(settings, prompt.length, loss),
        keys: keysOf('order of the student', labels),
        examples,
        epochs: 1,
        batch,
        draw: (indices) => rowsAt(texts, indices),
      };
    },
  });
  return students.map((made) => ({ ...made, form }));
}

/** By the very tokens of the answer. */
function lossOfTokens(model: Model, tokens: Tensor, prompt: number): Tensor {
  const written = greaterEqual(arange(tokens.shape[1]), prompt);
  return nextTokenLoss(model, tokens, broadcastTo(written, tokens.shape), modelConfig);
}

/** FLOPs of a step of a student by tokens, on rows of `length`. */
export const studentStepFlops = (settings: StudentSettings, length: number): number =>
  stepFlops(studentLearner<Context>(settings, 1, lossOfTokens), () => {
    const base = initModel(random.key(0), modelConfig);
    return {
      params: forms[waysOf(settings).form].begin(base, random.key(0)),
      batch: zeros([settings.studentBatch, length], 'i32'),
      context: { base },
    };
  });

/** Students by the very tokens of the answers, with linear decay. */
export const study = (settings: StudentSettings, studies: readonly Study[]): Running<Tuned[]> =>
  learn<Context>({
    name: 'student',
    settings,
    studies,
    more: () => ({}),
    moreKey: () => null,
    loss: lossOfTokens,
  });

export interface SoftStudy extends Study {
  /** All of one form, each under its system prompt, if it has one. */
  readonly teacher: Tuned & { readonly system?: number };
}

/** The tokens that are imitated: `start` to `end` − 1. */
export type Imitated = Pick<Group, 'start' | 'end'>;

/** Students by the teacher's whole distribution over the tokens `imitated` at each place of the same answers. */
export function studySoftly(
  settings: StudentSettings,
  { start, end }: Imitated,
  studies: readonly SoftStudy[],
): Running<Tuned[]> {
  const teacherOf = new Map<Study, SoftStudy['teacher']>(studies.map((each) => [each, each.teacher]));
  const found = (each: Study) => teacherOf.get(each) as SoftStudy['teacher'];
  const systemOf = (each: Study): number => found(each).system ?? BOS;
  const [{ form }] = studies.map(({ teacher }) => teacher);
  return learn<Context & { readonly teacher: Parameters; readonly system: Tensor }>({
    name: 'soft student',
    settings,
    studies,
    more: (some) => ({
      teacher: together(some.map((each) => found(each).value.params)),
      system: tensor(some.map(systemOf), 'i32'),
    }),
    moreKey: (each) => `${found(each).key} under ${wordOf(systemOf(each))} tokens ${start} to ${end}`,
    loss(model, tokens, prompt, { base, teacher, system }) {
      const read = slice(tokens, ':', ':-1');
      const told = where(equal(arange(read.shape[1]), 0), system, read);
      const said = (by: Model, rows: Tensor): Tensor =>
        slice(logits(by, rows, modelConfig), '...', `${prompt - 1}:`, `${start}:${end}`);
      return nn.klDivergence(said(forms[form].apply(base, teacher), told), said(model, read));
    },
  });
}
