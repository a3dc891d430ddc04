// The engines by name, and the choice among them.
import { type Engine, EngineError, getEngine, setEngine } from '../graph/index.ts';
import { arg, checked } from '../tensor/index.ts';
import { engines, preference } from './all.ts';
import { reference } from './reference/index.ts';

export { threadCount, useThreads } from './threads.ts';

const all = (): string => engines.map(({ name }) => name).join(', ');

/** The engines that can run on this machine. */
export const engineNames = (): string[] =>
  engines.filter((engine) => engine.unavailable?.() === undefined).map(({ name }) => name);

/** The engine called `name`, if it can run here. Throws RangeError for an unknown name, EngineError if it cannot. */
function engineCalled(name: string, source: string): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (!engine) throw new RangeError(`${source}no engine is called '${name}'; there is ${all()}`);
  const why = engine.unavailable?.();
  if (why === undefined) return engine;
  const others = engineNames().join(' or ');
  throw new EngineError(
    `${source}the ${name} engine cannot run here (${why}); mend that, or choose ${others}`,
  );
}

/** What defaultEngine found: an engine, and why it is none of those that are preferred to it. */
let byDefault: { readonly engine: Engine; readonly reasons: readonly string[] } | undefined;

/** Makes the engine called `name` run everything from now on. Throws RangeError for an unknown name. */
export const useEngine = checked('useEngine', [arg.text('name')], (name: string): Engine => {
  const engine = engineCalled(name, '');
  byDefault = undefined;
  setEngine(engine);
  return engine;
});

/** What UMBRA_ENGINE names, or else the best that can run here. Throws as useEngine does. */
export function defaultEngine(): Engine {
  const asked = globalThis.process?.env?.UMBRA_ENGINE;
  if (asked) return engineCalled(asked, 'UMBRA_ENGINE: ');
  const reasons: string[] = [];
  const engine = preference.find((candidate) => {
    const why = candidate.unavailable?.();
    if (why !== undefined) reasons.push(why);
    return why === undefined;
  });
  byDefault = { engine: engine ?? reference, reasons };
  return byDefault.engine;
}

/** The engine that runs everything, with all that its bits depend on. */
export function identifyEngine(): string {
  const { name, bits } = getEngine();
  return bits ? `${name} (${bits()})` : name;
}

/** The engine that runs everything, with what it runs on, and why no better one: "native (gcc 12.2.0, AVX2)". */
export function describeEngine(): string {
  const engine = getEngine();
  const reasons = byDefault?.engine === engine ? byDefault.reasons : [];
  const notes = [...reasons, engine.describe?.() ?? ''].filter((note) => note !== '');
  return notes.length === 0 ? engine.name : `${engine.name} (${notes.join('; ')})`;
}
