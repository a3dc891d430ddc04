// Run in a process of its own: loads a small library, and prints what it computes or what went wrong.
import { answer } from './answer.ts';

const [what, source] = process.argv.slice(2);
process.stdout.write(JSON.stringify(answer(what, source)));
