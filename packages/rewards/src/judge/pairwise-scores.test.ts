import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bradleyTerryScores, choosePairs, eloScores, type Match } from './pairwise-scores.ts';

const match = (first: number, second: number, outcome: number): Match => ({ first, second, outcome });

describe('bradleyTerryScores', () => {
  it('gives two contestants the ratio of their wins', () => {
    const [a, b] = bradleyTerryScores(2, [match(0, 1, 1), match(0, 1, 1), match(1, 0, 1)], { prior: 0 });
    expect(a! - b!).toBeCloseTo(Math.log(2), 10);
    expect(a! + b!).toBeCloseTo(0, 10);
  });

  it('solves three contestants', () => {
    // 0 : 1 = 3 : 1 and 1 : 2 = 3 : 1, nothing between 0 and 2: strengths 9 : 3 : 1, geometric mean 3.
    const matches = [1, 1, 1, 0].flatMap((outcome) => [match(0, 1, outcome), match(1, 2, outcome)]);
    const strengths = bradleyTerryScores(3, matches, { prior: 0 }).map(Math.exp);
    expect(strengths[0]).toBeCloseTo(3, 6);
    expect(strengths[1]).toBeCloseTo(1, 6);
    expect(strengths[2]).toBeCloseTo(1 / 3, 6);
  });

  it('holds those who won all of theirs by the prior', () => {
    // One win, a = 1: 2 = p² / (p² + 1) + 2p / (p + 1), by symmetry p₁ = 1 / p₂.
    const [a, b] = bradleyTerryScores(2, [match(0, 1, 1)], { prior: 1 });
    const p = Math.exp(a!);
    expect((p * p) / (p * p + 1) + (2 * p) / (p + 1)).toBeCloseTo(2, 10);
    expect(b).toBeCloseTo(-a!, 10);
    expect(bradleyTerryScores(2, [match(0, 1, 0.5)])).toEqual([0, 0]);
  });

  it('leaves those who did not play at 0, and has nothing to say about nobody', () => {
    expect(bradleyTerryScores(3, [match(0, 1, 1)])[2]).toBe(0);
    expect(bradleyTerryScores(1, [])).toEqual([0]);
    expect(bradleyTerryScores(0, [])).toEqual([]);
  });

  it('is finite, and puts who won more of a full round robin first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 10, maxLength: 10 }), (outcomes) => {
        const matches = choosePairs(5, 'all', 0).map(([i, j], index) => match(i, j, outcomes[index]!));
        const wins = [0, 1, 2, 3, 4].map((i) =>
          matches.reduce((sum, m) => sum + (m.first === i ? m.outcome : m.second === i ? 1 - m.outcome : 0), 0),
        );
        const strengths = bradleyTerryScores(5, matches);
        expect(strengths.every(Number.isFinite)).toBe(true);
        for (let i = 0; i < 5; i++) {
          for (let j = 0; j < 5; j++) if (wins[i]! > wins[j]!) expect(strengths[i]!).toBeGreaterThan(strengths[j]!);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('eloScores', () => {
  it('moves half of K for a win among equals, nothing for a tie', () => {
    expect(eloScores(2, [match(0, 1, 1)])).toEqual([1516, 1484]);
    expect(eloScores(2, [match(0, 1, 0.5)])).toEqual([1500, 1500]);
    expect(eloScores(3, [match(2, 1, 0)], { kFactor: 10, initial: 0 })).toEqual([0, 5, -5]);
  });

  it('follows the formula over two matches', () => {
    // Second match: expected 1 / (1 + 10^(-32/400)) = 0.5459; 16 + 32 * 0.4541 = 30.53.
    const [a, b] = eloScores(2, [match(0, 1, 1), match(0, 1, 1)]);
    expect(a).toBeCloseTo(1530.53, 2);
    expect(b).toBeCloseTo(1469.47, 2);
  });

  it('does not depend on the order of the list much, and not at all on chance', () => {
    const matches = [match(0, 1, 1), match(1, 2, 1), match(2, 0, 1), match(0, 1, 0)];
    expect(eloScores(3, matches, { seed: 5 })).toEqual(eloScores(3, matches, { seed: 5 }));
    const sum = eloScores(3, matches).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(4500, 6);
  });
});

describe('choosePairs', () => {
  it('lists all pairs', () => {
    expect(choosePairs(3, 'all', 0)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(choosePairs(1, 'all', 0)).toEqual([]);
    expect(choosePairs(0, 5, 0)).toEqual([]);
  });

  it('chooses so many, connected, by the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 80 }), fc.nat(), (count, most, seed) => {
        const pairs = choosePairs(count, most, seed);
        expect(pairs).toEqual(choosePairs(count, most, seed));
        expect(pairs.length).toBe(Math.min(most, (count * (count - 1)) / 2));
        expect(new Set(pairs.map(String)).size).toBe(pairs.length);
        expect(pairs.every(([i, j]) => i < j)).toBe(true);
        if (most < count - 1) return;
        const reached = new Set([0]);
        for (let round = 0; round < count; round++) {
          for (const [i, j] of pairs) {
            if (reached.has(i)) reached.add(j);
            if (reached.has(j)) reached.add(i);
          }
        }
        expect(reached.size).toBe(count);
      }),
    );
  });
});
