import { afterEach, describe, expect, it } from 'vitest';
import { createRewardPool } from '../pool/reward-pool.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { checkRouting } from '../routing.ts';
import { type FakeEndpoint, say, startFakeEndpoint, verdict } from '../testing/fake-endpoint.ts';
import { group, task } from '../testing/requests.ts';
import type { JudgeModel } from './judge-model.ts';

const servers: FakeEndpoint[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('judges in a pool', () => {
  it('judge samples and groups on the main thread, with deadlines, limits shared over domains', async () => {
    const server = await startFakeEndpoint((one, response) => {
      if (one.prompt.includes('never')) return;
      say(response, verdict(one, { correctness: one.prompt.includes('good') ? 1 : 0 }));
    });
    servers.push(server);
    const longer: JudgeModel = async (messages) => {
      const [a, b] = [...messages.at(-1)!.content.matchAll(/\[begin answer [AB] \w+\]\n(.*)\n/g)].map(
        (match) => match[1]!.length,
      );
      return { text: `VERDICT winner=${a! > b! ? 'A' : 'B'}`, promptTokens: 1, completionTokens: 1 };
    };
    const judge = { kind: 'endpoint', baseUrl: server.baseUrl, model: 'm', maxConcurrent: 2 };
    const domain = (tag: string) => ({
      tags: [tag],
      timeoutMs: 700,
      rewards: { judge: { type: 'model_eval', options: { judges: [judge] } } },
    });
    const config = rewardsConfig.parse({
      domains: {
        essay: domain('essay'),
        chat: domain('chat'),
        ranked: {
          tags: ['ranked'],
          rewards: {
            rank: {
              type: 'pairwise_judge',
              options: { judges: [{ kind: 'model', use: 'longer' }], verdictCode: false, answerFormat: 'line' },
            },
          },
        },
      },
    });
    const pool = await createRewardPool(config, { judgeModels: { longer } });
    const [essay, chat, ranked] = await pool.score([
      group(task('essay'), ['good', 'bad', 'never ends', 'good too']),
      group(task('chat'), ['good', 'bad', 'worse', 'bad still']),
      group(task('ranked'), ['bbb', 'b', 'bb']),
    ]);
    await pool.close();
    expect(essay!.results.map(({ verdict: found }) => found)).toEqual([
      'correct',
      'incorrect',
      'unverifiable',
      'correct',
    ]);
    expect(essay!.rewards[2]).toBeNull();
    expect(essay!.results[2]!.reasons.join()).toContain('deadline of 700 ms');
    expect(essay!.results[0]!.parts).toMatchObject({ judge: 1, 'judge.judge1.correctness': 1 });
    expect(chat!.rewards).toEqual([1, 0, 0, 0]);
    expect(ranked!.results.map(({ parts }) => parts['rank.wins'])).toEqual([2, 0, 1]);
    expect(server.mostOpen()).toBe(2);
  });

  it('judge many at once, and share one answer among equal responses, without a warning of the process', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    let asked = 0;
    const slow: JudgeModel = Object.assign(
      async () => {
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { text: 'VERDICT correctness=1', promptTokens: 1, completionTokens: 1 };
      },
      { cacheKey: 'slow' },
    );
    const options = { judges: [{ kind: 'model', use: 'slow' }], verdictCode: false, answerFormat: 'line' };
    const config = rewardsConfig.parse({
      domains: { a: { tags: ['a'], rewards: { judge: { type: 'model_eval', options } } } },
    });
    const pool = await createRewardPool(config, { judgeModels: { slow } });
    const [scored] = await pool.score([
      group(
        task('a'),
        Array.from({ length: 60 }, (_, index) => `response ${index % 20}`),
      ),
    ]);
    await pool.close();
    process.off('warning', listen);
    expect(scored!.rewards).toEqual(new Array(60).fill(1));
    expect(asked).toBe(20);
    expect(warnings).toEqual([]);
  });

  it('says before a run what is missing', async () => {
    const parse = (options: object) =>
      rewardsConfig.parse({ domains: { a: { tags: ['a'], rewards: { judge: { type: 'model_eval', options } } } } });
    const judges = [{ kind: 'model', use: 'policy' }];
    await expect(createRewardPool(parse({ judges }))).rejects.toThrow('there is no judge model "policy"');
    const endpoint = {
      kind: 'endpoint',
      baseUrl: 'http://localhost:1/v1',
      model: 'm',
      apiKeyEnv: 'RLLOOM_TEST_NOT_SET',
    };
    await expect(createRewardPool(parse({ judges: [endpoint] }))).rejects.toThrow('RLLOOM_TEST_NOT_SET is not set');
    expect(() => checkRouting([task('a')], parse({ judges, useReference: 'required' }))).toThrow('ground_truth');
    expect(() => checkRouting([task('a')], parse({ judges }))).not.toThrow();
  });
});
