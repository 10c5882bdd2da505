import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreEfficiency } from './efficiency-score.ts';
import { javascriptStyle } from './style/javascript-style.ts';
import { scoreStyle, type StyleFacts } from './style/style-score.ts';

describe('scoreEfficiency', () => {
  const limits = { allowedRatio: 2, worstRatio: 32 };
  const at = (solutionMs: number, referenceMs = 10) => [{ n: 1, solutionMs, referenceMs }];

  it.each([
    [5, 1],
    [20, 1],
    // ln(4) / ln(16) of the way down
    [80, 0.5],
    [320, 0],
    [10_000, 0],
  ])('%d ms against 10 ms is %f', (solutionMs, score) => {
    expect(scoreEfficiency(at(solutionMs), limits).score).toBeCloseTo(score, 12);
  });

  it('takes times below ten milliseconds for ten', () => {
    expect(scoreEfficiency(at(0.001, 9), limits)).toMatchObject({ ratio: 1, score: 1 });
    expect(scoreEfficiency(at(-3, -1), limits).ratio).toBe(1);
  });

  it('tells a quadratic program from a linear one by its growth', () => {
    const samples = [1, 2, 4].map((n) => ({ n, solutionMs: 10 * n * n, referenceMs: 10 * n }));
    expect(scoreEfficiency(samples, limits)).toMatchObject({ ratio: 2, growth: 1 });
  });

  it('is between 0 and 1, and never better for more time', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (a, b) => {
          const [fast, slow] = [Math.min(a, b), Math.max(a, b)].map((time) => scoreEfficiency(at(time), limits).score);
          expect(fast).toBeGreaterThanOrEqual(slow!);
          expect(slow).toBeGreaterThanOrEqual(0);
          expect(fast).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('scoreStyle', () => {
  const clean: StyleFacts = {
    lines: 5,
    longestLine: 40,
    functions: 1,
    longestFunction: 5,
    complexity: 2,
    documented: 0,
    unusedNames: [],
    unusedImports: [],
    bareExcepts: 0,
    mutableDefaults: 0,
    evals: 0,
    starImports: 0,
    globals: 0,
  };
  const limits = { lineLength: 80, functionLines: 30, complexity: 5, requireDocstring: false };

  it('takes a tenth for a finding, two for more of a kind', () => {
    expect(scoreStyle(clean, limits)).toEqual({ score: 1, findings: [] });
    expect(scoreStyle({ ...clean, bareExcepts: 1 }, limits).score).toBe(0.9);
    expect(scoreStyle({ ...clean, bareExcepts: 7 }, limits).score).toBe(0.8);
    expect(scoreStyle({ ...clean, longestLine: 81 }, limits).findings).toEqual(['a line of 81 characters (-0.1)']);
    expect(scoreStyle({ ...clean, longestLine: 161 }, limits).score).toBe(0.8);
    expect(scoreStyle(clean, { ...limits, requireDocstring: true }).score).toBe(0.9);
  });

  it('is never below 0', () => {
    const worst = Object.fromEntries(
      Object.keys(clean).map((key) => [key, key.startsWith('unused') ? ['a', 'b'] : 999]),
    ) as unknown as StyleFacts;
    expect(scoreStyle(worst, limits).score).toBe(0);
  });
});

describe('javascriptStyle', () => {
  const limits = { lineLength: 80, functionLines: 30, complexity: 3, requireDocstring: false };
  const findings = async (code: string, language: 'javascript' | 'typescript' = 'javascript') =>
    (await javascriptStyle(code, { language, ...limits })).findings;

  it('reads the syntax tree', async () => {
    expect(await findings('function f(a) {\n  const unused = 1;\n  return eval(a);\n}')).toEqual([
      'unused names: unused (-0.1)',
      'eval or exec (-0.1)',
    ]);
    expect(await findings('const f = (a) => (a && a.b ? (a.c || a.d) : 0);\nf();')).toEqual([
      'a function of complexity 4 (-0.1)',
    ]);
    expect(await findings('const x: number = 1;\nconsole.log(x);', 'typescript')).toEqual([]);
  });

  it('wants comments where documentation is asked for', async () => {
    const asked = { language: 'javascript', ...limits, requireDocstring: true } as const;
    expect((await javascriptStyle('// Doubles.\nfunction f(a) {\n  return 2 * a;\n}', asked)).score).toBe(1);
    expect((await javascriptStyle('function f(a) {\n  return 2 * a;\n}', asked)).score).toBe(0.9);
  });

  it('gives nothing for what does not parse', async () => {
    expect(await javascriptStyle('let = ;', { language: 'javascript', ...limits })).toMatchObject({ score: 0 });
    expect(await javascriptStyle('let x: = ;', { language: 'typescript', ...limits })).toMatchObject({ score: 0 });
  });
});
