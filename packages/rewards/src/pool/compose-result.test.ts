import type { RewardResult } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { composeResult, type PartOutcome } from './compose-result.ts';

const result = (verdict: RewardResult['verdict'], score: number | null): RewardResult => ({
  verdict,
  score,
  parts: {},
  reasons: [],
});
const part = (name: string, outcome: PartOutcome['outcome'], change: Partial<PartOutcome> = {}): PartOutcome => ({
  name,
  weight: 1,
  verifies: false,
  outcome,
  ...change,
});
const right = part(
  'answer',
  { ...result('correct', 1), parts: { steps: 0.5 }, reasons: ['24 is 24'] },
  { verifies: true, weight: 2 },
);
const badShape = part('shape', result('incorrect', 0.25));
const broken = part('own', { failure: 'boom' }, { weight: 10 });

describe('composeResult', () => {
  it('adds weighted scores; the verifying part decides', () => {
    expect(composeResult([right, badShape], 'fail-sample')).toEqual({
      verdict: 'correct',
      score: 2.25,
      parts: { answer: 1, 'answer.steps': 0.5, shape: 0.25 },
      reasons: ['answer: 24 is 24'],
    });
  });

  it('is correct only when all verifying parts are; without one, all parts verify', () => {
    expect(composeResult([right, { ...badShape, verifies: true }], 'fail-sample').verdict).toBe('incorrect');
    expect(composeResult([{ ...right, verifies: false }, badShape], 'fail-sample').verdict).toBe('incorrect');
  });

  it('gives no score when a part failed', () => {
    expect(composeResult([right, broken], 'fail-sample')).toMatchObject({
      verdict: 'unverifiable',
      score: null,
      parts: { answer: 1, own: null },
      reasons: ['answer: 24 is 24', 'own: boom'],
    });
  });

  it('drops a failed part where told to, unless nothing is left to verify', () => {
    expect(composeResult([right, broken], 'drop-part')).toMatchObject({
      verdict: 'correct',
      score: 2,
      parts: { own: null },
    });
    expect(composeResult([{ ...broken, verifies: true }, badShape], 'drop-part').verdict).toBe('unverifiable');
    expect(composeResult([broken], 'drop-part').verdict).toBe('unverifiable');
  });

  it('takes a part that could not verify for a failed one', () => {
    const unsure = part('answer', result('unverifiable', null), { verifies: true });
    expect(composeResult([unsure, badShape], 'fail-sample').score).toBeNull();
    expect(composeResult([unsure, right], 'drop-part')).toMatchObject({ verdict: 'correct', score: 2 });
  });

  it('adds scores of steps where the parts agree on their number', () => {
    const stepwise = (name: string, stepScores: (number | null)[], weight: number): PartOutcome =>
      part(name, { ...result('correct', 1), stepScores }, { weight });
    const [one, two] = [stepwise('one', [1, null, null], 1), stepwise('two', [1, 0.5, null], 2)];
    expect(composeResult([one, two, badShape], 'fail-sample').stepScores).toEqual([3, 1, null]);
    const other = composeResult([one, stepwise('other', [1], 1)], 'fail-sample');
    expect(other).not.toHaveProperty('stepScores');
    expect(other.reasons).toEqual(['scores of steps are left out: the parts have 3, 1 of them']);
  });

  it('names one reason for parts that failed together', () => {
    const parts = [broken, part('shape', { failure: null })];
    expect(composeResult(parts, 'fail-sample')).toMatchObject({
      parts: { own: null, shape: null },
      reasons: ['own: boom'],
    });
  });
});
