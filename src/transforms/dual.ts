// Graphs on dual numbers: the walk of forward mode, and what it makes of primitives that hold graphs.
import {
  type AnyPlain,
  type Apply,
  applyAgain,
  bindAll,
  type Derivative,
  type Graph,
  type Input,
  interpret,
  isRegion,
  type Params,
  type PlainOp,
  prims,
  type RegionOp,
  reachable,
  settle,
  type Traceable,
  trace,
  type Value,
} from '../graph/index.ts';
import { isFloat, type Tensor } from '../tensor/index.ts';
import { type Tangent, tangentAval, tangentOf, zeroTangent } from './jvp.ts';
import { closed, cut, dependsOn, zipped } from './pieces.ts';
import { type Linearization, split } from './split.ts';
import { transposed } from './transpose.ts';

export interface Dual {
  readonly value: Tensor;
  readonly tangent: Tangent;
}

/**
 * What becomes of the walk: it is run as it is; or split into a primal and a linear part, of which each application is in
 * one; or split, and the linear part is never run, only transposed.
 */
export type Purpose = 'run' | 'split' | 'transpose';

const still = (value: Tensor): Dual => ({ value, tangent: null });

/** `graph` on primals and tangents; call it while tracing. */
export function interpretJvp(graph: Graph, inputs: readonly Dual[], purpose: Purpose): Dual[] {
  return interpret<Dual>(graph, inputs, (node, duals) => {
    if (duals.every(({ tangent }) => tangent === null))
      return applyAgain(
        node,
        duals.map(({ value }) => value),
      ).map(still);
    return isRegion(node) ? regionRule<RegionOp>(node, duals, purpose) : [applyFormula(node, duals)];
  }).outputs;
}

function applyFormula(node: AnyPlain, duals: readonly Dual[]): Dual {
  const x = duals.map(({ value }) => value);
  const dx = duals.map(({ tangent }) => tangent);
  const [y] = applyAgain(node, x);
  if (!isFloat(y.dtype)) return still(y);
  return { value: y, tangent: tangentOf<PlainOp>(node.op, { params: node.params, x, dx, y }) };
}

type RegionRule<K extends RegionOp> = (node: Apply<K>, duals: readonly Dual[], purpose: Purpose) => Dual[];

/**
 * The derivative of a graph as a graph: what rules of functions' own close over, its inputs, then tangents of some, to its
 * outputs, then tangents of some.
 */
interface Derived extends Traceable {
  /** Which outputs have tangents. */
  readonly moves: readonly boolean[];
}

/** The derivative of `graph` in the inputs marked in `moving`; the outputs marked in `wanted` have tangents in any case. */
export function derive(
  graph: Graph,
  moving: readonly boolean[],
  purpose: Purpose,
  wanted: readonly boolean[] = [],
): Derived {
  const moves: boolean[] = [];
  const derived = trace(
    (values) => {
      const tangents = values.slice(graph.inputs.length);
      const duals = interpretJvp(
        graph,
        moving.map((moves, i) => ({
          value: values[i],
          tangent: moves ? (tangents.shift() as Tensor) : null,
        })),
        purpose,
      );
      moves.push(...duals.map(({ tangent }, i) => tangent !== null || wanted[i] === true));
      return [
        ...duals.map(({ value }) => value),
        ...duals.filter((_, i) => moves[i]).map(({ value, tangent }) => tangent ?? zeroTangent(value)),
      ];
    },
    [...graph.inputs, ...graph.inputs.filter((_, i) => moving[i]).map(tangentAval)],
  );
  return { ...derived, moves };
}

const movingOf = (duals: readonly Dual[]): boolean[] => duals.map(({ tangent }) => tangent !== null);
const valuesOf = (duals: readonly Dual[]): Tensor[] => duals.map(({ value }) => value);
const tangentsOf = (duals: readonly Dual[]): Tensor[] => duals.flatMap(({ tangent }) => tangent ?? []);

