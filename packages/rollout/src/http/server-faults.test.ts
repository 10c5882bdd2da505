import { setTimeout as sleep } from 'node:timers/promises';
import type { GenerationResult } from '@rlloom/spec';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type CreateServerEngineOptions, createSglangEngine, createVllmEngine } from './create-server-engines.ts';
import type { ServerEngine } from './server-engine.ts';
import type { ServerEvent } from './server-pool.ts';
import { type Fault, type ProtocolServer, startProtocolServer } from './testing/protocol-server.ts';
import { servedModelFolder, serveModel } from './testing/served-model.ts';
import { sglangHandler } from './testing/sglang-handler.ts';
import { vllmHandler } from './testing/vllm-handler.ts';

const model = await serveModel();
const { tokenizer } = model;
const path = '/inference/v1/generate';
const checkpoint = (version: number) => ({ kind: 'checkpoint', directory: servedModelFolder, version }) as const;
const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 8, eosTokenIds: [] };
const requests = Array.from({ length: 8 }, (_, seed) => ({ promptTokens: [3 + seed, 4], seed, sampling }));
const expected = await Promise.all(
  requests.map((request) =>
    model.generate({ ...request, id: 'own', tokens: request.promptTokens, signal: new AbortController().signal }),
  ),
);
afterAll(() => model.dispose());

const opened: { servers: ProtocolServer[]; engines: ServerEngine[] } = { servers: [], engines: [] };
afterEach(async () => {
  for (const engine of opened.engines.splice(0)) await engine.close();
  for (const server of opened.servers.splice(0)) {
    // The engine is closed, so its sockets go; none may be left when a moment has passed.
    for (let wait = 0; wait < 100 && server.openSockets() > 0; wait++) await sleep(10);
    expect(server.openSockets()).toBe(0);
    await server.kill();
  }
});

async function start(
  serverCount: number,
  options: Partial<CreateServerEngineOptions> = {},
): Promise<{ servers: ProtocolServer[]; engine: ServerEngine; events: ServerEvent[] }> {
  const servers = await Promise.all(
    Array.from({ length: serverCount }, () => startProtocolServer(() => vllmHandler())),
  );
  const events: ServerEvent[] = [];
  const engine = await createVllmEngine({
    urls: servers.map(({ url }) => url),
    tokenizer,
    retryDelayMs: 5,
    maxRetryDelayMs: 50,
    onServerEvent: (event) => events.push(event),
    ...options,
  });
  opened.servers.push(...servers);
  opened.engines.push(engine);
  return { servers, engine, events };
}

const only = (servers: readonly ProtocolServer[]): ProtocolServer => servers[0] as ProtocolServer;
const tokensOf = (results: readonly GenerationResult[]) => results.map(({ tokens }) => [...tokens]);
const expectedTokens = tokensOf(expected);
const sent = (server: ProtocolServer, wanted: string) => server.requests.filter((one) => one.path === wanted).length;
async function until(condition: () => boolean): Promise<void> {
  for (let wait = 0; wait < 1000 && !condition(); wait++) await sleep(5);
  expect(condition()).toBe(true);
}

describe('a request that fails in passing is answered all the same', () => {
  const faults: Record<string, Fault[]> = {
    'too many requests, with a date to come back': [{ kind: 'status', status: 429, retryAfter: '0.02' }],
    'not available, three times': Array.from({ length: 3 }, () => ({ kind: 'status', status: 503 }) as const),
    'a gateway that gave up': [{ kind: 'status', status: 504 }],
    'an internal error': [{ kind: 'status', status: 500 }],
    'a cut answer': [{ kind: 'cut' }],
    'a reset connection': [{ kind: 'reset' }],
    'an answer that is not JSON': [{ kind: 'text', text: '<html>' }],
    'an answer of another shape': [
      { kind: 'body', body: [] },
      { kind: 'body', body: { choices: [] } },
      { kind: 'body', body: { choices: [{ token_ids: [1] }] } },
    ],
    'log-probs of other tokens': [
      { kind: 'body', body: { choices: [{ token_ids: [1], logprobs: { content: [{ token_id: 2, logprob: -1 }] } }] } },
    ],
    'log-probs that are none': [
      {
        kind: 'body',
        body: { choices: [{ token_ids: [1], logprobs: { content: [{ token_id: 1, logprob: null }] } }] },
      },
    ],
    'more tokens than asked for': [
      {
        kind: 'body',
        body: {
          choices: [
            {
              token_ids: Array(9).fill(1),
              finish_reason: 'length',
              logprobs: { content: Array(9).fill({ token_id: 1, logprob: -1 }) },
            },
          ],
        },
      },
    ],
  };
  it.each(Object.entries(faults))('%s', async (_, list) => {
    const { servers, engine } = await start(1);
    only(servers).fail(path, ...list);
    expect(tokensOf(await engine.generate(requests))).toEqual(expectedTokens);
  });

  it('a server that is slow: ended there, and tried again', async () => {
    const { servers, engine } = await start(1, { timeoutMs: 300 });
    only(servers).fail(path, { kind: 'late', milliseconds: 5000 });
    expect(tokensOf(await engine.generate(requests.slice(0, 1)))).toEqual(expectedTokens.slice(0, 1));
    expect(sent(only(servers), '/inference/v1/abort_requests')).toBe(1);
  });
});

