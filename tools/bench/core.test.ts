import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { coreBatch } from './core-batch.ts';
import { coreCases } from './core-estimators.ts';
import { digest, digestDistance } from './core-results.ts';

describe('the benchmark of core', () => {
  const batch = coreBatch({ sequences: 16, tokens: 1024 });

  it('has the same functions on both sides', () => {
    const script = readFileSync(new URL('core-peer.py', import.meta.url), 'utf8');
    const cases = /\nCASES = \{\n(.*?)\n\}/s.exec(script)?.[1] ?? '';
    const names = [...cases.matchAll(/^ {4}"(.*?)":/gm)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(Object.keys(coreCases).toSorted());
  });

  it.each(Object.entries(coreCases))('%s has a finite result with something in it', (_, run) => {
    const result = run(batch);
    const rows = typeof result[0] === 'number' ? [result as number[]] : (result as readonly ArrayLike<number>[]);
    const [, size] = digest(rows.flatMap((row) => Array.from(row)));
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(1e6);
  });
});

it('digests differ by the share that the values do, also over rows', () => {
  const whole = digest([1, 2, 3]);
  const [first, second] = [digest([1, 2]), digest([3], 2)];
  expect([first[0] + second[0], first[1] + second[1]]).toEqual(whole);
  expect(digestDistance(digest([100]), digest([101]))).toBeCloseTo(0.01, 9);
  expect(digestDistance(whole, digest([3, 2, 1]))).toBeGreaterThan(0.1);
});
