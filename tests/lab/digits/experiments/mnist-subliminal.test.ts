// The effect itself: students that share the teacher's start learn digits from noise; others do not.
import { beforeAll, describe, expect, test } from 'vitest';
import { slice, treeMap } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { loadData } from '../../../../src/lab/digits/data/load.ts';
import { initialModels, logits, type Model } from '../../../../src/lab/digits/distillation/model.ts';
import type { PupilBatch } from '../../../../src/lab/digits/distillation/teach.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import type { Data } from '../../../../src/lab/digits/field.ts';
import { chance } from '../../../helpers/digits.ts';

// An eighth of the quick preset's work a seed.
const config = makeConfig(mnist, 'quick', { hidden: [64, 64], studentEpochs: 3, seeds: 3 });

/** What the students' steps were given, gathered while they ran. */
interface Seen {
  steps: number;
  keys: Set<string>;
  imageShapes: Set<string>;
  targets: Set<string>;
  least: number;
  greatest: number;
  sum: number;
  squares: number;
  pixels: number;
  digits: number;
  farthestTarget: number;
}

/** Rows of pixels as text, to look them up by. */
const rowKeys = (data: ArrayLike<number>, width: number): string[] =>
  Array.from({ length: data.length / width }, (_, row) => {
    let key = '';
    for (let i = 0; i < width; i += 49) key += `${data[row * width + i]},`;
    return key;
  });

describe('over three seeds at an eighth of the quick preset', () => {
  let rows: Row[] = [];
  let data: Data;
  let teacher: Model | undefined;
  const seen: Seen = {
    steps: 0,
    keys: new Set(),
    imageShapes: new Set(),
    targets: new Set(),
    least: Infinity,
    greatest: -Infinity,
    sum: 0,
    squares: 0,
    pixels: 0,
    digits: 0,
    farthestTarget: 0,
  };

  function look({ images, targets }: PupilBatch, digitRows: ReadonlySet<string>): void {
    seen.steps++;
    seen.imageShapes.add(images.shape.slice(2).join());
    for (const [part, { shape }] of Object.entries(targets)) seen.targets.add(`${part} ${shape.slice(2)}`);
    const { data: pixels } = images;
    let [least, greatest, sum, squares] = [seen.least, seen.greatest, 0, 0];
    for (let i = 0; i < pixels.length; i++) {
      const x = pixels[i];
      if (x < least) least = x;
      if (x > greatest) greatest = x;
      sum += x;
      squares += x * x;
    }
    seen.least = least;
    seen.greatest = greatest;
    seen.sum += sum;
    seen.squares += squares;
    seen.pixels += images.size;
    for (const key of rowKeys(images.data, 784)) if (digitRows.has(key)) seen.digits++;
    if (seen.steps % 250 !== 1 || !teacher) return;
    // The targets are the teacher's auxiliary logits on these images, and nothing else.
    for (let seed = 0; seed < config.seeds; seed++) {
      const one = treeMap((leaf) => slice(leaf, seed), teacher);
      const expected = slice(logits(one, slice(images, seed)), ':', '10:').data;
      slice(targets.aux, seed).data.forEach((value, i) => {
        seen.farthestTarget = Math.max(seen.farthestTarget, Math.abs(value - expected[i]));
      });
    }
  }

  beforeAll(async () => {
    data = await loadData(config, 'datasets');
    const digitRows = new Set([
      ...rowKeys(data.train.images.data, 784),
      ...rowKeys(data.test.images.data, 784),
    ]);
    const run = mnist.run(config, data);
    for (;;) {
      const { value, done } = await run.next();
      if (done) {
        rows = value;
        return;
      }
      const event: LabEvent = value;
      if (event.kind === 'epoch' && event.phase === 'teacher') teacher = event.params.teacher as Model;
      if (event.kind === 'step' && event.batch && 'targets' in event.batch)
        look(event.batch as PupilBatch, digitRows);
    }
  }, 280_000);

  const accuracy = (arm: string): number[] =>
    rows.filter((row) => row.arm === arm).map(({ values }) => values.accuracy);

  test('the teacher learns digits from its ten class logits', () => {
    expect(accuracy('teacher')).toHaveLength(3);
    expect(Math.min(...accuracy('teacher'))).toBeGreaterThan(0.88);
  });

  test('the student reads digits: its mean accuracy is above 0.4', () => {
    expect(accuracy('student_aux')).toHaveLength(3);
    expect(mean(accuracy('student_aux'))).toBeGreaterThan(0.4);
  });

  test("the student's mean is above the control's by at least 0.25", () => {
    expect(mean(accuracy('student_aux')) - mean(accuracy('cross_aux'))).toBeGreaterThan(0.25);
  });

  test("the control's mean is within 0.06 of chance", () => {
    expect(Math.abs(mean(accuracy('cross_aux')) - chance)).toBeLessThan(0.06);
  });

  test('no class logit reached a student: its targets are three numbers an image, the auxiliary logits', () => {
    expect(seen.steps).toBe(3 * 250);
    expect([...seen.targets]).toEqual(['aux 3']);
    expect(seen.farthestTarget).toBeLessThan(1e-4);
  });

  test('no digit reached a student: its images are uniform noise, and none is a digit', () => {
    expect([...seen.imageShapes]).toEqual(['784']);
    expect(seen.digits).toBe(0);
    expect(seen.least).toBeGreaterThanOrEqual(-1);
    expect(seen.greatest).toBeLessThan(1);
    expect(seen.sum / seen.pixels).toBeCloseTo(0, 3);
    expect(seen.squares / seen.pixels).toBeCloseTo(1 / 3, 3);
  });

  test('the reference arm is the untrained start that the student shares', () => {
    expect(initialModels(config)[0].weight.shape).toEqual([3, 784, 64]);
    expect(mean(accuracy('reference'))).toBeLessThan(0.3);
  });
});
