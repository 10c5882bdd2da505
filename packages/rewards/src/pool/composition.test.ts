import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RewardScorer } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../audit/audit-record.ts';
import { readAuditLog } from '../audit/read-audit-log.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { group, task } from '../testing/requests.ts';
import { createRewardPool } from './reward-pool.ts';
import type { RewardStats } from './reward-stats.ts';

const baseDirectory = fileURLToPath(new URL('../testing', import.meta.url));
const own = { type: 'module', module: './troublesome-reward.mjs' };
const waiting = { type: 'module', module: './waiting-reward.mjs' };
const steps = { ...waiting, export: 'steps' };

let open: RewardScorer[] = [];
let statistics: RewardStats[] = [];
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()));
  open = [];
  statistics = [];
});

async function start(domain: object, config: object = {}): Promise<RewardScorer> {
  const domains = { own: { tags: ['own'], rewards: { own }, ...domain } };
  const parsed = rewardsConfig.parse({ workers: 1, domains, ...config });
  const pool = await createRewardPool(parsed, { baseDirectory, onStats: (stats) => statistics.push(stats) });
  open.push(pool);
  return pool;
}

describe('objectives', () => {
  it('keep the parts of a score apart, with their weights', async () => {
    const boxed = { type: 'format', weight: 0.5, options: { checks: [{ check: 'boxed' }] } };
    const pool = await start({
      rewards: { answer: { type: 'math_rule' }, boxed, own: { ...own, weight: 0 } },
      filter: { type: 'mean_filter' },
    });
    const [scored] = await pool.score([group(task('own', '24'), ['\\boxed{24}', '25', 'throw'])]);
    expect(scored?.objectives).toEqual([
      { name: 'answer', weight: 1, rewards: [1, 0, null] },
      { name: 'boxed', weight: 0.5, rewards: [1, 0, null] },
      { name: 'own', weight: 0, rewards: [1, 1, null] },
    ]);
    expect([scored?.domain, scored?.rewards]).toEqual(['own', [1.5, 0, null]]);
    expect(scored?.filter).toEqual({ type: 'mean_filter', thresholdDown: 0, thresholdUp: 1 });
  });

  it('weigh what their domain weighs', async () => {
    const pool = await start(
      { rewards: { answer: { type: 'math_rule', weight: 2 } } },
      { rewardWeights: { own: 0.25 } },
    );
    const [scored] = await pool.score([group(task('own', '24'), ['\\boxed{24}', '25'])]);
    expect(scored?.objectives).toEqual([{ name: 'answer', weight: 0.5, rewards: [1, 0] }]);
    expect(scored?.results.map(({ score }) => score)).toEqual([2, 0]);
    expect(scored?.rewards).toEqual([0.5, 0]);
    expect(statistics[0]).toMatchObject({ meanScore: 1, meanReward: 0.25 });
  });

  it('leave no filter on groups of a domain without one', async () => {
    const [scored] = await (await start({})).score([group(task('own'), ['fine'])]);
    expect(scored).not.toHaveProperty('filter');
  });
});

describe('scores of steps', () => {
  it('are added up by weight, step by step', async () => {
    const pool = await start({ rewards: { a: steps, b: { ...steps, weight: 0.5 }, own } });
    const [scored] = await pool.score([group(task('own'), ['[1, 0, null]'])]);
    expect(scored?.results[0]).toMatchObject({ score: 2.5, stepScores: [1.5, 0, null] });
  });

  it('must be numbers', async () => {
    const [scored] = await (await start({ rewards: { a: steps } })).score([group(task('own'), ['[1, "x"]', '7'])]);
    expect(scored?.results.map(({ reasons }) => reasons)).toEqual([
      ['a: stepScores[1] is "x"; it must be a finite number'],
      ['a: stepScores is 7; it must be a list of numbers'],
    ]);
  });
});

