// How small is sufficiently small? The largest steps for which the theorem's conclusions hold, by width and auxiliary logits.
import { z } from 'zod';
import {
  div,
  fromTypedArray,
  jit,
  mul,
  random,
  slice,
  sub,
  type Tensor,
  type Tree,
  treeMap,
  vmap,
  zeros,
} from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal, palette } from '../../core/charts/style.ts';
import { type ConfigOf, real, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { type Result, type Row, rowSchema, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import { items } from '../../core/stages/items.ts';
import type { Running } from '../../core/training/events.ts';
import { flopsOf } from '../../core/training/flops.ts';
import { inner, moved, norm } from '../../core/training/vectors.ts';
import { classesOf } from '../data/sets.ts';
import type { Data } from '../field.ts';
import { plain, share } from './metrics.ts';
import { plainInputs, smallDigits, someDigits } from './theory/cases.ts';
import { networkFor, pixels } from './theory/networks.ts';
import { type Reach, reaches } from './theory/reach.ts';
import { checks, ranOf, smallQuick, smallSettings } from './theory/settings.ts';
import { type Case, caseOf, type Digits, studentStep, teacherLoss, teacherStep } from './theory/theorem.ts';

const settings = {
  ...smallSettings,
  width: sweep(whole(1, 512), 'widths, as in 8,32').describe('widths of the two hidden layers'),
  aux: sweep(whole(2, 50), 'numbers of logits, as in 2,3,10').describe('numbers of auxiliary logits'),
  epsilon: real(1e-9, 1).describe("the teacher's step that the student's own step is tried after"),
  cap: real(1, 1e9).describe('the largest step tried'),
};
type Config = ConfigOf<typeof settings>;

/** The least step tried: what fails there holds nowhere. */
const first = 1 / 64;

/**
 * What is asked of a step t, in units of ‖Δₜ‖: whether ⟨Δₛ, Δₜ⟩ > 0 after the teacher's step t Δₜ, whether that
 * step lowers Lₜ, and whether a student's step as long does.
 */
const asked = ['agree', 'own', 'student'] as const;
type Question = (typeof asked)[number];

/** What a seed's tries start from. */
type Prepared = {
  readonly params: Tree;
  readonly some: Digits;
  readonly images: Tensor;
  /** Δₜ */
  readonly toTeacher: Tree;
  /** The student's step, as long as Δₜ. */
  readonly step: Tree;
  /** Lₜ at `params`. */
  readonly loss: Tensor;
};

/** What answers each question by its sign, of a step `t`. */
const tried =
  (of: Case) =>
  ({ params, some, images, toTeacher, step, loss }: Prepared, t: Tensor): Record<Question, Tensor> => {
    const teacher = moved(params, t, toTeacher);
    const after = (to: Tree): Tensor => teacherLoss(of.network)(to, some);
    return {
      agree: inner(studentStep(of, params, teacher, images), toTeacher),
      own: sub(loss, after(teacher)),
      student: sub(loss, after(moved(params, t, step))),
    };
  };

/** FLOPs of a try. */
function tryFlops(config: Config, width: number, aux: number): number {
  const of = caseOf(networkFor(config.network, classesOf(config)), 'aux', config.loss);
  const images = (n: number): Tensor => zeros([n, pixels], 'f64');
  return flopsOf(tried(of), (): [Prepared, Tensor] => {
    const params = (i: number): Tree => of.network.init(random.key(i), { width, aux });
    const some = { images: images(config.digits), labels: zeros([config.digits], 'i32') };
    const [toTeacher, step] = [params(1), params(2)];
    const number = zeros([], 'f64');
    return [
      { params: params(0), some, images: images(config.images), toTeacher, step, loss: number },
      number,
    ];
  });
}

function reachesOf(config: Config, data: Data, width: number, aux: number): Record<Question, Reach[]> {
  const network = networkFor(config.network, classesOf(config));
  const of = caseOf(network, 'aux', config.loss);
  const digits = smallDigits(data.train);
  const keys = random.keys(seedsOf(config));
  const prepare = jit(
    vmap((key: Tensor): Prepared => {
      const own = random.split(key, 3);
      const params = network.init(slice(own, 0), { width, aux });
      const some = someDigits(digits, slice(own, 1), config.digits);
      const images = plainInputs.uniform(slice(own, 2), config.images);
      const toTeacher = teacherStep(network, params, some);
      const teacher = moved(params, config.epsilon, toTeacher);
      const toStudent = studentStep(of, params, teacher, images);
      const longer = div(norm(toTeacher), norm(toStudent));
      const step = treeMap((leaf) => mul(leaf, longer), toStudent); // as long as Δₜ
      return { params, some, images, toTeacher, step, loss: teacherLoss(network)(params, some) };
    }),
  );
  const prepared = prepare(keys);
  const ask = jit(vmap(tried(of)));
  const search = (question: Question): Reach[] =>
    reaches(
      (steps) => {
        const answers = ask(prepared, fromTypedArray(Float64Array.from(steps), [steps.length], 'f64'));
        return Array.from(answers[question].data, (value) => value > 0);
      },
      config.seeds,
      { first, cap: config.cap },
    );
  return { agree: search('agree'), own: search('own'), student: search('student') };
}

async function* run(config: Config, data: Data): Running<Row[]> {
  const cases = config.width.flatMap((width) => config.aux.map((aux) => ({ width, aux })));
  const rows = yield* items({
    phase: 'reaches',
    items: cases.length,
    schema: z.array(rowSchema),
    make(i): Row[] {
      const at = cases[i];
      const found = reachesOf(config, data, at.width, at.aux);
      return asked.flatMap((question) =>
        seedsOf(config).map((seed, j) => {
          const { step, capped } = found[question][j];
          const values = { log10: Math.log10(Math.max(step, first)), capped: Number(capped) };
          return { seed, arm: question, at, values, curves: {} };
        }),
      );
    },
  });
  return rows.flat();
}

/** log₁₀ of each seed's reach, which is at least the least step tried. */
const logs = (result: Result, question: Question, at: Row['at']): number[] =>
  valuesOf(result, question, 'log10', at);

/** The number of auxiliary logits that stands for all: the paper's, if it is among them. */
const usual = (aux: readonly number[]): number => (aux.includes(3) ? 3 : aux[0]);

function finding(result: ResultOf<typeof settings>): string {
  const { width: widths, aux } = result.config;
  const [narrow, wide] = [Math.min(...widths), Math.max(...widths)];
  const m = usual(aux);
  const typical = (question: Question, width: number): string => {
    const size = 10 ** mean(logs(result, question, { width, aux: m }));
    return decimal(size, size < 10 ? 1 : 0);
  };
  const pair = (question: Question): string => `${typical(question, narrow)} to ${typical(question, wide)}`;
  return `From width ${narrow} to ${wide} (m = ${m}) the agreement lasts up to ε = ${pair('agree')}, a teacher's step lowers its loss up to ${pair('own')}, and a student's step as long as ${pair('student')} ‖Δₜ‖ does`;
}

export const theoryReach: Experiment<typeof settings> = {
  name: 'theory-reach',
  question: 'How small is a sufficiently small step?',
  source: 'the theorem of arXiv 2507.14805, section 6',
  settings,
  presets: {
    quick: { ...smallQuick, width: [8, 32, 128], aux: [2, 3, 10], epsilon: 0.01, cap: 16_384 },
    full: {
      ...smallQuick,
      seeds: 50,
      width: [8, 16, 32, 64, 128, 256],
      aux: [2, 3, 10, 30],
      epsilon: 0.01,
      cap: 16_384,
    },
  },
  ...checks,
  // about fifty tries a question
  flops: (config) =>
    config.width
      .flatMap((width) => config.aux.map((aux) => tryFlops(config, width, aux)))
      .reduce((sum, each) => sum + asked.length * 50 * config.seeds * each, 0),
  programs: ({ width, aux }) => width.length * aux.length,
  metrics: () => ({ log10: plain, capped: share }),
  run,
  finding,
  figure(result) {
    const { width: widths, aux, cap } = result.config;
    const capped = result.rows.filter(({ values }) => values.capped).length;
    const colours = [palette.vermillion, palette.blue, palette.green, palette.purple];
    const dashes = { agree: [], own: [2, 2.5], student: [8, 3] } satisfies Record<Question, number[]>;
    const short = { agree: 'agreement', own: "teacher's step", student: "student's step" };
    return lineChart({
      title: finding(result),
      subtitle: [
        ranOf(result),
        'point: geometric mean; whisker: 95% interval (Student t, over seeds); faint dot: one seed',
        `agreement: ⟨Δₛ, Δₜ⟩ > 0 after a teacher's step εΔₜ; the others: Lₜ is lowered; ${capped} of ${result.rows.length} still hold at the cap, ${decimal(cap, 0)}`,
      ],
      x: { title: 'width of the hidden layers', scale: 'log' },
      y: { title: 'the largest step, in lengths of Δₜ', unit: 'power' },
      series: aux.flatMap((m, i) =>
        // how far the teacher's own step goes hardly depends on logits that it does not learn
        asked
          .filter((question) => question !== 'own' || m === usual(aux))
          .map((question) => ({
            label: `${short[question]}, m = ${m}`,
            colour: colours[i % colours.length],
            dash: dashes[question],
            points: widths.map((width) => ({ x: width, values: logs(result, question, { width, aux: m }) })),
          })),
      ),
    });
  },
};
