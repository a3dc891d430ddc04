// The engines by name, and the choice among them.
import { type Engine, setEngine } from '../graph/index.ts';
import { native } from './native/index.ts';
import { reference } from './reference/index.ts';
import { wasm } from './wasm/index.ts';

const engines: readonly Engine[] = [reference, native, wasm];

export const engineNames: readonly string[] = engines.map((engine) => engine.name);

/** Makes the engine called `name` run everything from now on. Throws RangeError for an unknown name. */
export function useEngine(name: string): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (!engine) throw new RangeError(`no engine is called '${name}'; there is ${engineNames.join(', ')}`);
  setEngine(engine);
  return engine;
}