/** `values`, those marked in `moves` with the next of `tangents` each. */
function pair(values: readonly Tensor[], moves: readonly boolean[], tangents: readonly Tensor[]): Dual[] {
  const left = [...tangents];
  return values.map((value, i) => ({ value, tangent: moves[i] ? (left.shift() as Tensor) : null }));
}

/** `graph` with other outputs. */
const withOutputs = (graph: Graph, outputs: readonly Value[]): Graph => ({
  ...graph,
  nodes: reachable(graph.nodes, outputs),
  outputs,
});

const call = (graph: Graph, inputs: readonly Tensor[]): Tensor[] =>
  graph.outputs.length > 0 ? bindAll('call', { graph }, inputs) : [];

/** Its parts applied: `known` is the primal inputs. Residuals that are inputs need not be results. */
function callInParts(
  parts: Linearization,
  outputs: number,
  moves: readonly boolean[],
  known: readonly Tensor[],
  tangents: readonly Tensor[],
): Dual[] {
  const { primal, linear, residuals } = parts;
  const kept = residuals.filter((value) => value.from !== undefined);
  const results = call(withOutputs(primal, [...primal.outputs.slice(0, outputs), ...kept]), known);
  const values = residuals.map((value) =>
    value.from === undefined ? known[primal.inputs.indexOf(value)] : results[outputs + kept.indexOf(value)],
  );
  return pair(results.slice(0, outputs), moves, call(linear, [...values, ...tangents]));
}

/** What a rule of a function's own is for: its arguments. */
function ownOf(op: string, duals: readonly Dual[], captured: number): readonly Dual[] {
  if (duals.slice(0, captured).some(({ tangent }) => tangent))
    throw new TypeError(
      `${op}: the function closes over what is differentiated in, of which its rule knows nothing; pass that as an argument`,
    );
  return duals.slice(captured);
}

/** A call whose derivative is a rule of its own; others are as if their graph stood there itself. */
const callRule: RegionRule<'call'> = (node, duals, purpose) => {
  const { graph, derivative } = node.params;
  const known = valuesOf(duals);
  const moving = movingOf(duals);
  const outputs = graph.outputs.length;
  switch (derivative?.by) {
    case undefined:
      return interpretJvp(graph, duals, purpose);
    case 'recomputing': {
      if (purpose === 'run') return interpretJvp(graph, duals, purpose);
      const derived = derive(graph, moving, purpose);
      const tangents = derived.graph.outputs.slice(outputs);
      const linear = withOutputs(derived.graph, tangents);
      const given = [...derived.captures, ...known, ...tangentsOf(duals)];
      return pair(applyAgain(node, known), derived.moves, call(linear, given));
    }
    case 'jvp': {
      const own = ownOf('customJvp', duals, derivative.captured);
      const tangents = own
        .filter(({ value }) => isFloat(value.dtype))
        .map(({ value, tangent }) => tangent ?? zeroTangent(value));
      const moves = graph.outputs.map(({ dtype }) => isFloat(dtype));
      const { graph: whole, captures } = derivative.rule.get();
      const primals = [...captures, ...valuesOf(own)];
      if (purpose !== 'run') {
        // a loop of the rule's may hold both, primals and tangents: its derivative in the tangents takes them apart
        const derived = derive(
          whole,
          whole.inputs.map((_, i) => i >= primals.length),
          purpose,
          whole.outputs.map((_, i) => i >= outputs),
        );
        const at = [...derived.captures, ...primals, ...tangents.map(zeroTangent)];
        const parts = split(derived.graph, at.length, whole.outputs.length);
        const varied = parts.primal.inputs.slice(at.length - tangents.length);
        if (dependsOn(parts.primal, parts.residuals, varied))
          throw new TypeError('customJvp: the tangent that the rule gives is not linear in its tangents');
        const both = callInParts(parts, whole.outputs.length, derived.moves, at, tangents);
        return pair(valuesOf(both.slice(0, outputs)), moves, tangentsOf(both.slice(outputs)));
      }
      const results = call(whole, [...primals, ...tangents]);
      return pair(results.slice(0, outputs), moves, results.slice(outputs));
    }
    case 'vjp':
      return withBackward(derivative, outputs, ownOf('customVjp', duals, derivative.captured), purpose);
    case 'transpose': {
      if (moving.slice(0, derivative.known).some((moves) => moves))
        return interpretJvp(graph, duals, purpose);
      const tangents = duals
        .slice(derivative.known)
        .map(({ value, tangent }) => tangent ?? zeroTangent(value));
      return pair(
        applyAgain(node, known),
        graph.outputs.map(() => true),
        applyAgain(node, [...known.slice(0, derivative.known), ...tangents]),
      );
    }
  }
};

