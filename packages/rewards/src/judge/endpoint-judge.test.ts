import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRlloomError } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeEndpoint, type FakeRequest, reply, say, startFakeEndpoint } from '../testing/fake-endpoint.ts';
import { endpointConfig, type EndpointOptions } from './endpoint.config.ts';
import { createEndpointJudge } from './endpoint-judge.ts';
import { type JudgeAskOptions, JudgeFailure } from './judge-model.ts';

let server: FakeEndpoint | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const messages = [{ role: 'user', content: 'Judge this.' }] as const;
// A dozen calls share it.
const signal = new AbortController().signal;
setMaxListeners(0, signal);
const plain: JudgeAskOptions = { signal, maxTokens: 50, temperature: 0, seed: 7 };

async function judgeOf(
  answer: Parameters<typeof startFakeEndpoint>[0],
  options: Partial<EndpointOptions> = {},
  environment: Readonly<Record<string, string>> = {},
) {
  server = await startFakeEndpoint(answer);
  const judge = createEndpointJudge(
    { baseUrl: server.baseUrl, model: 'm', retryDelayMs: 1, ...options },
    { environment },
  );
  return { judge, requests: server.requests, endpoint: server };
}
const failureOf = async (work: Promise<unknown>): Promise<JudgeFailure> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(JudgeFailure);
  return error as JudgeFailure;
};

