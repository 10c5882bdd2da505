import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRewardPool } from '../pool/reward-pool.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { createRewardServer, type RewardServer } from './reward-server.ts';

const token = 'open sesame';
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
let server: RewardServer;
let url: string;
let rewards: Awaited<ReturnType<typeof createRewardPool>>;

beforeAll(async () => {
  rewards = await createRewardPool(
    rewardsConfig.parse({
      workers: 1,
      timeoutMs: 300,
      domains: {
        math: { tags: ['math', 'default'], rewards: { answer: { type: 'math_rule' } } },
        slow: {
          tags: ['hang'],
          rewards: {
            own: { type: 'module', module: './src/testing/troublesome-reward.mjs' },
          },
        },
      },
    }),
    { baseDirectory: fileURLToPath(new URL('../..', import.meta.url)) },
  );
  server = await createRewardServer({ rewards, token, maxSamples: 4, bodyLimit: 4000, version: '1.2.3' });
  url = await server.listen({ port: 0 });
});

afterAll(async () => {
  await server.close();
  await server.close();
  await rewards.close();
});

const post = (path: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), ...init });
const math = (response: string, truth = '24') => ({ response, ground_truth: truth, tag: 'math' });

describe('createRewardServer', () => {
  it('scores a batch in its order, whatever the groups', async () => {
    const samples = [
      { ...math('\\boxed{24}'), group: 'a' },
      math('\\boxed{7}'),
      { ...math('\\boxed{25}'), group: 'a' },
      {
        ...math('\\boxed{24}'),
        ground_truth: { final_answer: '24', steps: ['20 + 4 = 24'] },
        response_tokens: [1, 2],
      },
    ];
    const answer = await post('/score', { samples });
    expect(answer.status).toBe(200);
    const { results } = (await answer.json()) as { results: Record<string, unknown>[] };
    expect(results.map(({ reward }) => reward)).toEqual([1, 0, 0, 1]);
    expect(results[0]).toMatchObject({ verdict: 'correct', score: 1, parts: { answer: 1 }, domain: 'math' });
  });

  it('answers null, and why, for what cannot be verified', async () => {
    const { results } = (await (await post('/score', { samples: [{ response: '24', tag: 'math' }] })).json()) as {
      results: { verdict: string; reward: null; reasons: string[] }[];
    };
    expect(results[0]).toMatchObject({ verdict: 'unverifiable', reward: null, score: null });
    expect(results[0]?.reasons.join()).toContain('ground_truth');
  });

  it('streams a line per sample as it is done, and the number of all', async () => {
    const samples = [{ response: 'hang', tag: 'hang' }, math('\\boxed{24}'), math('\\boxed{23}')];
    const answer = await post('/score/stream', { samples });
    expect(answer.headers.get('content-type')).toContain('ndjson');
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index?: number; verdict?: string; done?: number });
    expect(lines.at(-1)).toEqual({ done: 3 });
    const byIndex = new Map(lines.slice(0, -1).map(({ index, verdict }) => [index, verdict]));
    expect([0, 1, 2].map((index) => byIndex.get(index))).toEqual(['unverifiable', 'correct', 'incorrect']);
  });

  it('asks for its token', async () => {
    for (const authorization of ['', 'Bearer wrong', token, 'Bearer ']) {
      const answer = await post('/score', { samples: [math('1')] }, { headers: { ...headers, authorization } });
      expect(answer.status).toBe(401);
    }
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/health?x=1`)).status).toBe(200);
    expect((await fetch(`${url}/health/score`)).status).toBe(401);
  });

  it.each([
    ['no samples', { samples: [] }, 400, 'samples'],
    ['an unknown field', { samples: [{ response: 'a', grund_truth: '1' }] }, 400, 'grund_truth'],
    ['a wrong type', { samples: [{ response: 7 }] }, 400, 'response'],
    ['a tag without a domain', { samples: [{ response: 'a', tag: 'poetry' }] }, 422, 'poetry'],
    ['more than it reads', { samples: [math('9'.repeat(5000))] }, 413, 'large'],
  ])('refuses %s and says what is wrong', async (...[, body, status, word]) => {
    const answer = await post('/score', body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(word);
  });

  it('refuses what is no JSON, and what is not there', async () => {
    expect((await post('/score', '', { body: '{"samples":' })).status).toBe(400);
    const missing = await fetch(`${url}/nothing`, { headers });
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('GET /nothing')]);
  });

  it('takes no more samples than it has room for', async () => {
    const full = post('/score', { samples: Array.from({ length: 4 }, () => ({ response: 'hang', tag: 'hang' })) });
    await delay(100);
    const refused = await post('/score', { samples: [math('24')] });
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('send again later')]);
    expect((await full).status).toBe(200);
    expect((await post('/score', { samples: [math('24')] })).status).toBe(200);
  });

  it('ends the samples of a caller that goes away', async () => {
    const gone = new AbortController();
    const samples = Array.from({ length: 4 }, () => ({ response: 'hang', tag: 'hang' }));
    const call = post('/score', { samples }, { signal: gone.signal });
    await delay(50);
    gone.abort();
    await expect(call).rejects.toThrow();
    const start = performance.now();
    while (((await (await fetch(`${url}/health`)).json()) as { samples_in_progress: number }).samples_in_progress > 0) {
      await delay(10);
      if (performance.now() - start > 20_000) throw new Error('the samples are still in progress');
    }
    expect((await post('/score', { samples: [math('24')] })).status).toBe(200);
  });

  it('speaks as slime and OpenRLHF do', async () => {
    const slime = await post('/slime?tag=math', {
      prompt: [{ role: 'user', content: 'q' }],
      response: '24',
      label: 24,
    });
    expect(await slime.text()).toBe('1');
    expect(await (await post('/slime', { prompt: 'q', response: '24', label: null })).text()).toBe('null');
    expect(await (await post('/slime?unverifiable=-1', { prompt: 'q', response: '24' })).text()).toBe('-1');
    const body = { query: ['<s>Is it 7?\\boxed{24}', '5'], prompts: ['Is it 7?', ''], labels: ['24', null] };
    expect(await (await post('/get_reward?unverifiable=0', body)).json()).toEqual({
      rewards: [1, 0],
      scores: [1, 0],
      extra_logs: { unverifiable: [0, 1] },
    });
    expect(await (await post('/get_reward', { query: [] })).json()).toMatchObject({ rewards: [] });
  });

  it('documents itself and counts what it did', async () => {
    const document = (await (await fetch(`${url}/openapi.json`, { headers })).json()) as {
      info: object;
      paths: Record<string, object>;
    };
    expect(document.info).toMatchObject({ version: '1.2.3' });
    expect(Object.keys(document.paths).sort()).toEqual(['/get_reward', '/score', '/score/stream', '/slime']);
    expect(JSON.stringify(document.paths['/score'])).toContain('the reference answer');
    const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
    expect(metrics).toMatch(/rlloom_reward_samples_total\{domain="math",verdict="correct"\} [1-9]/);
    expect(metrics).toMatch(/rlloom_reward_samples_total\{domain="slow",verdict="unverifiable"\} [1-9]/);
  });
});
