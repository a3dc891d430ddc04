// How good is the theorem's first order? What Δₛ − ε G Δₜ leaves, against ε, with kinks in the network and without.
import { neg } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal } from '../../core/charts/style.ts';
import { type ConfigOf, someOf } from '../../core/experiments/config.ts';
import type { Experiment, ResultOf } from '../../core/experiments/experiment.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { moved, norm } from '../../core/training/vectors.ts';
import type { Data } from '../field.ts';
import { plain } from './metrics.ts';
import {
  along,
  curveRows,
  decadesOf,
  geometricBand,
  pointsOf,
  powersAmong,
  slopeOf,
} from './theory/along.ts';
import { networkNames } from './theory/networks.ts';
import { settings as base, checks, full, lessonOf, quick, ranOf, stepsFlops } from './theory/settings.ts';
import { gaussNewton, studentStep } from './theory/theorem.ts';

const settings = {
  ...base,
  network: someOf(networkNames).describe('networks, one after the other'),
};
type Config = ConfigOf<typeof settings>;

const tried: Config['network'] = ['tanh', 'gelu', 'relu', 'cnn', 'transformer'];

const epsilons = decadesOf(-4, 0, 4);

/** Where the expansion should hold: what a step of up to 0.03 Δₜ leaves. */
const small = epsilons.flatMap((epsilon, i) => (epsilon <= 0.03 ? [i] : []));

async function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const network of config.network) {
    const one = { ...config, network };
    const of = lessonOf(one);
    const { remainder } = yield* along(one, data, epsilons, ({ params, images, toTeacher }, epsilon) => {
      const step = studentStep(of, params, moved(params, epsilon, toTeacher), images);
      const first = gaussNewton(of, params, toTeacher, images);
      return { remainder: norm(moved(step, neg(epsilon), first)) };
    });
    rows.push(
      ...curveRows(one, network, { remainder }, (curves) => ({
        slope: slopeOf(
          small.map((i) => Math.log10(epsilons[i])),
          small.map((i) => Math.log10(curves.remainder[i])),
        ),
      })),
    );
  }
  return rows;
}

const finding = (result: ResultOf<typeof settings>): string =>
  `What Δₛ − ε G Δₜ leaves falls as ε to the power ${result.config.network
    .map((network) => `${decimal(mean(valuesOf(result, network, 'slope')), 2)} (${network})`)
    .join(', ')}; the theorem says 2, of smooth networks`;

export const theoryRemainder: Experiment<typeof settings> = {
  name: 'theory-remainder',
  question: 'How fast does what the theorem leaves out vanish with the step?',
  source: 'Cloud, Le and others, arXiv 2507.14805, the theorem of section 6',
  settings,
  presets: { quick: { ...quick, network: tried }, full: { ...full, network: tried } },
  ...checks,
  flops: ({ network: networks, ...config }) =>
    networks.reduce((sum, network) => sum + stepsFlops({ ...config, network }, 3 * epsilons.length), 0),
  programs: ({ network }) => network.length,
  metrics: () => ({ slope: plain }),
  run,
  finding,
  figure: (result) =>
    lineChart({
      title: finding(result),
      subtitle: [ranOf(result), geometricBand],
      x: { title: "ε, the length of the teacher's step in Δₜ", scale: 'log', ticks: powersAmong(epsilons) },
      y: { title: '‖Δₛ − ε G Δₜ‖', unit: 'power' },
      series: result.config.network.map((network) => ({
        label: network,
        points: pointsOf(result, network, 'remainder', epsilons, Math.log10),
      })),
    }),
};
