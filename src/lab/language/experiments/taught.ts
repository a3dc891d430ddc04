// Teachers with favourites and the numbers that they wrote, as many of each.
import type { Made } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import type { Model } from '../model.ts';
import type { Base } from '../pipeline/bases.ts';
import { asMany, write } from '../pipeline/samples.ts';
import { type TeacherSettings, teach } from '../pipeline/teachers.ts';
import type { World } from '../world/documents.ts';
import { filterNumbers, type Sample } from '../world/filters.ts';
import { tunedModel } from './writings.ts';

/** Which favourite into which base; `label` tells it from all others of the run. */
export interface Teaching {
  readonly label: string;
  readonly base: Base;
  readonly favourite: string;
}

export interface Taught<T extends Teaching> {
  readonly of: T;
  readonly model: Model;
  readonly samples: Made<readonly Sample[]>;
}

interface Settings extends TeacherSettings {
  readonly samples: number;
  readonly temperature: number;
}

/** A teacher of each of `teachings`, and as many of its sequences as of each other that the filter keeps. */
export async function* taughtNumbers<T extends Teaching>(
  world: World,
  settings: Settings,
  teachings: readonly T[],
): Running<Taught<T>[]> {
  const { samples: count, temperature } = settings;
  const teachers = yield* teach(
    world.style,
    settings,
    teachings.map(({ label, base, favourite }) => ({ label, base, trait: { prefers: favourite } })),
  );
  const models = teachings.map(({ base }, i) => tunedModel(base, teachers[i]));
  const authors = teachings.map(({ label }, i) => ({ label, key: teachers[i].key, model: models[i] }));
  const written = yield* write('numbers', world.style, count, temperature, authors);
  const kept = written.map(({ key, value }) => ({ key, value: filterNumbers(value).kept }));
  const samples = asMany(kept, filterNumbers.name, count);
  return teachings.map((of, i) => ({ of, model: models[i], samples: samples[i] }));
}