/** The rule of a call that says what is kept of its forward pass, and how cotangents come back. */
function withBackward(
  { rule }: Extract<Derivative, { by: 'vjp' }>,
  outputs: number,
  duals: readonly Dual[],
  purpose: Purpose,
): Dual[] {
  const { forward, backward } = rule.get();
  const results = call(forward.graph, [...forward.captures, ...valuesOf(duals)]);
  const known = [...backward.captures, ...results.slice(outputs)];
  const tangents = duals
    .filter(({ value }) => isFloat(value.dtype))
    .map(({ value, tangent }) => tangent ?? zeroTangent(value));
  const moves = results.slice(0, outputs).map(({ dtype }) => isFloat(dtype));
  const graph = (purpose === 'transpose' ? standIn : forwardOf)(backward.graph, known.length);
  const derivative = { by: 'transpose', graph: backward.graph, known: known.length } as const;
  return pair(
    results.slice(0, outputs),
    moves,
    bindAll('call', { graph, derivative }, [...known, ...tangents]),
  );
}

function forwardOf(backward: Graph, known: number): Graph {
  try {
    const isKnown = backward.inputs.map((_, i) => i < known);
    return transposed(
      backward,
      isKnown,
      backward.outputs.map(() => true),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      `customVjp: ${error.message}; a function whose backward is not linear in the cotangents has no forward mode: take grad or vjp of it, or give it a customJvp`,
      { cause: error },
    );
  }
}

/** What has the inputs and outputs of the transpose of `backward`, and is never run. */
const standIn = (backward: Graph, known: number): Graph =>
  trace(
    () => backward.inputs.slice(known).map(({ shape, dtype }) => prims.full(shape, 0, dtype)),
    [...backward.inputs.slice(0, known), ...backward.outputs],
  ).graph;

/** A loop's body differentiated: a carry moves if it begins to, or if a round makes it move. */
interface Round extends Derived {
  /** The constants, with what rules close over before them. */
  readonly fixed: readonly Dual[];
  readonly start: readonly Dual[];
}

function deriveRound(
  body: Graph,
  constants: readonly Dual[],
  first: readonly Dual[],
  stacks: readonly Dual[],
  purpose: Purpose,
): Round {
  const { carried, made } = settle(
    movingOf(first),
    (carried) => derive(body, [...movingOf(constants), ...carried, ...movingOf(stacks)], purpose, carried),
    ({ moves }) => moves,
  );
  const start = first.map(({ value, tangent }, i) => ({
    value,
    tangent: carried[i] ? (tangent ?? zeroTangent(value)) : null,
  }));
  return { ...made, fixed: [...made.captures.map(still), ...constants], start };
}

