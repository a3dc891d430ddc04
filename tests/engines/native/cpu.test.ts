// What /proc/cpuinfo says of a CPU.
import { arch } from 'node:os';
import { describe, expect, test } from 'vitest';
import { features, parseCpuInfo, vectorsOf } from '../../../src/engines/native/cpu.ts';

const core = (flags: string): string =>
  `processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 85\nmodel name\t: Some CPU\ncpu MHz\t\t: 2000.1\nflags\t\t: ${flags}\nbogomips\t: 1\n`;

describe('A CPU', () => {
  test('is known by its model and flags, and not by its clock', () => {
    const one = parseCpuInfo(`${core('fpu sse avx2 fma')}\n${core('other')}`);
    expect(one).toEqual({
      arch: arch(),
      model: 'vendor_id GenuineIntel, model 85, model name Some CPU',
      flags: ['fpu', 'sse', 'avx2', 'fma'],
    });
    expect(parseCpuInfo(core('fpu sse avx2 fma').replace('2000.1', '3000'))).toEqual(one);
  });

  test.each([
    ['avx512', 'x64', 'sse2 avx2 fma avx512f avx512bw avx512dq avx512vl'],
    ['avx2', 'x64', 'sse2 avx2 fma avx512f'],
    ['avx2', 'x64', 'avx2 fma'],
    ['none', 'x64', 'avx2'],
    ['none', 'x64', 'sse2'],
    ['neon', 'arm64', 'fp asimd'],
    ['none', 's390x', ''],
  ])('has the vectors %s on %s with %j', (expected, kind, flags) => {
    expect(vectorsOf({ arch: kind, model: '', flags: flags.split(' ') })).toBe(expected);
  });

  test('is there', () => {
    expect(['avx512', 'avx2', 'neon', 'none']).toContain(features());
  });
});
