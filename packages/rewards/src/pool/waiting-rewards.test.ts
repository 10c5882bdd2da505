import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RewardFunction, RewardResult, RewardScorer } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { group, task } from '../testing/requests.ts';
import { createRewardPool, type RewardPoolOptions } from './reward-pool.ts';
import type { RewardStats } from './reward-stats.ts';

const baseDirectory = fileURLToPath(new URL('../testing', import.meta.url));
const waiting = { type: 'module', module: './waiting-reward.mjs' };

let open: RewardScorer[] = [];
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()));
  open = [];
});

async function start(domain: object, options: RewardPoolOptions = {}): Promise<RewardScorer> {
  const domains = { own: { tags: ['own'], rewards: { own: waiting }, ...domain } };
  const pool = await createRewardPool(rewardsConfig.parse({ domains }), { baseDirectory, ...options });
  open.push(pool);
  return pool;
}

async function results(pool: RewardScorer, responses: readonly string[]): Promise<readonly RewardResult[]> {
  const [scored] = await pool.score([group(task('own'), responses)]);
  return scored!.results;
}

function number(result: RewardResult | undefined, what: string): number {
  const reason = result?.reasons.find((line) => line.includes(what)) ?? '';
  return Number(reason.split(': ').at(-1));
}

describe('rewards that wait in threads', () => {
  it('are asked many at a time in one thread', async () => {
    const pool = await start({ concurrency: 8 });
    const all = await results(pool, Array<string>(40).fill('wait'));
    const most = Math.max(...all.map((result) => number(result, 'in flight')));
    expect(all.map(({ score }) => score)).toEqual(Array(40).fill(1));
    expect([most > 1, most <= 8]).toEqual([true, true]);
    // One thread served them all.
    expect(Math.max(...all.map((result) => number(result, 'calls')))).toBe(40);
  });

  it('end by their signal alone, and the thread goes on', async () => {
    const pool = await start({ concurrency: 8, timeoutMs: 400 });
    const [never, heeding, ...fine] = await results(pool, ['never', 'heed', 'wait', 'wait', 'wait']);
    for (const late of [never, heeding]) {
      expect(late).toMatchObject({ verdict: 'unverifiable', reasons: ['own: passed the deadline of 400 ms'] });
    }
    expect(fine.map(({ score }) => score)).toEqual([1, 1, 1]);
    expect(number((await results(pool, ['wait']))[0], 'calls')).toBe(6);
  });

  it('that block their thread end with it and cost no neighbour', async () => {
    const pool = await start({ concurrency: 8, timeoutMs: 500 });
    const all = await results(pool, ['wait long', 'block', 'wait long', 'exit', 'wait', 'wait']);
    expect(all.map(({ score }) => score)).toEqual([1, null, 1, null, 1, 1]);
    expect(all[1]?.reasons).toEqual(['own: passed the deadline of 500 ms; its thread was ended']);
    expect(all[3]?.reasons[0]).toContain('process.exit with code 3');
    expect((await results(pool, ['wait']))[0]?.score).toBe(1);
  });

  it('are not late because of what another one computed', async () => {
    const pool = await start({ concurrency: 8, timeoutMs: 400 });
    const all = await results(pool, ['wait long', 'block a while', 'wait long', 'wait long']);
    expect(all.map(({ score }) => score)).toEqual([1, 1, 1, 1]);
  });
});

describe('domains with threads of their own', () => {
  it('keep their own deadline and do not wait for others', async () => {
    const config = rewardsConfig.parse({
      workers: 1,
      timeoutMs: 60_000,
      domains: {
        slow: { tags: ['slow'], rewards: { own: waiting }, timeoutMs: 300 },
        quick: { tags: ['quick'], rewards: { own: waiting }, workers: 1 },
      },
    });
    const pool = await createRewardPool(config, { baseDirectory });
    open.push(pool);
    const done: string[] = [];
    const slow = pool.score([group(task('slow'), ['never', 'never'])]).then((scored) => {
      done.push('slow');
      return scored;
    });
    const quick = pool.score([group(task('quick'), ['wait'])]).then((scored) => {
      done.push('quick');
      return scored;
    });
    expect((await quick)[0]?.rewards).toEqual([1]);
    expect((await slow)[0]?.results[0]?.reasons).toEqual(['own: passed the deadline of 300 ms; its thread was ended']);
    expect(done).toEqual(['quick', 'slow']);
  });
});

