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
});
