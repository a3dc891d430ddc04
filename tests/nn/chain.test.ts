// Chains of what becomes of gradients: each part against its definition, the whole against AdamW, and schedules.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  adam,
  adamW,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  clipNorm,
  constantSchedule,
  cosineSchedule,
  type GradientTransformation,
  joinSchedules,
  linearSchedule,
  momentum,
  type Schedule,
  scaleByAdam,
  scaleByLearningRate,
  sgd,
} from '../../src/nn/index.ts';
import { astype, mul, sub, tensor, zeros } from '../../src/ops/index.ts';
import {
  partition,
  ShapeError,
  type Tensor,
  type Tree,
  treeLeaves,
  treeMap,
  treePaths,
} from '../../src/tensor/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

type Params = { readonly w: Tensor; readonly b: Tensor };
const params: Params = { w: randomTensor([2, 3], 1), b: randomTensor([3], 2) };
const gradients: readonly Params[] = [3, 4, 5, 6].map((seed) => ({
  w: randomTensor([2, 3], seed),
  b: randomTensor([3], seed + 4),
}));

/** Where `steps` lead under an optimizer, from one set of gradients to the next. */
function follow<S extends Tree>(
  { init, update }: { init(params: Tree): S; update<P extends Tree>(p: P, g: P, s: S): [P, S] },
  from = params,
): Params {
  let [now, state] = [from, init(from)];
  for (const gradient of gradients) [now, state] = update(now, gradient, state);
  return now;
}

function expectAlike(actual: Tree, expected: Tree, tolerance = 0): void {
  const [own, other] = [actual, expected].map((tree) => treeLeaves(tree));
  own.forEach((leaf, i) => {
    expectSame(leaf, other[i], tolerance);
  });
}

describe('chain', () => {
  test('makes of its parts what has a name', () => {
    const rate = { learningRate: 0.1 };
    expectAlike(follow(chain(scaleByLearningRate(0.1))), follow(sgd(rate)));
    expectAlike(
      follow(chain(momentum(0.9), scaleByLearningRate(0.1))),
      follow(sgd({ ...rate, momentum: 0.9 })),
    );
    expectAlike(follow(chain(scaleByAdam(), scaleByLearningRate(0.1))), follow(adam(rate)), 1e-15);
    const decayed = chain(scaleByAdam(), addDecayedWeights(0.2), scaleByLearningRate(0.1));
    expectAlike(follow(decayed), follow(adamW({ ...rate, weightDecay: 0.2 })));
  });

  test('hands updates from one part to the next, in order', () => {
    const before = chain(clipNorm(0.5), scaleByLearningRate(4)).update(params, gradients[0], [null, null])[0];
    const clipped = clipByGlobalNorm(gradients[0], 0.5);
    expectAlike(
      before,
      treeMap((x, g) => sub(x, mul(g, 4)), params, clipped),
      1e-14,
    );
    const after = chain(scaleByLearningRate(4), clipNorm(0.5)).update(params, gradients[0], [null, null])[0];
    const moved = Math.hypot(
      ...treeLeaves(treeMap((x, y) => sub(x, y), params, after)).flatMap(({ data }) => [...data]),
    );
    expect(moved).toBeCloseTo(0.5, 12);
  });

  test('takes transformations of the caller', () => {
    const flipped: GradientTransformation<null> = {
      init: () => null,
      update: (_, updates) => [treeMap((u) => mul(u, -1), updates), null],
    };
    const optimizer = chain(flipped, scaleByLearningRate(1));
    expect(optimizer.update(tensor(1), tensor(5), optimizer.init(tensor(1)))[0].item()).toBe(6);
  });

  test('keeps parameters in bf16, and what it remembers of them in f32', () => {
    const half = treeMap((x) => astype(x, 'bf16'), params);
    const optimizer = chain(scaleByAdam(), addDecayedWeights(0.1), scaleByLearningRate(0.1));
    const [next, [state]] = optimizer.update(
      half,
      treeMap((x) => astype(x, 'f32'), gradients[0]),
      optimizer.init(half),
    );
    expect([next.w.dtype, treeLeaves(state).map(({ dtype }) => dtype)]).toEqual([
      'bf16',
      Array(5).fill('f32'),
    ]);
  });

  test('passes over empty leaves', () => {
    const [some] = partition(params, (_, path) => path === 'w');
    const [gradient] = partition(gradients[0], (_, path) => path === 'w');
    const optimizer = chain(clipNorm(1), scaleByAdam(), addDecayedWeights(0.1), scaleByLearningRate(0.1));
    const [next, [, state]] = optimizer.update(some, gradient, optimizer.init(some));
    expect([next.b, treePaths(state)]).toEqual([null, ['mean.w', 'square.w', 'step']]);
  });

  test.each<[unknown, string]>([
    [[null], 'chain.update: state is [null]; it must be a list of 2, one a transformation, as init makes it'],
    [
      [null, null],
      'chain.update: state is null; it must be an object { mean, square, step }: scaleByAdam.update(params, updates, state)',
    ],
    [
      [null, { mean: { w: zeros([2, 3]) }, square: params, step: zeros([]) }],
      'chain.update: state.mean have structure {"w":*}, not {"b":*,"w":*}',
    ],
  ])('refuses a state that is none of its own', (state, message) => {
    const { update } = chain(clipNorm(1), scaleByAdam());
    const any = update as (params: Params, gradients: Params, state: unknown) => unknown;
    expect(() => any(params, gradients[0], state)).toThrow(new TypeError(message));
  });
});