const scanRule: RegionRule<'scan'> = ({ params }, duals, purpose) => {
  const { body, consts, carry } = params;
  const [constants, first, stacks] = cut(duals, [consts, carry, duals.length - consts - carry]);
  const { graph, moves, fixed, start } = deriveRound(body, constants, first, stacks, purpose);
  const outputs = moves.length;
  const given = [fixed, start, stacks];
  const primals = given.map(({ length }) => length);
  const known = fixed.length + carry + stacks.length;
  if (purpose !== 'run') return scanInParts(params, graph, moves, given);
  const moving = given.map((part) => tangentsOf(part).length);
  const gives = [carry, outputs - carry, moving[1], moves.filter((moved) => moved).length - moving[1]];
  const [carries, entries, dCarries, dEntries] = cut(graph.outputs, gives);
  const whole: Graph = {
    inputs: zipped(cut(graph.inputs, primals), cut(graph.inputs.slice(known), moving)),
    nodes: graph.nodes,
    outputs: [...carries, ...dCarries, ...entries, ...dEntries],
  };
  const results = bindAll(
    'scan',
    { ...params, body: whole, consts: fixed.length + moving[0], carry: carry + moving[1] },
    zipped(given.map(valuesOf), given.map(tangentsOf)),
  );
  const [last, dLast, ys, dys] = cut(results, [gives[0], gives[2], gives[1], gives[3]]);
  return pair([...last, ...ys], moves, [...dLast, ...dys]);
};

/**
 * A scan of primals that stacks residuals, and one of tangents that reads them. What is the same in each round is not
 * stacked: it is made once, before. `jvp` is the derivative of a round.
 */
function scanInParts(
  params: Params['scan'],
  jvp: Graph,
  moves: readonly boolean[],
  given: readonly (readonly Dual[])[],
): Dual[] {
  const outputs = moves.length;
  const [constants, start, stacks] = given;
  const sizes = given.map(({ length }) => length);
  const [ownConstants, , ownStacks] = cut<Value>(jvp.inputs, sizes);
  const same = new Set<Value>(ownConstants);
  for (const { inputs, results } of jvp.nodes)
    if (inputs.every((input) => same.has(input))) for (const result of results) same.add(result);
  const isFree = (value: Value): boolean => same.has(value) || ownStacks.includes(value);
  const known = sizes.reduce((sum, size) => sum + size, 0);
  const { primal, linear, residuals } = split(jvp, known, outputs, isFree);
  const before = residuals.filter((value) => same.has(value));
  const read = residuals.filter((value) => ownStacks.includes(value));
  const kept = residuals.filter((value) => !isFree(value));
  const results = bindAll(
    'scan',
    {
      ...params,
      body: withOutputs(primal, [...primal.outputs.slice(0, outputs), ...kept]),
      consts: constants.length,
    },
    given.flatMap(valuesOf),
  );
  const made = { ...withOutputs(primal, before), inputs: ownConstants as Input[] };
  const inputOf = (value: Value): Input => linear.inputs[residuals.indexOf(value)];
  const moving = given.map((part) => tangentsOf(part).length);
  const [dConstants, dCarry, dStacks] = cut(linear.inputs.slice(residuals.length), moving);
  const stacked = [...read, ...kept].map(inputOf);
  const body = {
    ...linear,
    inputs: [...before.map(inputOf), ...dConstants, ...dCarry, ...stacked, ...dStacks],
  };
  const tangents = bindAll('scan', { ...params, body, consts: before.length + moving[0], carry: moving[1] }, [
    ...interpret<Tensor>(made, valuesOf(constants), applyAgain).outputs,
    ...tangentsOf(constants),
    ...tangentsOf(start),
    ...read.map((value) => stacks[ownStacks.indexOf(value)].value),
    ...results.slice(outputs),
    ...tangentsOf(stacks),
  ]);
  return pair(results.slice(0, outputs), moves, tangents);
}

