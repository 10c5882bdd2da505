import { testRolloutEngine } from '@rlloom/spec/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { createOpenAiEngine, createSglangEngine, createVllmEngine } from './create-server-engines.ts';
import { type ProtocolServer, startProtocolServer } from './testing/protocol-server.ts';
import { servedModelFolder, serveModel } from './testing/served-model.ts';
import { sglangHandler } from './testing/sglang-handler.ts';
import { vllmHandler, type VllmSwitches } from './testing/vllm-handler.ts';

const model = await serveModel();
const { tokenizer } = model;
const servers: ProtocolServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  model.dispose();
});
const prompts = [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]];
const weights = async (version: number) => ({ kind: 'checkpoint', directory: servedModelFolder, version }) as const;

async function vllm(switches: VllmSwitches = {}): Promise<string> {
  const server = await startProtocolServer(() => vllmHandler(switches));
  servers.push(server);
  return server.url;
}

async function sglang(): Promise<string> {
  const server = await startProtocolServer(() => sglangHandler());
  servers.push(server);
  return server.url;
}

testRolloutEngine('vllm, tokens in and out (protocol server)', async () => ({
  engine: await createVllmEngine({ urls: [await vllm()], tokenizer }),
  prompts,
  weights,
}));

testRolloutEngine('vllm, completions (protocol server)', async () => ({
  engine: await createVllmEngine({ urls: [await vllm({ scaleOut: false })], tokenizer }),
  prompts,
  weights,
}));

testRolloutEngine('vllm, adapters, two servers (protocol server)', async () => ({
  engine: await createVllmEngine({
    urls: [await vllm({ lora: true }), await vllm({ lora: true })],
    tokenizer,
    weightUpdate: 'adapter',
  }),
  prompts,
  weights: async (version) => ({ kind: 'adapter', directory: '/adapters', version }) as const,
}));

testRolloutEngine('sglang (protocol server)', async () => ({
  engine: await createSglangEngine({ urls: [await sglang()], tokenizer }),
  prompts,
  weights,
}));

testRolloutEngine('openai (protocol server)', async () => ({
  engine: await createOpenAiEngine({ urls: [await vllm()], tokenizer, weightUpdate: 'none' }),
  prompts,
}));

describe('server engines', () => {
  const sampling = { temperature: 0.7, topK: 0, topP: 1, minP: 0, maxNewTokens: 6, eosTokenIds: [] };
  it('tells the log-probs of the model, at the temperature', async () => {
    const engine = await createVllmEngine({ urls: [await vllm()], tokenizer });
    const [result] = await engine.generate([{ promptTokens: [5, 6], seed: 3, sampling }]);
    const own = await model.generate({
      id: 'x',
      tokens: [5, 6],
      seed: 3,
      sampling,
      signal: new AbortController().signal,
    });
    expect(result?.tokens).toEqual(own.tokens);
    expect(result?.logProbs).toEqual(own.logProbs);
    expect(result?.knownLogProbs).toBe('both');
    await engine.close();
  });

  it('sends a session to one server, and spreads others', async () => {
    const both = await Promise.all([
      startProtocolServer(() => vllmHandler()),
      startProtocolServer(() => vllmHandler()),
    ]);
    servers.push(...both);
    const engine = await createVllmEngine({ urls: both.map(({ url }) => url), tokenizer, loadFactor: 2 });
    const count = () => both.map(({ requests }) => requests.filter(({ body }) => 'token_ids' in body).length);
    const probes = count();
    for (let turn = 1; turn <= 4; turn++) {
      const promptTokens = Array.from({ length: turn }, (_, i) => 3 + turn + i);
      await engine.generate([{ promptTokens, seed: turn, sampling, sessionId: 'one' }]);
    }
    expect(
      count()
        .map((sent, index) => sent - (probes[index] as number))
        .sort(),
    ).toEqual([0, 4]);
    const sessions = Array.from({ length: 32 }, (_, i) => ({
      promptTokens: [3],
      seed: i,
      sampling,
      sessionId: `s${i}`,
    }));
    await engine.generate(sessions);
    for (const [index, sent] of count().entries()) expect(sent - (probes[index] as number)).toBeGreaterThan(8);
    await engine.close();
  });

  it('goes on where the server ends at a token that is no end for the request', async () => {
    const server = await startProtocolServer(() => sglangHandler());
    servers.push(server);
    const engine = await createSglangEngine({ urls: [server.url], tokenizer });
    // SGLang ends at the model's own end tokens even where others are asked for.
    const [own] = tokenizer.eosTokenIds as [number];
    const other = own - 1;
    const results = await engine.generate(
      Array.from({ length: 24 }, (_, seed) => ({
        promptTokens: [5],
        seed,
        sampling: { ...sampling, temperature: 3, maxNewTokens: 100, eosTokenIds: [other] },
      })),
    );
    const passed = results.filter(({ tokens }) => tokens.slice(0, -1).includes(own));
    expect(passed.length).toBeGreaterThan(0);
    for (const { tokens, stopReason } of results) {
      expect(stopReason).toBe(tokens.at(-1) === other ? 'eos' : 'length');
      expect(tokens.slice(0, -1)).not.toContain(other);
      if (stopReason === 'length') expect(tokens).toHaveLength(100);
    }
    await engine.close();
  });

  it('refuses sampling whose log-probs the server cannot give, unless told to say so', async () => {
    const raw = await vllm({ logProbsMode: 'raw_logprobs' });
    const engine = await createVllmEngine({ urls: [raw], tokenizer });
    expect(() => engine.checkSampling(sampling)).toThrow('before the temperature');
    expect(() => engine.checkSampling({ ...sampling, temperature: 1, topP: 0.9 })).toThrow('after truncation');
    engine.checkSampling({ ...sampling, temperature: 1 });
    await engine.close();
    const processed = await vllm();
    const strict = await createVllmEngine({ urls: [processed], tokenizer });
    const truncated = [{ promptTokens: [5], seed: 1, sampling: { ...sampling, topK: 5 } }];
    await expect(strict.generate(truncated)).rejects.toThrow('before truncation');
    await strict.close();
    const flagging = await createVllmEngine({ urls: [processed], tokenizer, truncatedSampling: 'flag' });
    expect((await flagging.generate(truncated))[0]?.knownLogProbs).toBe('samplingLogProbs');
    await flagging.close();
  });

  it('refuses servers that lack what is needed, saying how to start them', async () => {
    const bare = await vllm({ devMode: false });
    await expect(createVllmEngine({ urls: [bare], tokenizer })).rejects.toThrow('VLLM_SERVER_DEV_MODE=1');
    await expect(createVllmEngine({ urls: [bare], tokenizer, weightUpdate: 'adapter' })).rejects.toThrow(
      '--enable-lora',
    );
    const engine = await createVllmEngine({ urls: [bare], tokenizer, weightUpdate: 'none' });
    await expect(engine.updateWeights(await weights(1))).rejects.toThrow('no weights');
    await engine.close();
    await expect(createVllmEngine({ urls: [bare], tokenizer, model: 'x', weightUpdate: 'none' })).rejects.toThrow(
      'choose one of: tiny',
    );
    await expect(createVllmEngine({ urls: ['http://127.0.0.1:9'], tokenizer })).rejects.toMatchObject({
      where: 'rollout.engine.urls',
    });
  });
});