describe('a request that fails for good', () => {
  it('ends the call with the reason, and every other request', async () => {
    const { servers, engine } = await start(1);
    only(servers).fail(path, ...requests.slice(1).map(() => ({ kind: 'late', milliseconds: 50 }) as const), {
      kind: 'status',
      status: 400,
    });
    await expect(engine.generate(requests)).rejects.toMatchObject({ kind: 'rollout' });
    // The engine is as good as before.
    expect(tokensOf(await engine.generate(requests))).toEqual(expectedTokens);
  });

  it('is given up after so many attempts', async () => {
    const { servers, engine } = await start(1, { maxRetries: 2 });
    only(servers).fail(path, ...Array.from({ length: 3 }, () => ({ kind: 'status', status: 500 }) as const));
    await expect(engine.generate(requests.slice(0, 1))).rejects.toThrow('failed 3 times');
  });
});

describe('a server that dies', () => {
  it('and starts again loses no sample, and gets the present weights first', async () => {
    const { servers, engine, events } = await start(1);
    await engine.updateWeights(checkpoint(3));
    only(servers).fail(path, ...requests.map(() => ({ kind: 'late', milliseconds: 5000 }) as const));
    const sentBefore = sent(only(servers), path);
    const pending = engine.generate(requests);
    await until(() => sent(only(servers), path) === sentBefore + requests.length);
    await only(servers).kill();
    await sleep(50);
    await only(servers).restart();
    const results = await pending;
    expect(tokensOf(results)).toEqual(expectedTokens);
    for (const { policyVersions } of results) expect(policyVersions).toEqual(new Int32Array(8).fill(3));
    expect(sent(only(servers), '/collective_rpc')).toBe(2);
    expect(events.map(({ state }) => state)).toEqual(['down', 'up']);
  });

  it('and starts again unnoticed is found out by the version of its answers', async () => {
    const { servers, engine, events } = await start(1);
    await engine.updateWeights(checkpoint(4));
    await only(servers).kill();
    await only(servers).restart();
    // Idle connections that broke are no failure, so only the answer tells.
    await sleep(20);
    const results = await engine.generate(requests);
    expect(tokensOf(results)).toEqual(expectedTokens);
    for (const { policyVersions } of results) expect(policyVersions).toEqual(new Int32Array(8).fill(4));
    expect(events.map(({ state }) => state)).toEqual(['down', 'up']);
  });

  it('for good gives its requests to the others', async () => {
    const { servers, engine, events } = await start(2, { maxDowntimeMs: 100 });
    for (const server of servers) {
      server.fail(path, ...requests.map(() => ({ kind: 'late', milliseconds: 100 }) as const));
    }
    const sentBefore = servers.map((server) => sent(server, path));
    const pending = engine.generate(requests);
    await until(() => servers.every((server, index) => sent(server, path) > (sentBefore[index] as number)));
    await servers[1]?.kill();
    expect(tokensOf(await pending)).toEqual(expectedTokens);
    await until(() => events.some(({ state }) => state === 'lost'));
    expect(tokensOf(await engine.generate(requests))).toEqual(expectedTokens);
  });

  it('as the last one ends the call with an error, and every call after it', async () => {
    const { servers, engine } = await start(1, { maxDowntimeMs: 30 });
    await only(servers).kill();
    await expect(engine.generate(requests)).rejects.toThrow('no server answers any more');
    await expect(engine.generate(requests)).rejects.toThrow('no server answers any more');
  });

  it('only in appearance keeps its weights: a broken connection costs no reload', async () => {
    const { servers, engine, events } = await start(1);
    await engine.updateWeights(checkpoint(6));
    only(servers).fail(path, { kind: 'reset' });
    expect(tokensOf(await engine.generate(requests))).toEqual(expectedTokens);
    expect(events.map(({ state }) => state)).toEqual(['down', 'up']);
    expect(sent(only(servers), '/collective_rpc')).toBe(1);
  });

  it.each(['vllm', 'sglang'] as const)('%s: gets its adapters again', async (name) => {
    const server = await startProtocolServer(() => (name === 'vllm' ? vllmHandler({ lora: true }) : sglangHandler()));
    opened.servers.push(server);
    const create = name === 'vllm' ? createVllmEngine : createSglangEngine;
    const engine = await create({ urls: [server.url], tokenizer, weightUpdate: 'adapter', retryDelayMs: 5 });
    opened.engines.push(engine);
    for (const version of [1, 2]) await engine.updateWeights({ kind: 'adapter', directory: '/adapters', version });
    await server.kill();
    await server.restart();
    await sleep(20);
    const results = await engine.generate(requests);
    expect(tokensOf(results)).toEqual(expectedTokens);
    for (const { policyVersions } of results) expect(policyVersions).toEqual(new Int32Array(8).fill(2));
    const loaded = server.requests.flatMap(({ path: endpoint, body }) =>
      endpoint.includes('/load_lora_adapter') && body['lora_name'] !== undefined ? [body['lora_name']] : [],
    );
    expect(loaded).toEqual(['rlloom-v1', 'rlloom-v2', 'rlloom-v2']);
  });

  it('while weights are brought gets them when it is back', async () => {
    const { servers, engine } = await start(2);
    servers[1]?.fail('/collective_rpc', { kind: 'reset' });
    await engine.updateWeights(checkpoint(2));
    const results = await engine.generate(requests);
    for (const { policyVersions } of results) expect(policyVersions).toEqual(new Int32Array(8).fill(2));
  });
});