const condRule: RegionRule<'cond'> = (
  { params: { whenTrue, whenFalse } },
  [predicate, ...operands],
  purpose,
) => {
  const moving = movingOf(operands);
  const both = [whenTrue, whenFalse];
  const [yes, no] = both.map((branch) => derive(branch, moving, purpose).moves);
  const moves = yes.map((move, i) => move || no[i]);
  const { graphs: branches, captures } = closed(both.map((branch) => derive(branch, moving, purpose, moves)));
  const outputs = moves.length;
  const [known, tangents] = [[...captures, ...valuesOf(operands)], tangentsOf(operands)];
  if (purpose === 'run') {
    const results = bindAll('cond', { whenTrue: branches[0], whenFalse: branches[1] }, [
      predicate.value,
      ...known,
      ...tangents,
    ]);
    return pair(results.slice(0, outputs), moves, results.slice(outputs));
  }
  const parts = branches.map((branch) => split(branch, known.length, outputs));
  const kept = parts.map(({ residuals }) => residuals.filter(({ from }) => from !== undefined));
  // each branch gives zeros for what the other one keeps
  const primals = parts.map(
    ({ primal }, i) =>
      trace((values) => {
        const { outputs: own, of } = interpret<Tensor>(primal, values, applyAgain);
        return [
          ...own.slice(0, outputs),
          ...kept.flatMap((list, j) =>
            list.map((value) => (i === j ? of(value) : prims.full(value.shape, 0, value.dtype))),
          ),
        ];
      }, primal.inputs).graph,
  );
  const results = bindAll('cond', { whenTrue: primals[0], whenFalse: primals[1] }, [
    predicate.value,
    ...known,
  ]);
  const keptValues = results.slice(outputs);
  const linears = parts.map(
    ({ primal, linear, residuals }, i) =>
      trace(
        (values) => {
          const own = values.slice(known.length + (i === 0 ? 0 : kept[0].length));
          const read = residuals.map((value) =>
            value.from === undefined ? values[primal.inputs.indexOf(value)] : own[kept[i].indexOf(value)],
          );
          return interpret<Tensor>(
            linear,
            [...read, ...values.slice(known.length + keptValues.length)],
            applyAgain,
          ).outputs;
        },
        [...known, ...keptValues, ...tangents],
      ).graph,
  );
  const derivatives = bindAll('cond', { whenTrue: linears[0], whenFalse: linears[1] }, [
    predicate.value,
    ...known,
    ...keptValues,
    ...tangents,
  ]);
  return pair(results.slice(0, outputs), moves, derivatives);
};

const whileRule: RegionRule<'whileLoop'> = ({ params }, duals, purpose) => {
  if (purpose !== 'run')
    throw new TypeError(
      'whileLoop: it has a derivative in forward mode alone (jvp), since how many rounds it takes is not known before: use scan, with cond where rounds are to be skipped',
    );
  const { test, body, consts } = params;
  const [constants, first] = cut(duals, [consts, duals.length - consts]);
  const { graph, captures, moves, fixed, start } = deriveRound(body, constants, first, [], purpose);
  const given = [fixed, start];
  const moving = given.map((part) => tangentsOf(part).length);
  const sizes = [fixed.length, first.length];
  const tangents = cut(graph.inputs.slice(fixed.length + first.length), moving);
  // the test has inputs for the tangents too, and for what rules close over, which it does not read
  const tested = [...graph.inputs.slice(0, captures.length), ...test.inputs];
  const results = bindAll(
    'whileLoop',
    {
      test: { ...test, inputs: zipped(cut(tested, sizes), tangents) },
      body: { ...graph, inputs: zipped(cut(graph.inputs, sizes), tangents) },
      consts: fixed.length + moving[0],
    },
    zipped(given.map(valuesOf), given.map(tangentsOf)),
  );
  return pair(results.slice(0, first.length), moves, results.slice(first.length));
};

/** A rule for every primitive that holds graphs. */
const regionRules: { readonly [K in RegionOp]: RegionRule<K> } = {
  call: callRule,
  scan: scanRule,
  cond: condRule,
  whileLoop: whileRule,
};

function regionRule<K extends RegionOp>(node: Apply<K>, duals: readonly Dual[], purpose: Purpose): Dual[] {
  const rule: RegionRule<K> = regionRules[node.op];
  return rule(node, duals, purpose);
}