describe('addDecayedWeights', () => {
  test('decays what the mask takes, by shape or by path', () => {
    const still = treeMap((x) => zeros(x.shape, 'f64'), params);
    for (const mask of [(x: Tensor) => x.ndim > 1, (_: Tensor, path: string) => path === 'w']) {
      const optimizer = chain(addDecayedWeights(0.25, mask));
      const [next] = optimizer.update(params, still, optimizer.init(params));
      expectNumbers(
        next.w.data,
        Array.from(params.w.data, (v) => v * 0.75),
        1e-15,
      );
      expectSame(next.b, params.b);
    }
    const masked = follow(adamW({ learningRate: 0.1, weightDecay: 0.2, mask: (x) => x.ndim > 1 }));
    expectSame(masked.b, follow(adamW({ learningRate: 0.1, weightDecay: 0 })).b);
    expectSame(masked.w, follow(adamW({ learningRate: 0.1, weightDecay: 0.2 })).w);
  });
});

describe('A schedule', () => {
  const at = (schedule: Schedule, step: number): number => schedule(tensor(step, 'f32')).item();

  test('is constant, a line or half a wave', () => {
    expect([0, 7].map((step) => at(constantSchedule(0.5), step))).toEqual([0.5, 0.5]);
    const steps = [0, 5, 10, 20];
    expectNumbers(
      steps.map((step) => at(linearSchedule(1, 0.2, 10), step)),
      [1, 0.6, 0.2, 0.2],
      1e-7,
    );
    const wave = steps.map((step) => at(cosineSchedule(1, 0.2, 20), step));
    expectNumbers(wave, [1, 0.6 + 0.4 * Math.SQRT1_2, 0.6, 0.2], 1e-7);
  });

  test('is joined of others, each from where it begins, as a warm-up is', () => {
    const joined = joinSchedules(
      [linearSchedule(0, 1, 4), cosineSchedule(1, 0, 8), constantSchedule(7)],
      [4, 12],
    );
    const expected = [0, 0.25, 0.75, 1, 0.5, 7, 7];
    expectNumbers(
      [0, 1, 3, 4, 8, 12, 100].map((step) => at(joined, step)),
      expected,
      1e-7,
    );
  });

  test.each([[[1, 2]], [[]]])('refuses boundaries %j between two', (boundaries) => {
    expect(() => joinSchedules([constantSchedule(1), constantSchedule(2)], boundaries)).toThrow(
      new RangeError(
        `joinSchedules: boundaries [${boundaries.join(', ')}] for 2 schedules; they must rise, and be one fewer`,
      ),
    );
  });

  test.each([
    ['sgd', (learningRate: number | Schedule) => sgd({ learningRate, momentum: 0.5 })],
    ['adam', (learningRate: number | Schedule) => adam({ learningRate })],
    ['adamW', (learningRate: number | Schedule) => adamW({ learningRate, weightDecay: 0.1 })],
  ] as const)('of %s is a rate that is set anew for every step', (_, create) => {
    const schedule = linearSchedule(1, 0.25, 3);
    const optimizer = create(schedule);
    const plain = create(1);
    let [now, state, own, ownState]: [Params, Tree, Params, Tree] = [
      params,
      optimizer.init(params),
      params,
      plain.init(params),
    ];
    gradients.forEach((gradient, i) => {
      const update = optimizer.update as (p: Params, g: Params, s: Tree) => [Params, Tree];
      const fixed = create(at(schedule, i)).update as typeof update;
      [now, state] = update(now, gradient, state);
      [own, ownState] = fixed(own, gradient, ownState);
      expectAlike(now, own, 1e-7);
    });
  });

  test('is data to a compiled step, which is compiled once, and maps over models', () => {
    const optimizer = chain(scaleByLearningRate(linearSchedule(1, 0, 4)));
    let traced = 0;
    const step = jit((x: Tensor, state: ReturnType<typeof optimizer.init>) => {
      traced++;
      return optimizer.update(x, zeros([]), state)[1];
    });
    let state = optimizer.init(tensor(1));
    for (let i = 0; i < 4; i++) state = step(tensor(1), state);
    expect([traced, state[0]?.step.item()]).toEqual([1, 4]);
    const states = vmap((x: Tensor) => optimizer.init(x))(tensor([1, 2]));
    const next = vmap((x: Tensor, s: typeof states) => optimizer.update(x, x, s)[0])(
      tensor([1, 2], 'f32'),
      states,
    );
    expect(next.toArray()).toEqual([0, 0]);
  });

  test('gives one number', () => {
    const optimizer = chain(scaleByLearningRate(() => zeros([2])));
    expect(() => optimizer.update(params, gradients[0], optimizer.init(params))).toThrow(
      new ShapeError('scaleByLearningRate: the schedule gave shape [2]; it must give one number'),
    );
  });
});
