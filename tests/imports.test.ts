// Which file knows which: no circles, not even where only types go round.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/** The files that `text`, the file `name`, imports or hands on, types too. */
const importsOf = (name: string, text: string): string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path]) =>
    posix.join(posix.dirname(name), path),
  );

/** A circle of `imports`, as the files along it, if there is one. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(name)) return [...above.slice(above.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of imports.get(name) ?? []) {
      const circle = visit(next, [...above, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of imports.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

test('a circle is found, of types too, behind files that are in none', () => {
  const files = {
    'a.ts': "import { b } from './b/b.ts';",
    'b/b.ts': "import type { C } from '../c.ts';\nimport { d } from './d.ts';",
    'b/d.ts': "export const d = 'from nowhere';",
    'c.ts': "export {\n  type B,\n} from './b/b.ts';",
  };
  const imports = new Map(Object.entries(files).map(([name, text]) => [name, importsOf(name, text)]));
  expect(circleIn(imports)).toEqual(['b/b.ts', 'c.ts', 'b/b.ts']);
  imports.set('c.ts', []);
  expect(circleIn(imports)).toBeUndefined();
});

test('no files of src import each other in a circle', () => {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imports = new Map(names.map((name) => [name, importsOf(name, readFileSync(source + name, 'utf8'))]));
  expect([...imports.values()].flat().filter((name) => !imports.has(name))).toEqual([]); // none is misread
  expect(imports.get('graph/index.ts')).toContain('graph/key.ts');
  expect(circleIn(imports)).toBeUndefined();
});
