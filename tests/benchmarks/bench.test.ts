// The command as users meet it, where it fails: one line, and nothing measured.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Child } from '../../benchmarks/child.ts';
import { defaultEngines } from '../../benchmarks/options.ts';
import { program } from '../helpers/program.ts';

function bench(...args: string[]): { code: number | null; lines: string[] } {
  const { status, stderr } = spawnSync(process.execPath, program('benchmarks/bench.ts', ...args), {
    encoding: 'utf8',
  });
  return { code: status, lines: stderr.trim().split('\n') };
}

describe('npm run bench', () => {
  test.each([
    [['--only', 'W9'], "'W9' is none of W1, W2, W3, W4, W5"],
    [['--peers', 'numpy'], "'numpy' is none of torch, jax"],
    [['--rounds', '0'], 'must be a whole number from 1 to 1000'],
    [['--turbo'], "unknown option '--turbo'"],
  ])('refuses %s in one line', (args, why) => {
    const { code, lines } = bench(...args);
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(why);
    expect(lines[0]).toContain('npm run bench -- --help');
  });

  test('names an engine that is not there in one line, and stops where nothing is left', () => {
    const { code, lines } = bench('--engines', 'quantum', '--peers', 'none');
    expect(code).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^quantum: no engine is called 'quantum'/);
    expect(lines[1]).toContain('no runner is left');
  });

  test('times compiled engines, and the reference only where there is no other', () => {
    expect(defaultEngines(['reference', 'native', 'wasm'])).toEqual(['native', 'wasm']);
    expect(defaultEngines(['reference'])).toEqual(['reference']);
  });
});

describe('a child process', () => {
  const run = (program: string) => new Child([process.execPath, '-e', program], process.env);

  test('answers line for line', async () => {
    const child = run(
      "require('readline').createInterface(process.stdin).on('line', (x) => console.log(2 * x))",
    );
    expect(await child.ask('21', 20)).toBe('42');
    expect(await child.ask('4', 20)).toBe('8');
    child.stop();
  });

  test('that ends says how, with the last line of its complaint', async () => {
    const child = run("console.error('first'); console.error('no such thing'); process.exitCode = 3");
    await expect(child.ask('1', 20)).rejects.toThrow('ended with code 3: no such thing');
    await expect(child.ask('2', 20)).rejects.toThrow('ended with code 3');
  });

  test('that cannot be started says so', async () => {
    await expect(new Child(['/nowhere/to/be/found'], {}).line(20)).rejects.toThrow('ENOENT');
  });

  test('that does not answer is given up', async () => {
    await expect(run('setInterval(() => {}, 1000)').line(0.2)).rejects.toThrow('no answer within 0.2 s');
  });
});