describe('local rewards', () => {
  const local = { type: 'local', name: 'judge' };
  const judge: RewardFunction = async ({ responseText }, { signal }) => {
    if (responseText === 'throw') throw new Error('no engine');
    if (responseText === 'never') await new Promise(() => undefined);
    if (responseText === 'heed') await sleep(100_000, undefined, { signal });
    await sleep(1);
    return { verdict: 'correct', score: 1, parts: {}, reasons: [] };
  };

  it('run here, with a deadline, beside parts in threads', async () => {
    const statistics: RewardStats[] = [];
    const pool = await start(
      { rewards: { own: waiting, judge: { ...local, weight: 0.5 } }, timeoutMs: 300 },
      { local: { judge }, onStats: (stats) => statistics.push(stats) },
    );
    const all = await results(pool, ['fine', 'throw', 'never', 'heed']);
    expect(all.map(({ score }) => score)).toEqual([1.5, null, null, null]);
    expect(all[1]?.reasons).toContain('judge: no engine');
    expect(all[2]?.reasons).toContain('judge: passed the deadline of 300 ms');
    expect(all[3]?.reasons).toContain('judge: passed the deadline of 300 ms');
    // "never" and "heed" are late in both of their parts.
    expect(statistics[0]?.domains['own']).toMatchObject({ samples: 4, timeouts: 2, errors: 1 });
  });

  it('may compare a group', async () => {
    const pool = await start(
      { rewards: { judge: { ...local, scope: 'group' } } },
      {
        local: {
          judge: (requests: readonly unknown[]) =>
            requests.map((_, index) => ({ verdict: 'incorrect' as const, score: index, parts: {}, reasons: [] })),
        },
      },
    );
    expect((await results(pool, ['a', 'b', 'c'])).map(({ score }) => score)).toEqual([0, 1, 2]);
  });

  it('are refused when nobody hands them in', async () => {
    await expect(start({ rewards: { judge: local } }, { local: { other: judge } })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('no local reward "judge" (given: other)') as string,
    });
  });

  it('stop when the call is stopped', async () => {
    const pool = await start({ rewards: { judge: local }, timeoutMs: 60_000 }, { local: { judge } });
    const controller = new AbortController();
    const work = pool.score([group(task('own'), ['never', 'heed'])], { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(work).rejects.toMatchObject({ kind: 'interrupted' });
    expect((await results(pool, ['fine']))[0]?.score).toBe(1);
  });
});

describe('rewards of groups', () => {
  const comparing = { ...waiting, export: 'comparing', scope: 'group' };

  it('see all responses to a task', async () => {
    const pool = await start({ rewards: { rank: { ...comparing, options: { divisor: 2 } } } });
    const scored = await pool.score([group(task('own'), ['ccc', 'a', 'bb']), group(task('own'), ['x'])]);
    expect(scored.map(({ rewards }) => rewards)).toEqual([[1, 0, 0.5], [0]]);
  });

  it.each([
    ['throw', 'no comparison'],
    ['too few', 'the reward returned 1 results for 3 responses'],
    ['nonsense', 'the reward returned "x"; it must return a number, null, or { verdict, score }'],
    ['hang', 'passed the deadline of 300 ms; its thread was ended'],
  ])('lose the whole group, and only it, when they do this: %s', async (act, reason) => {
    const pool = await start({ rewards: { rank: comparing }, timeoutMs: 300 });
    const [broken, fine] = await pool.score([
      group(task('own'), ['a', act, 'c']),
      group(task('own'), ['ccc', 'a', 'bb']),
    ]);
    expect(broken?.rewards).toEqual([null, null, null]);
    for (const result of broken!.results) expect(result.reasons[0]).toContain(reason);
    expect(fine?.rewards).toEqual([2, 0, 1]);
  });

  it('are refused where single responses are meant, and the other way around', async () => {
    await expect(start({ rewards: { rank: { ...comparing, scope: 'sample' } } })).rejects.toThrow(/scope: group/);
    await expect(start({ rewards: { own: { ...waiting, scope: 'group' } } })).rejects.toThrow(/single responses/);
  });
});
