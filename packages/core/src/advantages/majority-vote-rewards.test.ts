import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { majorityVoteRewards } from './majority-vote-rewards.ts';

describe('majorityVoteRewards', () => {
  it('rewards agreement with the majority', () => {
    expect(majorityVoteRewards(['4', '5', '4'])).toEqual({ rewards: [1, 0, 1], answer: '4', votes: 2, tied: false });
  });

  it('lets all vote and rewards the first samples', () => {
    expect(majorityVoteRewards(['5', '4', '4', '4'], { trainedSamples: 2 })).toEqual({
      rewards: [0, 1],
      answer: '4',
      votes: 3,
      tied: false,
    });
    expect(majorityVoteRewards(['4'], { trainedSamples: 0 }).rewards).toEqual([]);
  });

  it('breaks a tie for the answer seen first, or calls it no verdict', () => {
    const answers = ['5', '4', '4', '5', '3'];
    expect(majorityVoteRewards(answers)).toEqual({ rewards: [1, 0, 0, 1, 0], answer: '5', votes: 2, tied: true });
    expect(majorityVoteRewards(answers, { tie: 'unverifiable' })).toEqual({
      rewards: [null, null, null, null, null],
      answer: null,
      votes: 2,
      tied: true,
    });
  });

  it('does not let missing answers vote, and counts them as wrong', () => {
    expect(majorityVoteRewards([null, null, '4'])).toEqual({ rewards: [0, 0, 1], answer: '4', votes: 1, tied: false });
  });

  it('knows nothing where nobody answered', () => {
    expect(majorityVoteRewards([null, null])).toEqual({ rewards: [null, null], answer: null, votes: 0, tied: false });
    expect(majorityVoteRewards([])).toEqual({ rewards: [], answer: null, votes: 0, tied: false });
  });

  it('takes the empty text and names of object members for answers', () => {
    expect(majorityVoteRewards(['', '', 'toString']).answer).toBe('');
    expect(majorityVoteRewards(['__proto__', '__proto__', '1']).rewards).toEqual([1, 1, 0]);
  });

  it.each([-1, 3, 0.5, Number.NaN])('refuses to train on %s of two samples', (trainedSamples) => {
    expect(() => majorityVoteRewards(['1', '2'], { trainedSamples })).toThrow(RangeError);
  });

  it('gives as many rewards as the winner has votes, and no other answer has more', () => {
    const answers = fc.array(fc.option(fc.constantFrom('a', 'b', 'c')), { maxLength: 12 });
    fc.assert(
      fc.property(answers, (given) => {
        const { rewards, votes, tied, answer } = majorityVoteRewards(given);
        const counts = ['a', 'b', 'c'].map((one) => given.filter((other) => other === one).length);
        expect(votes).toBe(Math.max(...counts));
        expect(tied).toBe(votes > 0 && counts.filter((count) => count === votes).length > 1);
        if (answer !== null) expect(rewards.reduce<number>((sum, reward) => sum + (reward ?? 0), 0)).toBe(votes);
      }),
    );
  });
});
