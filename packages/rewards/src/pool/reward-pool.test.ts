import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRlloomError, type RewardResult, type RewardScorer, type RlloomError } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { group, task } from '../testing/requests.ts';
import { createRewardPool, type RewardPoolOptions } from './reward-pool.ts';
import { rewardMetrics, type RewardStats } from './reward-stats.ts';

const baseDirectory = fileURLToPath(new URL('../testing', import.meta.url));
const troublesome = { type: 'module', module: './troublesome-reward.mjs' };

let open: RewardScorer[] = [];
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()));
  open = [];
});

async function start(config: object = {}, options: RewardPoolOptions = {}): Promise<RewardScorer> {
  const parsed = rewardsConfig.parse({
    workers: 2,
    timeoutMs: 1000,
    memoryLimitMb: 64,
    domains: { own: { tags: ['own'], rewards: { own: troublesome } } },
    ...config,
  });
  const pool = await createRewardPool(parsed, { baseDirectory, ...options });
  open.push(pool);
  return pool;
}

async function results(pool: RewardScorer, responses: readonly string[]): Promise<readonly RewardResult[]> {
  const [scored] = await pool.score([group(task('own'), responses)]);
  return scored!.results;
}

async function failure(work: Promise<unknown>): Promise<RlloomError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRlloomError(error)) throw new Error(`not refused as it should: ${String(error)}`);
  return error;
}

const good = { verdict: 'correct', score: 1, parts: { own: 1 }, reasons: [] };
const bad = (reason: string) => ({
  verdict: 'unverifiable',
  score: null,
  parts: { own: null },
  reasons: [`own: ${reason}`],
});

