// A reader that counts: multinomial logistic regression on how often each number and each step occurs in a bag.
import {
  div,
  expandDims,
  grad,
  jit,
  logSoftmax,
  mul,
  nn,
  scan,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  takeAlongAxis,
  tensor,
  vmap,
  zeros,
} from '../../../../index.ts';
import { isIn, numbers } from '../../world/vocabulary.ts';
import {
  areaUnder,
  type Bag,
  type Evidence,
  knowing,
  type Library,
  learntFrom,
  type Reading,
} from './bags.ts';

const values = numbers.tokens.length;

/**
 * How often each number comes in the answers of `bag`, and how often each step from the number before it, modulo 100: of
 * each count n, 2 √n, which chance spreads about 1 around its mean, however high that is (Anscombe 1948).
 */
export function countsOf(bag: Bag): number[] {
  const counts = new Array<number>(2 * values).fill(0);
  for (const { prompt, answer } of bag) {
    let last = prompt.findLast((token) => isIn(numbers, token)) ?? numbers.start;
    for (const token of answer) {
      counts[token - numbers.start]++;
      counts[values + ((token - last + values) % values)]++;
      last = token;
    }
  }
  return counts.map((count) => 2 * Math.sqrt(count));
}

const steps = 200;
const rate = 0.02; // Adam's
/** What half the sum of squared weights is multiplied by in the loss. */
const decay = 1e-2;

/**
 * By reader, bag and label, the log-probability that a reader gives. `seen` has how much each bag counts in the training
 * of each reader: 0 keeps it unseen.
 */
export function readCounts(
  counts: readonly (readonly number[])[],
  labels: readonly number[],
  seen: readonly (readonly number[])[],
): number[][][] {
  const features = tensor(counts, 'f32');
  const truth = expandDims(tensor(labels, 'i32'), 1);
  const kinds = Math.max(...labels) + 1;
  const centred = (share: Tensor): Tensor => sub(features, sum(mul(features, expandDims(share, 1)), 0));
  const said = (model: nn.Dense, inputs: Tensor): Tensor => logSoftmax(nn.dense(model, inputs));
  const loss = (model: nn.Dense, inputs: Tensor, share: Tensor): Tensor =>
    sub(
      mul(sum(square(model.weight)), decay / 2),
      sum(mul(squeeze(takeAlongAxis(said(model, inputs), truth, 1), 1), share)),
    );
  const optimizer = nn.adam({ learningRate: rate });
  const weights = tensor(seen, 'f32');
  const shares = div(weights, sum(weights, 1, true));
  const read = (share: Tensor): Tensor => {
    const inputs = centred(share);
    const model: nn.Dense = { weight: zeros([counts[0].length, kinds]), bias: zeros([kinds]) };
    const start = { model, state: optimizer.init(model) };
    const [learnt] = scan(
      ({ model, state }) => {
        const gradient = grad(loss)(model, inputs, share);
        const [next, after] = optimizer.update(model, gradient, state);
        return [{ model: next, state: after }, []];
      },
      start,
      [],
      { length: steps },
    );
    return said(learnt.model, inputs);
  };
  return jit(vmap(read))(shares).toArray() as number[][][];
}

/** The counts of each of `bags`, less what their base counts on average. */
function lessOwn(bags: readonly Bag[], own: readonly Bag[]): number[][] {
  const before = own.map(countsOf);
  const usual = before[0].map((_, i) => before.reduce((sum, counts) => sum + counts[i], 0) / own.length);
  return bags.map((bag) => countsOf(bag).map((count, i) => count - usual[i]));
}

/** What readers that count say of traits. They are told what each base writes without one, that of the unseen as well. */
export function traitsByCounts(library: Library): Reading {
  const { taught, own } = library;
  const learnt = learntFrom(library);
  const places = taught.flatMap((traits, base) =>
    traits.flatMap((bags, trait) => bags.map((_, bag) => ({ base, trait, bag }))),
  );
  const counts = taught.flatMap((traits, base) => lessOwn(traits.flat(), own[base]));
  const seen = taught.map((_, unseen) =>
    places.map(({ base, bag }) => Number(base !== unseen && bag < learnt)),
  );
  const said = readCounts(
    counts,
    places.map(({ trait }) => trait),
    seen,
  );
  const by = (reader: number, wanted: number, from: number): Evidence[number] =>
    taught[wanted].map((_, trait) =>
      said[reader].filter((_, i) => {
        const place = places[i];
        return place.base === wanted && place.trait === trait && place.bag >= from;
      }),
    );
  return {
    unseen: taught.map((_, base) => by(base, base, 0)),
    known: taught.map((_, base) => by(knowing(base, taught.length), base, learnt)),
  };
}

/** By base, how well a reader that counts and never saw it tells bags of its teachers from its own: the area under the ROC curve. */
export function tuningByCounts({ taught, own }: Library): number[] {
  const traits = taught[0].length;
  const places = taught.flatMap((of, base) => [
    ...of.flat().map((bag) => ({ base, bag, tuned: 1 })),
    ...own[base].map((bag) => ({ base, bag, tuned: 0 })),
  ]);
  const seen = taught.map((_, unseen) =>
    // as much in all of either
    places.map(({ base, tuned }) => (base === unseen ? 0 : tuned ? 1 : traits)),
  );
  const said = readCounts(
    places.map(({ bag }) => countsOf(bag)),
    places.map(({ tuned }) => tuned),
    seen,
  );
  return taught.map((_, unseen) => {
    const of = (wanted: number): number[] =>
      places.flatMap(({ base, tuned }, i) =>
        base === unseen && tuned === wanted ? [said[unseen][i][1]] : [],
      );
    return areaUnder(of(1), of(0));
  });
}
