// Run in a process of its own: keeps an output again and again while others keep the same, and reads it back each time.
import { Artefacts } from '../../../../src/lab/core/stages/artefacts.ts';

const [folder, count, size, start] = process.argv.slice(2);
const name = { stage: 'base', key: 'k', extension: 'bin' };
const bytes = new Uint8Array(Number(size)).fill(7);
const warnings: string[] = [];
let whole = 0;
for (let i = 0; i < Number(count); i++) {
  while (Date.now() < Number(start) + 8 * i); // all at once
  // a folder that nobody has made yet, each time
  const artefacts = new Artefacts(`${folder}/${i}/a/b`, 'here', (line) => warnings.push(line));
  artefacts.save(name, bytes);
  const found = artefacts.load(name);
  if (found?.length === bytes.length && found.every((byte) => byte === 7)) whole++;
}
process.stdout.write(JSON.stringify({ whole, warnings }));