describe('createRewardPool', () => {
  it('scores groups in order, with final rewards', async () => {
    const pool = await start();
    const groups = [group(task('own'), ['fine', 'half']), group(task('own'), []), group(task('own'), ['cannot tell'])];
    const scored = await pool.score(groups);
    expect(scored.map(({ rewards }) => rewards)).toEqual([[1, 0.5], [], [null]]);
    expect(scored.map(({ results: all }) => all.map(({ verdict }) => verdict))).toEqual([
      ['correct', 'incorrect'],
      [],
      ['unverifiable'],
    ]);
    expect(scored[0]?.trajectories).toBe(groups[0]?.trajectories);
    expect(await pool.score([])).toEqual([]);
  });

  it.each([
    ['hang', 'passed the deadline of 1000 ms; its thread was ended'],
    ['never', 'passed the deadline of 1000 ms; its thread was ended'],
    ['backtrack', 'passed the deadline of 1000 ms; its thread was ended'],
    ['exit', 'ended its thread (process.exit with code 3)'],
    ['reject elsewhere', 'Error: nobody listens'],
    ['throw', `TypeError: boom (${baseDirectory}/troublesome-reward.mjs:11)`],
    ['throw text', 'threw just text'],
    ['NaN', 'the score is NaN; it must be a finite number'],
    ['wrong verdict', 'the verdict is "yes"; it must be "correct", "incorrect" or "unverifiable"'],
    ['null score', 'the verdict is "correct" but the score is null; null goes with "unverifiable" only'],
    ['text', 'the reward returned "correct"; it must return a number, null, or { verdict, score }'],
    ['nothing', 'the reward returned undefined; it must return a number, null, or { verdict, score }'],
    ['bad parts', 'parts.a is "x"; it must be a finite number'],
  ])('loses one sample to a reward that does this: %s', async (act, reason) => {
    const pool = await start();
    const responses = Array.from({ length: 16 }, (_, index) => (index === 5 ? act : `fine ${index}`));
    const all = await results(pool, responses);
    expect(all).toEqual(responses.map((response) => (response === act ? bad(reason) : good)));
    expect(await results(pool, ['fine', 'fine'])).toEqual([good, good]);
  });

  it('loses one sample to a memory bomb', async () => {
    const pool = await start({ timeoutMs: 30_000 });
    const all = await results(pool, ['fine', 'memory', 'fine', 'fine', 'fine', 'fine']);
    const reason = 'ran out of memory (rewards.memory_limit_mb); its thread was ended';
    expect(all).toEqual([good, bad(reason), good, good, good, good]);
  });

  it('survives a batch in which everything breaks', async () => {
    const pool = await start({ timeoutMs: 200 });
    const all = await results(pool, ['hang', 'exit', 'never', 'reject elsewhere', 'hang', 'exit', 'throw', 'NaN']);
    expect(all.map(({ verdict }) => verdict)).toEqual(Array(8).fill('unverifiable'));
    expect(await results(pool, ['fine', 'fine'])).toEqual([good, good]);
  });

  it('does not blame a sample for what an earlier one left behind', async () => {
    const pool = await start({ workers: 1 });
    const all = await results(pool, ['exit later', 'wait a little', 'wait a little', 'fine']);
    expect(all).toEqual([good, good, good, good]);
  });

  it('tells a reward that its time is over, and counts it as late', async () => {
    const statistics: RewardStats[] = [];
    const pool = await start({ timeoutMs: 200 }, { onStats: (stats) => statistics.push(stats) });
    const [late] = await results(pool, ['heed the signal']);
    expect(late?.verdict).toBe('unverifiable');
    expect(late?.reasons.at(-1)).toMatch(/passed the deadline of 200 ms/);
    expect(statistics[0]?.timeouts).toBe(1);
  });

  it('keeps samples of a task apart', async () => {
    const pool = await start({ workers: 1 });
    const [changed, seen] = await results(pool, ['change the task', 'show request']);
    expect(changed?.reasons[0]).toContain('Cannot assign to read only property');
    const shown = JSON.parse(seen?.reasons[0]?.slice('own: '.length) ?? '') as { task: { tag: string } };
    expect(shown).toMatchObject({ task: { tag: 'own' }, responseTokenCount: 2, stopReason: 'eos' });
  });

  it('takes plain fields of a result that could not cross threads', async () => {
    const pool = await start();
    expect(await results(pool, ['circular'])).toEqual([{ ...good, reasons: ['own: round'] }]);
  });

  it('really replaces the thread of a reward that hangs', async () => {
    const pool = await start({ workers: 1, timeoutMs: 200 });
    await results(pool, ['fine', 'fine']);
    const [, calls] = await results(pool, ['hang', 'show calls']);
    // A new thread has loaded the module anew.
    expect(calls?.reasons).toEqual(['own: 1']);
  });

  it('combines parts by weight and clips', async () => {
    const config = {
      domains: {
        math: {
          tags: ['math'],
          rewards: {
            answer: { type: 'math_rule' },
            shape: { type: 'format', options: { checks: [{ check: 'boxed' }] } },
            own: { ...troublesome, weight: 10, options: { some_key: [1] } },
          },
        },
      },
      rewardWeights: { answer: 2, shape: 0.5 },
      rewardClip: 12,
    };
    const pool = await start(config);
    const [scored] = await pool.score([group(task('math', '24'), ['\\boxed{24}', '24', '\\boxed{25}', 'throw'])]);
    expect(scored?.results.map(({ score, verdict }) => [verdict, score])).toEqual([
      ['correct', 12.5],
      ['correct', 12],
      ['incorrect', 10.5],
      ['unverifiable', null],
    ]);
    expect(scored?.rewards).toEqual([12, 12, 10.5, null]);
    expect(scored?.results[0]?.parts).toEqual({ answer: 1, 'answer.answer': 1, shape: 1, 'shape.boxed': 1, own: 1 });
    const dropping = await start({ ...config, onPartFailure: 'drop-part' });
    const [dropped] = await dropping.score([group(task('math', '24'), ['throw'])]);
    expect(dropped?.results[0]).toMatchObject({ verdict: 'incorrect', score: 0, parts: { own: null } });
  });

  it('hands options to an own reward as they are written', async () => {
    const pool = await start({
      domains: { own: { tags: ['*'], rewards: { own: { ...troublesome, options: { some_key: [1] } } } } },
    });
    expect((await results(pool, ['show options']))[0]?.reasons).toEqual(['own: {"some_key":[1]}']);
  });

  it('loads an own reward in TypeScript', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rlloom-own-reward-'));
    const source = [
      'interface Request { readonly responseTokenCount: number }',
      'export const brevity = {',
      "  name: 'brevity',",
      '  score: ({ responseTokenCount }: Request, { limit }: { limit: number }): number => 1 - responseTokenCount / limit,',
      '};',
    ];
    await writeFile(join(folder, 'brevity.ts'), source.join('\n'));
    const own = { type: 'module', module: './brevity.ts', export: 'brevity', options: { limit: 4 } };
    const pool = await start({ domains: { own: { tags: ['own'], rewards: { own } } } }, { baseDirectory: folder });
    expect((await results(pool, ['any']))[0]).toMatchObject({ verdict: 'incorrect', score: 0.5 });
    await rm(folder, { recursive: true });
  });

  it.each([
    [{ module: './none.mjs' }, /rewards\.domains\.own\.rewards\.own: .*none\.mjs/],
    [
      { module: './troublesome-reward.mjs', export: 'missing' },
      /no export "missing" \(it exports default, notAReward\)/,
    ],
    [{ module: './troublesome-reward.mjs', export: 'notAReward' }, /make it with defineReward/],
  ])('refuses the module %j before anything is scored', async (module, message) => {
    const error = await failure(
      start({ domains: { own: { tags: ['own'], rewards: { own: { type: 'module', ...module } } } } }),
    );
    expect(error.kind).toBe('reward');
    expect(error.message).toMatch(message);
  });

  it('refuses a tag without a domain', async () => {
    const pool = await start();
    const error = await failure(pool.score([group(task('poetry'), ['fine'])]));
    expect([error.kind, error.message]).toEqual(['config', expect.stringContaining('"poetry"')]);
  });

  it('stops when its signal aborts, and serves the next call', async () => {
    const pool = await start({ timeoutMs: 60_000 });
    const controller = new AbortController();
    const work = failure(
      pool.score([group(task('own'), ['hang', 'hang', 'hang', 'fine'])], { signal: controller.signal }),
    );
    setTimeout(() => controller.abort(), 50);
    expect((await work).kind).toBe('interrupted');
    expect(await results(pool, ['fine'])).toEqual([good]);
    expect((await failure(pool.score([group(task('own'), ['fine'])], { signal: AbortSignal.abort() }))).kind).toBe(
      'interrupted',
    );
  });

  it('closes during work, twice, and for good', async () => {
    const pool = await start({ timeoutMs: 60_000 });
    const work = failure(pool.score([group(task('own'), ['hang', 'fine', 'hang'])]));
    await Promise.all([pool.close(), pool.close()]);
    await pool.close();
    expect((await work).message).toContain('is closed');
    expect((await failure(pool.score([group(task('own'), ['fine'])]))).kind).toBe('reward');
  });

  it('scores several calls at once, each for itself', async () => {
    const pool = await start({ timeoutMs: 300 });
    const controller = new AbortController();
    const aborted = failure(pool.score([group(task('own'), ['hang', 'fine'])], { signal: controller.signal }));
    const others = Promise.all([results(pool, ['fine', 'hang', 'fine']), results(pool, ['half', 'half'])]);
    controller.abort();
    expect((await aborted).kind).toBe('interrupted');
    const [first, second] = await others;
    expect(first.map(({ score }) => score)).toEqual([1, null, 1]);
    expect(second.map(({ score }) => score)).toEqual([0.5, 0.5]);
  });

  it('counts up to the total, and reports what happened', async () => {
    const statistics: RewardStats[] = [];
    const pool = await start({ timeoutMs: 300 }, { onStats: (stats) => statistics.push(stats) });
    const steps: [number, number][] = [];
    await pool.score([group(task('own'), ['fine', 'hang', 'throw', 'half', 'exit', 'fine'])], {
      onProgress: (done, total) => steps.push([done, total]),
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
    expect(statistics).toHaveLength(1);
    expect(statistics[0]).toMatchObject({
      samples: 6,
      correct: 2,
      incorrect: 1,
      unverifiable: 3,
      timeouts: 1,
      crashes: 1,
      outOfMemory: 0,
      errors: 1,
      domains: { own: { samples: 6, unverifiable: 3 } },
    });
    expect(statistics[0]?.meanReward).toBeCloseTo(2.5 / 3, 12);
    const metrics = rewardMetrics(statistics[0]!);
    expect(metrics['rewards/own/mean_score']).toBeCloseTo(2.5 / 3, 12);
    expect(metrics).toMatchObject({ 'rewards/samples': 6, 'rewards/timeouts': 1, 'rewards/own/correct': 2 });
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it('ends a call whose progress listener throws, and only that', async () => {
    const pool = await start();
    const onProgress = (): void => {
      throw new Error('listener broke');
    };
    await expect(pool.score([group(task('own'), ['fine', 'fine'])], { onProgress })).rejects.toThrow('listener broke');
    expect(await results(pool, ['fine'])).toEqual([good]);
  });

  it('scores a large batch exactly like one by one', async () => {
    const math = { domains: { math: { tags: ['math'], rewards: { answer: { type: 'math_rule' } } } } };
    const responses = Array.from({ length: 500 }, (_, index) => `${index}/2 = ${index / 2}, so \\boxed{${index % 7}}`);
    const together = await (await start(math)).score([group(task('math', '3'), responses)]);
    const single = await start({ ...math, workers: 1 });
    const alone = await Promise.all(
      responses.slice(0, 40).map(async (response) => (await single.score([group(task('math', '3'), [response])]))[0]),
    );
    expect(together[0]?.rewards.filter((reward) => reward === 1)).toHaveLength(71);
    expect(together[0]?.results.slice(0, 40)).toEqual(alone.map((scored) => scored?.results[0]));
  });
});
