import { fileURLToPath } from 'node:url';
import type { TrajectoryGroup } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { group, task } from '../testing/requests.ts';
import { createRewardPool } from './reward-pool.ts';
import type { RewardStats } from './reward-stats.ts';

const baseDirectory = fileURLToPath(new URL('../testing', import.meta.url));

const total = 50_000;
const groupSize = 16;

/** Faults by the number of samples in a hundred thousand that have it. */
const faults = { hang: 40, never: 20, exit: 100, memory: 20, throw: 1000, nonsense: 1000, slow: 1000 };

type Fault = keyof typeof faults;

const outcomeOf: Readonly<Record<Fault | 'ok', string>> = {
  ok: 'correct',
  slow: 'correct',
  throw: 'unverifiable: a fault',
  nonsense: 'unverifiable: the verdict is "perhaps"',
  hang: 'unverifiable: passed the deadline',
  never: 'unverifiable: passed the deadline',
  exit: 'unverifiable: ended its thread',
  // On a busy machine its time may be over before its memory is.
  memory: 'unverifiable: ran out of memory|passed the deadline',
};

describe('the pool over a long time', () => {
  it('accounts for every one of 50,000 samples with random faults, in bounded memory', {
    timeout: 300_000,
  }, async () => {
    const statistics: RewardStats[] = [];
    const config = rewardsConfig.parse({
      workers: 2,
      timeoutMs: 1000,
      memoryLimitMb: 32,
      domains: {
        math: { tags: ['math'], rewards: { answer: { type: 'math_rule' } } },
        chaos: { tags: ['chaos'], rewards: { own: { type: 'module', module: './chaotic-reward.mjs' } } },
      },
    });
    const pool = await createRewardPool(config, { baseDirectory, onStats: (stats) => statistics.push(stats) });
    const random = xoroshiro128plus(7);
    const rightAnswer = (): boolean => uniformInt(random, 0, 1) === 1;
    const drawn = (): Fault | 'ok' => {
      let left = uniformInt(random, 0, 99_999);
      for (const [name, share] of Object.entries(faults)) {
        if (left < share) return name as Fault;
        left -= share;
      }
      return 'ok';
    };
    const makeGroup = (index: number): { group: TrajectoryGroup; expected: string[] } => {
      if (index % 2 === 0) {
        const right = Array.from({ length: groupSize }, rightAnswer);
        return {
          group: group(
            { ...task('math', '24'), id: `math-${index}` },
            right.map((isRight, i) => `${i} steps, so \\boxed{${isRight ? '48/2' : '25'}}`),
          ),
          expected: right.map((isRight) => (isRight ? 'correct' : 'incorrect')),
        };
      }
      const acts = Array.from({ length: groupSize }, drawn);
      return {
        group: group(
          { ...task('chaos'), id: `chaos-${index}` },
          acts.map((act, i) => `${act} ${i}`),
        ),
        expected: acts.map((act) => outcomeOf[act]),
      };
    };
    const residentMb: number[] = [];
    let next = 0;
    let scored = 0;
    // Three callers at once, as rollouts that finish at different times would be.
    const caller = async (): Promise<void> => {
      while (next < total / groupSize) {
        const batch = Array.from({ length: Math.min(64, total / groupSize - next) }, () => makeGroup(next++));
        const answers = await pool.score(batch.map((one) => one.group));
        for (const [index, { results }] of answers.entries()) {
          const { expected } = batch[index]!;
          const told = results.map(({ verdict, reasons }, i) => {
            const wanted = expected[i]!;
            const [, why] = wanted.split(': ');
            if (why === undefined) return verdict;
            const isRight = why.split('|').some((start) => reasons[0]?.startsWith(`own: ${start}`));
            return verdict === 'unverifiable' && isRight ? wanted : reasons[0];
          });
          expect(told).toEqual(expected);
          scored += results.length;
        }
        residentMb.push(process.memoryUsage().rss / 2 ** 20);
      }
    };
    await Promise.all([caller(), caller(), caller()]);
    await pool.close();
    expect(scored).toBe(total);
    expect(statistics.reduce((sum, { samples }) => sum + samples, 0)).toBe(total);
    expect(statistics.reduce((sum, { timeouts, crashes }) => sum + timeouts + crashes, 0)).toBeGreaterThan(20);
    // Threads of 32 MB each, and what the test itself holds; a leak of a kilobyte a sample would be 50 MB more.
    const tenth = Math.floor(residentMb.length / 10);
    const most = (some: readonly number[]): number => Math.max(...some);
    expect(most(residentMb.slice(-tenth)) - most(residentMb.slice(tenth, 3 * tenth))).toBeLessThan(150);
  });
});
