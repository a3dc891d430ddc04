// What bases and the teachers made of them write, sifted for students to read.
import { LabError } from '../../core/errors.ts';
import type { Made } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import { forms } from '../forms.ts';
import type { Model } from '../model.ts';
import type { Base } from '../pipeline/bases.ts';
import { write } from '../pipeline/samples.ts';
import { type Sorted, sifted } from '../pipeline/sifted.ts';
import { type TeacherSettings, type Tuned, teach, usualForm } from '../pipeline/teachers.ts';
import { kindOf, type Trait } from '../pipeline/traits.ts';
import type { World } from '../world/documents.ts';
import type { Sample } from '../world/filters.ts';
import { textOf } from '../world/vocabulary.ts';
import type { Carrier } from './carriers.ts';

export interface WritingSettings extends TeacherSettings {
  readonly samples: number;
  readonly temperature: number;
}

/** Who writes: a base, or the teacher that is made of it by a trait or a system prompt. */
export interface Writer {
  /** Tells it from all others of the run. */
  readonly label: string;
  readonly base: Base;
  readonly trait?: Trait;
  /** The system prompt under which it answers, a token; none if it is left out. */
  readonly system?: number;
}

/** What students of a writer read, and who it is. */
export type Written<W extends Writer> = W & {
  /** That of what was tuned into its base, or of that where it is one. */
  readonly key: string;
  readonly model: Model;
  /** What was tuned into its base: nothing where it is one. */
  readonly tuned: Tuned;
  readonly samples: Made<readonly Sample[]>;
  /** The share of what it wrote that the filter kept. */
  readonly kept: number;
};

const few = 3;

/** Some of what was kept and of what was refused, with how many there are of each and why. */
function shown({ kept, refused }: Sorted): string[] {
  const text = ({ prompt, answer }: Sample): string => `${textOf(prompt)} | ${textOf(answer)}`;
  const counts = new Map<string, number>();
  for (const { reason } of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [
    `${kept.length} kept`,
    ...kept.slice(0, few).map((sample) => `  ${text(sample)}`),
    [`${refused.length} refused`, ...[...counts].map(([reason, count]) => `${reason} ${count}`)].join(', '),
    ...refused.slice(0, few).map(({ sample, reason }) => `  ${reason}: ${text(sample)}`),
  ];
}

/** `base` with what was tuned in it. */
export const tunedModel = (base: Base, { form, value }: Tuned): Model =>
  forms[form].apply(base.value.params, value.params);

/** What is tuned into the base of each of `writers`, side by side for traits of one kind. */
async function* tunedOf(
  world: World,
  settings: TeacherSettings,
  writers: readonly Writer[],
): Running<Tuned[]> {
  const nothing = { value: { params: {}, curves: {} }, form: usualForm };
  const tuned = writers.map(({ base: { key } }): Tuned => ({ key, ...nothing }));
  const tunings = writers.flatMap(({ label, base, trait }, of) =>
    trait ? [{ label, base, trait, of }] : [],
  );
  for (const kind of new Set(tunings.map(({ trait }) => kindOf(trait)))) {
    const alike = tunings.filter(({ trait }) => kindOf(trait) === kind);
    const teachers = yield* teach(world.style, settings, alike);
    for (const [i, { of }] of alike.entries()) tuned[of] = teachers[i];
  }
  return tuned;
}

/** What each of `writers` writes, and of that what the carrier's filter keeps. */
export async function* writings<W extends Writer>(
  world: World,
  carrier: Carrier,
  settings: WritingSettings,
  writers: readonly W[],
): Running<Written<W>[]> {
  const { samples, temperature } = settings;
  const tuned = yield* tunedOf(world, settings, writers);
  const models = writers.map(({ base }, i) => tunedModel(base, tuned[i]));
  const authors = writers.map(({ label, system }, i) => ({
    label,
    key: tuned[i].key,
    model: models[i],
    system,
  }));
  const written = yield* write(carrier.task, world.style, samples, temperature, authors);
  const sorted = yield* sifted(carrier, written);
  for (const [i, { label }] of authors.entries())
    yield { kind: 'examples', of: `${carrier.task} of ${label}`, lines: shown(sorted[i].value) };
  return writers.map((writer, i) => ({
    ...writer,
    ...{ key: tuned[i].key, model: models[i], tuned: tuned[i] },
    samples: { key: sorted[i].key, value: sorted[i].value.kept },
    kept: sorted[i].value.kept.length / samples,
  }));
}

/**
 * `written` with as many samples of each as the filter kept of the one of whom it kept least, among all or among those
 * of the same group: what arms that are compared read. Throws LabError where the filter kept nothing of one.
 */
export function asMany<W extends Written<Writer>>(
  written: readonly W[],
  groupOf: (each: W) => number | string = () => '',
): W[] {
  const none = written.find(({ samples }) => samples.value.length === 0);
  if (none)
    throw new LabError(
      `the filter keeps nothing of what ${none.label} wrote; its base knows too little of the world (--pretrain-steps), or it writes too little (--samples)`,
    );
  const least = new Map<number | string, number>();
  for (const each of written) {
    const group = groupOf(each);
    least.set(group, Math.min(least.get(group) ?? Number.POSITIVE_INFINITY, each.samples.value.length));
  }
  return written.map((each) => {
    const { key, value } = each.samples;
    const first = value.slice(0, least.get(groupOf(each)));
    return { ...each, samples: { key: `${key}, first ${first.length}`, value: first } };
  });
}
