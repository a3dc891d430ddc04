// From where to where in a program each buffer is needed.
import { type Life, touch } from './memory.ts';
import type { Buffer } from './scalar.ts';
import type { Step, Steps } from './steps.ts';
import type { Written } from './written.ts';

/** What a step touches. */
interface Touching {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly written: Written;
}

/** The lives of all buffers that `steps` touch, by where they lie. Steps count in their order, those in loops once. */
export function livesIn(steps: Steps<Touching>, homeOf: (buffer: Buffer) => Buffer): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  const wholes = new Map<Buffer, Buffer>(); // what slices are of
  let at = 0;
  const need = (buffer: Buffer): void => {
    for (let it: Buffer | undefined = buffer; it; it = wholes.get(homeOf(it))) touch(lives, homeOf(it), at);
  };
  const loops: Life[] = []; // inner ones before those around them
  const loop = (fill: () => void): void => {
    const from = at;
    fill();
    loops.push({ from, to: at });
  };
  const visit = (step: Step<Touching>): void => {
    switch (step.kind) {
      case 'leaf':
        for (const buffer of [...step.leaf.reads, ...step.leaf.writes, ...step.leaf.written.shared])
          need(buffer);
        break;
      case 'repeat':
      case 'parallel':
        for (const { entry, of } of step.slices) wholes.set(homeOf(entry), of);
        loop(() => step.body.forEach(visit));
        break;
      case 'branch':
        need(step.predicate);
        at++;
        step.whenTrue.forEach(visit);
        step.whenFalse.forEach(visit);
        break;
      case 'while':
        loop(() => {
          step.test.forEach(visit);
          need(step.predicate);
          at++;
          step.body.forEach(visit);
        });
        break;
    }
    at++;
  };
  steps.forEach(visit);
  // what a loop shares with what is outside lives through all of it: another round needs it again
  for (const { from, to } of loops)
    for (const [buffer, life] of lives) {
      const inside = life.from >= from && life.to <= to;
      if (!inside && life.from <= to && life.to >= from)
        lives.set(buffer, { from: Math.min(life.from, from), to: Math.max(life.to, to) });
    }
  return lives;
}