describe('createEndpointJudge', () => {
  it('sends a chat completion and reads the answer and its token use', async () => {
    const schema = { type: 'object' };
    const { judge, requests } = await judgeOf(
      (_, response) => say(response, 'fine'),
      {
        apiKeyEnv: 'KEY_OF_TEST',
        headers: { 'x-team': 'judges' },
        extraBody: { top_k: 1 },
      },
      { KEY_OF_TEST: ' sk-123\n' },
    );
    expect(await judge(messages, { ...plain, responseSchema: schema })).toEqual({
      ...{ text: 'fine', promptTokens: 100, completionTokens: 20 },
    });
    expect(requests[0]?.path).toBe('/v1/chat/completions');
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer sk-123', 'x-team': 'judges' });
    expect(requests[0]?.body).toEqual({
      ...{ model: 'm', messages, max_tokens: 50, temperature: 0, seed: 7, top_k: 1 },
      response_format: { type: 'json_schema', json_schema: { name: 'judgement', strict: true, schema } },
    });
    expect(judge.statistics()).toEqual({
      ...{ calls: 1, answered: 1, failed: 0, stopped: 0, promptTokens: 100, completionTokens: 20 },
      attempts: { 200: 1 },
    });
  });

  it('leaves out what is null, and names the limit as asked', async () => {
    const { judge, requests } = await judgeOf((_, response) => say(response, 'fine'), {
      tokenLimitField: 'max_completion_tokens',
    });
    await judge(messages, { ...plain, temperature: null, seed: null });
    expect(requests[0]?.body).toEqual({ model: 'm', messages, max_completion_tokens: 50 });
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each([408, 429, 500, 502, 503, 504])('tries again after status %i', async (status) => {
    const { judge } = await judgeOf(({ index }, response) =>
      index < 2 ? reply(response, status, { error: 'busy' }) : say(response, 'fine'),
    );
    expect((await judge(messages, plain)).text).toBe('fine');
    expect(judge.statistics()).toMatchObject({ calls: 1, answered: 1, attempts: { [status]: 2, 200: 1 } });
  });

  it('waits as long as Retry-After says, and holds back the others', async () => {
    const times: number[] = [];
    const { judge } = await judgeOf(
      ({ index }, response) => {
        times.push(performance.now());
        if (index === 0) reply(response, { status: 429, headers: { 'retry-after': '0.3' } }, { error: 'slow down' });
        else say(response, 'fine');
      },
      { maxConcurrent: 1 },
    );
    await Promise.all([judge(messages, plain), judge(messages, plain)]);
    expect(times).toHaveLength(3);
    expect(times[1]! - times[0]!).toBeGreaterThan(290);
  });

  it('gives up on a server that asks to wait too long', async () => {
    const { judge, requests } = await judgeOf(
      (_, response) => reply(response, { status: 429, headers: { 'retry-after': '3600' } }, { error: 'quota' }),
      { maxRetryDelayMs: 1000 },
    );
    expect((await failureOf(judge(messages, plain))).message).toContain('3600 s');
    expect(requests).toHaveLength(1);
  });

  it.each<[string, (request: FakeRequest, response: Parameters<typeof say>[0]) => void, string]>([
    ['cut before the headers', (_, response) => void response.destroy(), 'connection'],
    [
      'cut in the body',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write('{"choices": [{"message": {"content": "VERD');
        setImmediate(() => response.destroy());
      },
      'connection',
    ],
    [
      'cut in chunks',
      (_, response) => {
        response.writeHead(200);
        response.write('{"choices":');
        setImmediate(() => response.destroy());
      },
      'connection',
    ],
    ['silent', () => undefined, 'timeout'],
    [
      'slow in the body',
      (_, response) => {
        response.writeHead(200);
        response.write(' ');
      },
      'timeout',
    ],
  ])('tries again when the server is %s', async (_, break_, outcome) => {
    const { judge } = await judgeOf(
      (request, response) => (request.index === 0 ? break_(request, response) : say(response, 'fine')),
      { timeoutMs: outcome === 'timeout' ? 300 : 20_000 },
    );
    expect((await judge(messages, plain)).text).toBe('fine');
    expect(judge.statistics()).toMatchObject({ answered: 1, attempts: { [outcome]: 1, 200: 1 } });
  });

  it('fails after its retries, and says what the last one was', async () => {
    const { judge, requests } = await judgeOf((_, response) => reply(response, 500, { error: 'on fire' }), {
      maxRetries: 2,
    });
    const failure = await failureOf(judge(messages, plain));
    expect(failure.kind).toBe('unavailable');
    expect(failure.message).toBe('status 500: {"error":"on fire"} (3 attempts)');
    expect(requests).toHaveLength(3);
    expect(judge.statistics()).toMatchObject({ calls: 1, failed: 1, attempts: { 500: 3 } });
  });

  it('fails at once where nobody listens any more, without hanging', async () => {
    const { judge, endpoint } = await judgeOf(() => undefined, { maxRetries: 1 });
    await endpoint.close();
    const failure = await failureOf(judge(messages, plain));
    expect(failure.message).toContain('ECONNREFUSED');
    expect(judge.statistics().attempts).toEqual({ connection: 2 });
  });

  it.each([
    [401, undefined, 'unavailable'],
    [400, undefined, 'unavailable'],
    [301, undefined, 'unavailable'],
    [400, { type: 'object' }, 'schema'],
    [422, { type: 'object' }, 'schema'],
    [403, { type: 'object' }, 'unavailable'],
  ])('does not try again after status %i (schema %j): %s', async (status, responseSchema, kind) => {
    const { judge, requests } = await judgeOf((_, response) =>
      reply(response, { status: status, headers: { location: 'http://127.0.0.1:9/' } }, { error: 'no' }),
    );
    const failure = await failureOf(judge(messages, { ...plain, ...(responseSchema && { responseSchema }) }));
    expect(failure.kind).toBe(kind);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'Internal server error', 'no chat completion'],
    ['another JSON', '{"error": "x"}', 'no chat completion'],
    ['no choices', '{"choices": []}', 'no chat completion'],
    ['an empty text', '{"choices": [{"message": {"content": " "}}]}', 'empty'],
    ['no text', '{"choices": [{"message": {}}]}', 'empty'],
    ['a refusal', '{"choices": [{"message": {"content": null, "refusal": "I cannot"}}]}', 'refuses: I cannot'],
    ['nothing', '', 'no chat completion: nothing'],
  ])('says that an answer is none: %s', async (_, body, message) => {
    const { judge } = await judgeOf((_request, response) => void response.end(body));
    const failure = await failureOf(judge(messages, plain));
    expect(failure.kind).toBe('answer');
    expect(failure.message).toContain(message);
    expect(judge.statistics()).toMatchObject({ calls: 1, failed: 1 });
  });

  it('reads texts in parts and does without token counts', async () => {
    const content = [
      { type: 'text', text: 'fi' },
      { type: 'text', text: 'ne' },
    ];
    const { judge } = await judgeOf((_, response) =>
      reply(response, 200, { choices: [{ message: { content } }], usage: 'x' }),
    );
    expect(await judge(messages, plain)).toEqual({ text: 'fine', promptTokens: null, completionTokens: null });
  });

  it('drops a huge answer unread', async () => {
    let written = 0;
    const { judge } = await judgeOf(
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && written < 2 ** 30) {
            written += 65_536;
            if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
          }
        };
        more();
      },
      { maxResponseBytes: 100_000 },
    );
    expect((await failureOf(judge(messages, plain))).message).toContain('more than 100000 bytes');
    expect(written).toBeLessThan(2 ** 28);
    expect(judge.statistics().attempts).toEqual({ 'too large': 1 });
  });

  it('stops when its signal does: while waiting for an answer, for a retry, and for a place', async () => {
    for (const answer of [
      () => undefined,
      (_: FakeRequest, response: Parameters<typeof say>[0]) =>
        reply(response, { status: 429, headers: { 'retry-after': '30' } }, {}),
    ]) {
      const { judge } = await judgeOf(answer, { maxConcurrent: 1 });
      const stop = new AbortController();
      const both = [
        judge(messages, { ...plain, signal: stop.signal }),
        judge(messages, { ...plain, signal: stop.signal }),
      ];
      const failures = Promise.all(both.map(failureOf));
      await sleep(100);
      stop.abort(new Error('too late'));
      expect((await failures).map(({ kind, message }) => [kind, message])).toEqual([
        ['stopped', 'too late'],
        ['stopped', 'too late'],
      ]);
      expect(judge.statistics()).toMatchObject({ calls: 2, stopped: 2 });
      await server?.close();
    }
  });

  it('keeps to the number of requests under way', async () => {
    const { judge, endpoint } = await judgeOf(async (_, response) => (await sleep(20), say(response, 'fine')), {
      maxConcurrent: 3,
    });
    await Promise.all(Array.from({ length: 12 }, () => judge(messages, plain)));
    expect(endpoint.mostOpen()).toBe(3);
    expect(judge.statistics()).toMatchObject({ calls: 12, answered: 12 });
  });

  it('shows the key to nobody but the server', async () => {
    const { judge } = await judgeOf(
      ({ headers }, response) => reply(response, 401, { error: `wrong key: ${headers.authorization}` }),
      { apiKeyEnv: 'KEY_OF_TEST' },
      { KEY_OF_TEST: 'sk-123' },
    );
    expect((await failureOf(judge(messages, plain))).message).toBe('status 401: {"error":"wrong key: Bearer [key]"}');
    expect(judge.cacheKey).not.toContain('sk-123');
  });

  it('says before the first request that a key is missing', () => {
    const make = () =>
      createEndpointJudge({ baseUrl: 'http://x/v1', model: 'm', apiKeyEnv: 'NOT_SET' }, { environment: {} });
    expect(make).toThrow(/NOT_SET is not set/);
    try {
      make();
    } catch (error) {
      expect(isRlloomError(error) && error.kind).toBe('config');
    }
  });

  it.each([
    [{ baseUrl: 'ftp://x', model: 'm' }, 'baseUrl'],
    [{ baseUrl: 'http://x', model: '' }, 'model'],
    [{ baseUrl: 'http://x', model: 'm', apiKeyEnv: 'sk-123 456' }, 'apiKeyEnv'],
    [{ baseUrl: 'http://x', model: 'm', maxConcurrent: 0 }, 'maxConcurrent'],
  ])('refuses the options %j', (options, key) => {
    expect(endpointConfig.safeParse(options).error?.issues[0]?.path).toEqual([key]);
  });
});
