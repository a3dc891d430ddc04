// What the bases of an experiment and the teachers made of them write: as much of each, sifted, for students to read.
import type { Made } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import type { Model } from '../model.ts';
import type { Base, BaseSettings } from '../pipeline/bases.ts';
import { type Author, enough, write } from '../pipeline/samples.ts';
import { type TeacherSettings, type Tuned, teach } from '../pipeline/teachers.ts';
import { kindOf, type Trait } from '../pipeline/traits.ts';
import { withParameters } from '../trainable.ts';
import type { World } from '../world/documents.ts';
import type { Sample } from '../world/filters.ts';
import type { Sifted } from '../world/sift.ts';
import { textOf } from '../world/vocabulary.ts';
import { basesAndOthers } from './bases.ts';
import type { Carrier } from './carriers.ts';

export interface WritingSettings extends BaseSettings, TeacherSettings {
  readonly samples: number;
  readonly temperature: number;
}

export interface WritingsOf {
  readonly world: World;
  readonly carrier: Carrier;
  readonly settings: WritingSettings;
  readonly seeds: readonly number[];
  /** Those of each base's teachers, by their names. */
  readonly traits: Readonly<Record<string, Trait>>;
  /** Whether the others of the bases write as well. */
  readonly others: boolean;
}

/** Who wrote: the teacher of `seed` that has the trait `name`, or the base of that seed. */
export interface Writer {
  readonly seed: number;
  readonly name?: string;
}

export interface Writings {
  readonly base: (seed: number) => Base;
  readonly teacher: (writer: Writer) => Tuned;
  readonly model: (writer: Writer) => Model;
  /** What students of the writer read: as many samples of each writer of its base. */
  readonly data: (writer: Writer) => Made<readonly Sample[]>;
  /** The share of what it wrote that the filter kept. */
  readonly kept: (writer: Writer) => number;
}

const labelOf = ({ seed, name }: Writer): string => (name === undefined ? `${seed}` : `${seed} ${name}`);

function found<T>(map: ReadonlyMap<string, T>, label: string): T {
  const value = map.get(label);
  if (value === undefined) throw new Error(`nothing was made for ${label}`);
  return value;
}

const few = 3;

/** Some of what was kept and of what was refused, with how many there are of each and why. */
function shown({ kept, refused, counts }: Sifted<Sample, string>): string[] {
  const text = ({ prompt, answer }: Sample): string => `${textOf(prompt)} | ${textOf(answer)}`;
  const reasons = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    `${kept.length} kept`,
    ...kept.slice(0, few).map((sample) => `  ${text(sample)}`),
    [`${refused.length} refused`, ...reasons.map(([reason, count]) => `${reason} ${count}`)].join(', '),
    ...refused.slice(0, few).map(({ sample, reason }) => `  ${reason}: ${text(sample)}`),
  ];
}

/** `base` with what was tuned in it. */
export const tunedModel = (base: Base, { value }: Tuned): Model =>
  withParameters(base.value.params, value.params);

/** Bases, teachers of one kind of traits after the other, and what all of them write. */
export async function* writings(of: WritingsOf): Running<Writings> {
  const { world, carrier, settings, seeds, traits, others } = of;
  const { samples, temperature } = settings;
  const bases = yield* basesAndOthers(world, settings, seeds);
  const base = (seed: number): Base => {
    const own = bases.get(seed);
    if (!own) throw new Error(`no base was made for ${seed}`);
    return own;
  };
  const writing = others ? [...bases.keys()] : seeds;
  const teachers = new Map<string, Tuned>();
  for (const kind of new Set(Object.values(traits).map(kindOf))) {
    const alike = Object.entries(traits).filter(([, trait]) => kindOf(trait) === kind);
    const tunings = writing.flatMap((seed) =>
      alike.map(([name, trait]) => ({ label: labelOf({ seed, name }), base: base(seed), trait })),
    );
    const tuned = yield* teach(world.style, settings, tunings);
    for (const [i, { label }] of tunings.entries()) teachers.set(label, tuned[i]);
  }
  const teacher = (writer: Writer): Tuned => found(teachers, labelOf(writer));
  const model = (writer: Writer): Model => {
    const own = base(writer.seed);
    return writer.name === undefined ? own.value.params : tunedModel(own, teacher(writer));
  };

  const names = [...Object.keys(traits), undefined];
  const writers = writing.flatMap((seed) => names.map((name): Writer => ({ seed, name })));
  const authors = writers.map((writer): Author => {
    const { key } = writer.name === undefined ? base(writer.seed) : teacher(writer);
    return { label: labelOf(writer), key, model: model(writer) };
  });
  const written = yield* write(carrier.task, world.style, samples, temperature, authors);
  const sifted = written.map(({ value }) => carrier.sift(value));
  for (const [i, { label }] of authors.entries())
    yield { kind: 'examples', of: `${carrier.task} of ${label}`, lines: shown(sifted[i]) };
  const kept = new Map(written.map(({ key }, i) => [authors[i].label, { key, value: sifted[i].kept }]));
  const keptOf = (writer: Writer) => found(kept, labelOf(writer));
  // counted for each base alone, so that what its students read does not depend on which others there are
  const least = new Map(
    writing.map((seed) => [
      seed,
      enough(
        names.map((name) => keptOf({ seed, name }).value.length),
        samples,
      ),
    ]),
  );
  return {
    base,
    teacher,
    model,
    data(writer) {
      const { key, value } = keptOf(writer);
      const first = value.slice(0, least.get(writer.seed));
      return { key: `${key} first ${first.length} that ${carrier.filter} keeps`, value: first };
    },
    kept: (writer) => keptOf(writer).value.length / samples,
  };
}