describe('own rewards with a schema', () => {
  const strict = { ...waiting, export: 'strict' };

  it('get their options as the schema gives them', async () => {
    const [scored] = await (await start({ rewards: { a: strict } })).score([group(task('own'), ['x'])]);
    expect(scored?.rewards).toEqual([1]);
  });

  it('are refused before the first sample: wrong options by their path, a self-check by its file', async () => {
    await expect(start({ rewards: { a: { ...strict, options: { limits: 1 } } } })).rejects.toMatchObject({
      kind: 'reward',
      where: 'rewards.domains.own.rewards.a',
      what: expect.stringContaining('options.limits: unknown key') as string,
    });
    await expect(start({ rewards: { a: { ...strict, options: { limit: 5 } } } })).rejects.toThrow(
      /self-check of "strict" in .*waiting-reward\.mjs failed: "anything" scored 0\.5, not 1/,
    );
  });
});

describe('the cache of verdicts', () => {
  const calls = { rewards: { own: { ...own, options: {} } } };

  it('answers what was scored before, and counts it', async () => {
    const pool = await start(calls, { cacheMb: 1 });
    const groups = [group(task('own'), ['show calls', 'half'])];
    const first = await pool.score(groups);
    const again = await pool.score(groups);
    expect(again).toEqual(first);
    expect(statistics.map(({ cacheHits }) => cacheHits)).toEqual([0, 2]);
    // Another task with the same response is another question to an own reward.
    await pool.score([group({ ...task('own'), id: 'other' }, ['half'])]);
    expect(statistics[2]?.cacheHits).toBe(0);
  });

  it('asks again what could not be verified', async () => {
    const pool = await start(calls, { cacheMb: 1, timeoutMs: 200 });
    const groups = [group(task('own'), ['throw', 'cannot tell', 'hang', 'NaN'])];
    await pool.score(groups);
    await pool.score(groups);
    expect(statistics.map(({ cacheHits, samples }) => [cacheHits, samples])).toEqual([
      [0, 4],
      [0, 4],
    ]);
  });

  it('knows a question by its reference, whatever the record is called', async () => {
    const pool = await start({ rewards: { answer: { type: 'math_rule' } } }, { cacheMb: 1 });
    await pool.score([group(task('own', '24'), ['24'])]);
    await pool.score([group({ ...task('own', '24'), id: 'same question' }, ['24'])]);
    const [other] = await pool.score([group(task('own', '25'), ['24'])]);
    expect(statistics.map(({ cacheHits }) => cacheHits)).toEqual([0, 1, 0]);
    expect(other?.rewards).toEqual([0]);
  });
});

describe('the audit log of a pool', () => {
  it('has every verdict in order, over several pools', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rlloom-audit-'));
    const file = join(folder, 'logs', 'audit.bin');
    const lost = { ...task('own'), source: { file: 'a.jsonl', line: 7 } };
    const first = await start({}, { audit: { file, responses: true } });
    await first.score([group(task('own'), ['fine', 'throw']), group(lost, ['half'])]);
    await first.close();
    const second = await start({}, { audit: { file }, cacheMb: 1 });
    await second.score([group(task('own'), ['fine'])]);
    await second.score([group(task('own'), ['fine'])]);
    await second.close();
    const records: AuditRecord[] = [];
    for await (const record of readAuditLog(file)) records.push(record);
    expect(records.map(({ sampleIndex, score, response, place }) => [sampleIndex, score, response, place])).toEqual([
      [0, 1, 'fine', undefined],
      [1, null, 'throw', undefined],
      [0, 0.5, 'half', 'a.jsonl:7'],
      [0, 1, undefined, undefined],
      [0, 1, undefined, undefined],
    ]);
    expect(records[1]).toMatchObject({ verdict: 'unverifiable', failure: 'error', domain: 'own', taskId: 'own-1' });
    expect(records[1]?.reasons[0]).toContain('boom');
    expect(records.map(({ cached }) => cached)).toEqual([undefined, undefined, undefined, undefined, true]);
    expect(records[0]?.responseHash).toBe('d14a58bae804a2b80b5b76a010239c88ffca1fc7951a90f8e9131beda1e23c1b');
    await rm(folder, { recursive: true });
  });
});