describe('new weights', () => {
  it('wait for requests under way: none is half on old weights', async () => {
    const { servers, engine } = await start(1);
    await engine.updateWeights(checkpoint(1));
    only(servers).fail(path, { kind: 'late', milliseconds: 100 });
    const sentBefore = sent(only(servers), path);
    const before = engine.generate(requests.slice(0, 1));
    await until(() => sent(only(servers), path) > sentBefore);
    const update = engine.updateWeights(checkpoint(2));
    const after = engine.generate(requests.slice(0, 1));
    await update;
    expect((await before)[0]?.policyVersions).toEqual(new Int32Array(8).fill(1));
    expect((await after)[0]?.policyVersions).toEqual(new Int32Array(8).fill(2));
    const order = only(servers).requests.map((request) => request.path);
    expect(order.lastIndexOf('/pause')).toBeLessThan(order.lastIndexOf(path));
  });

  it('that the server refuses are an error that says so', async () => {
    const { servers, engine } = await start(1);
    only(servers).fail('/collective_rpc', { kind: 'status', status: 400 });
    await expect(engine.updateWeights(checkpoint(1))).rejects.toMatchObject({ where: 'rollout.engine.weight_update' });
    // It was not left paused.
    expect(tokensOf(await engine.generate(requests.slice(0, 1)))).toHaveLength(1);
  });
});

describe('an abort', () => {
  it.each([0, 1, 3, 10, 30, 60, 100])('after %d ms accounts for every sample and leaves no timer', async (delay) => {
    const timersBefore = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const { servers, engine } = await start(2, { maxConcurrent: 2 });
    servers[0]?.fail(path, { kind: 'late', milliseconds: 2000 }, { kind: 'status', status: 503 }, { kind: 'cut' });
    const controller = new AbortController();
    const pending = engine.generate(requests, { signal: controller.signal });
    await sleep(delay);
    controller.abort();
    const results = await pending;
    expect(results).toHaveLength(requests.length);
    for (const [index, { tokens, stopReason }] of results.entries()) {
      expect(['abort', 'length']).toContain(stopReason);
      expect([...tokens]).toEqual((expectedTokens[index] as number[]).slice(0, tokens.length));
      if (stopReason === 'length') expect(tokens).toHaveLength(8);
    }
    await engine.close();
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    expect(timers).toBeLessThanOrEqual(timersBefore);
  });

  it('that could come warns of nothing, however many requests wait for it', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const { engine } = await start(2);
    const { signal } = new AbortController();
    for (let call = 0; call < 12; call++) await engine.generate([...requests, ...requests], { signal });
    await sleep(10);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('while the engine is paused, or waits for a server, ends the wait', async () => {
    const { servers, engine } = await start(1);
    await engine.pause();
    const paused = new AbortController();
    const first = engine.generate(requests, { signal: paused.signal });
    paused.abort();
    expect((await first).map(({ stopReason }) => stopReason)).toEqual(requests.map(() => 'abort'));
    await engine.resume();
    await only(servers).kill();
    const waiting = new AbortController();
    const second = engine.generate(requests, { signal: waiting.signal });
    await sleep(30);
    waiting.abort();
    expect((await second).map(({ stopReason }) => stopReason)).toEqual(requests.map(() => 'abort'));
  });

  it('by closing the engine rejects what is under way', async () => {
    const { servers, engine } = await start(1);
    only(servers).fail(path, ...requests.map(() => ({ kind: 'late', milliseconds: 5000 }) as const));
    const pending = expect(engine.generate(requests)).rejects.toThrow('closed');
    await sleep(20);
    await engine.close();
    await pending;
  });
});
