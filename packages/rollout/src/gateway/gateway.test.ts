import type { ToolCallFormat } from './tool-call-format.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import type { SessionRecord } from './session.ts';
import { pairTokenizer, type Script, scriptedEngine } from './testing/scripted-policy.ts';

const open: Gateway[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

const toolFormat: ToolCallFormat = {
  name: 'test',
  parse(text) {
    const [content = '', call] = text.split('<tool_call>');
    if (call === undefined) return { content, calls: [] };
    const { name, arguments: given } = JSON.parse(call.split('</tool_call>')[0]!) as {
      name: string;
      arguments: object;
    };
    return { content, calls: [{ name, arguments: JSON.stringify(given) }] };
  },
};

async function start(script: Script, options: Partial<GatewayOptions> = {}) {
  const engine = scriptedEngine(script);
  const gateway = await createGateway({ engine, tokenizer: pairTokenizer, toolFormat, ...options });
  open.push(gateway);
  const url = await gateway.listen({ port: 0 });
  const send = async (path: string, body?: object, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
      ...(init.signal && { signal: init.signal }),
    });
    const text = await response.text();
    const json = /^[{[]/u.test(text) ? (JSON.parse(text) as Record<string, never>) : {};
    return { status: response.status, headers: response.headers, text, json };
  };
  return { engine, gateway, url, send };
}

const user = (content: string) => ({ role: 'user', content });
const chat = '/rollout/r/0/v1/chat/completions';
const events = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Record<string, never>);

describe('chat completions', () => {
  it('answers in the shape of OpenAI, and records the session', async () => {
    const { gateway, send } = await start((prompt) => (prompt.includes('go') ? 'b' : 'a'));
    const first = await send(chat, { model: 'any', messages: [user('hi')], logprobs: true });
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({
      object: 'chat.completion',
      model: 'any',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'a' },
          finish_reason: 'stop',
          logprobs: { content: [{ token: 'a', logprob: -0.125, bytes: [97] }, { token: '$' }] },
        },
      ],
      usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
    });
    await send(chat, {
      messages: [user('hi'), { role: 'assistant', content: [{ type: 'text', text: 'a' }] }, user('go')],
    });
    const record = gateway.endSession({ rolloutId: 'r', attempt: '0' });
    expect(record).toMatchObject({ calls: 2, errors: 0, disconnects: 0 });
    expect(record!.trajectories).toHaveLength(1);
    expect(pairTokenizer.decode(record!.trajectories[0]!.tokens)).toBe('[user]hi$[assistant]a$[user]go$[assistant]b$');
    expect(gateway.load).toEqual({ sessions: 0, calls: 0 });
  });

  it('streams the same as events', async () => {
    const long = 'word '.repeat(40).trim();
    const { send } = await start(() => long);
    const body = { messages: [user('hi')], stream: true, stream_options: { include_usage: true } };
    const { text, headers } = await send(chat, body);
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const chunks = events(text) as unknown as {
      choices: { delta: { content?: string }; finish_reason: string | null }[];
      usage: unknown;
    }[];
    expect(chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('')).toBe(long);
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: long.length + 1 } });
  });

  it('shows tools to the model and reads its calls', async () => {
    const written = '<tool_call>{"name":"add","arguments":{"a":1}}</tool_call>';
    const { engine, gateway, send } = await start((prompt) => (prompt.includes('[tool]') ? 'two' : written));
    const tools = [{ type: 'function', function: { name: 'add', parameters: { type: 'object' } } }];
    const { json } = await send(chat, { messages: [user('hi')], tools });
    const { choices } = json as unknown as { choices: [{ message: { tool_calls: [{ id: string }] } }] };
    expect(json).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [{ type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
          },
        },
      ],
    });
    expect(pairTokenizer.decode(engine.requests[0]!.promptTokens)).toContain('[tools][{"type":"function"');
    const { message } = choices[0];
    await send(chat, {
      messages: [user('hi'), message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '2' }],
      tools,
    });
    const [trajectory, ...more] = gateway.endSession({ rolloutId: 'r', attempt: '0' })!.trajectories;
    expect(more).toEqual([]);
    expect(pairTokenizer.decode(trajectory!.tokens).split('[user]')[1]).toBe(
      `hi$[assistant]${written}$[tool]2$[assistant]two$`,
    );
    expect(trajectory!.conversation!.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
    const streamed = await send('/v1/chat/completions', { messages: [user('hi')], tools, stream: true });
    expect(streamed.text).toContain('"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":1}"}}]');
    const none = await send('/v1/chat/completions', { messages: [user('hi')], tools, tool_choice: 'none' });
    expect(none.json).toMatchObject({ choices: [{ message: { content: written }, finish_reason: 'stop' }] });
  });

  it('cuts at stop strings, caps the answer, and gives several', async () => {
    const { engine, gateway, send } = await start((_, { sampling, seed }) =>
      sampling.stopStrings === undefined ? String(seed) : { text: 'ab;', stopReason: 'stop' },
    );
    const stopped = await send(chat, {
      messages: [user('hi')],
      stop: ';',
      max_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
    });
    expect(stopped.json).toMatchObject({ choices: [{ message: { content: 'ab' }, finish_reason: 'stop' }] });
    expect(engine.requests[0]!.sampling).toEqual({
      temperature: 0.5,
      topK: 0,
      topP: 0.9,
      minP: 0,
      maxNewTokens: 7,
      stopStrings: [';'],
    });
    await send(chat, { messages: [user('yo')], n: 3 });
    expect(new Set(engine.requests.slice(1).map(({ seed }) => seed)).size).toBe(3);
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })!.trajectories).toHaveLength(4);
  });

  it('samples sessions as they were opened, and other calls as they ask', async () => {
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 5 };
    const { engine, gateway, send } = await start(() => 'a', { sampling: { ...sampling, temperature: 0.7 } });
    gateway.openSession({ rolloutId: 'r', sampling, seed: 4 });
    const wish = { messages: [user('hi')], temperature: 0, top_p: 0.5, max_tokens: 50, seed: 1 };
    await send(chat, wish);
    await send('/rollout/other/0/v1/chat/completions', wish);
    await send('/v1/chat/completions', wish);
    expect(engine.requests.map((request) => request.sampling.temperature)).toEqual([1, 0.7, 0]);
    expect(engine.requests.map((request) => request.sampling.maxNewTokens)).toEqual([5, 5, 50]);
    expect(engine.requests[2]!.seed).toBe(1);
    expect(engine.requests[0]!.seed).not.toBe(1);
  });

  it('refuses what it cannot honour, in the shape of OpenAI', async () => {
    const { send, gateway } = await start(() => 'a', { toolFormat: undefined } as never);
    const refused = async (body: object) => (await send(chat, { messages: [user('hi')], ...body })).json;
    for (const [param, value] of Object.entries({
      response_format: { type: 'json_object' },
      tool_choice: 'required',
      top_logprobs: 3,
      frequency_penalty: 1,
      logit_bias: { 5: 1 },
      n: 99,
      tools: [{ type: 'function', function: { name: 'f' } }],
    })) {
      expect(await refused({ [param]: value })).toMatchObject({ error: { type: 'invalid_request_error', param } });
    }
    expect(await refused({ messages: [user('x'.repeat(3000))] })).toMatchObject({
      error: { code: 'context_length_exceeded' },
    });
    expect(await refused({ messages: [] })).toMatchObject({
      error: { type: 'invalid_request_error', param: 'messages' },
    });
    expect(await refused({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] })).toMatchObject({
      error: { message: expect.stringContaining('image_url') as string },
    });
    expect((await send('/nowhere')).json).toMatchObject({
      error: { type: 'invalid_request_error', code: 'not_found' },
    });
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })!.calls).toBe(0);
  });

  it('answers 500 when the engine fails', async () => {
    const { send } = await start(() => Promise.reject(new Error('out of order')));
    const { status, json } = await send(chat, { messages: [user('hi')] });
    expect([status, json]).toEqual([
      500,
      { error: { message: 'out of order', type: 'server_error', param: null, code: null } },
    ]);
  });
});

describe('responses', () => {
  const path = '/rollout/r/0/v1/responses';

  it('answers in the shape of OpenAI, goes on from an earlier answer, and records both', async () => {
    const { gateway, send } = await start((prompt) => (prompt.includes('go') ? 'b' : 'a'));
    const first = await send(path, { model: 'm', instructions: 'be short', input: 'hi' });
    expect(first.json).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] }],
      usage: { output_tokens: 2 },
    });
    const next = await send(path, { previous_response_id: first.json['id'], input: [user('go')] });
    expect(next.json).toMatchObject({ output: [{ content: [{ text: 'b' }] }] });
    const { trajectories } = gateway.endSession({ rolloutId: 'r', attempt: '0' })!;
    expect(trajectories.map(({ tokens }) => pairTokenizer.decode(tokens))).toEqual([
      '[system]be short$[user]hi$[assistant]a$[user]go$[assistant]b$',
    ]);
    expect((await send('/v1/responses', { previous_response_id: 'resp_x', input: 'go' })).status).toBe(404);
  });

  it('takes calls and their results as items, and streams events in order', async () => {
    const written = 'so<tool_call>{"name":"add","arguments":{"a":1}}</tool_call>';
    const { engine, gateway, send } = await start((prompt) => (prompt.includes('[tool]') ? 'two' : written));
    const tools = [{ type: 'function', name: 'add', parameters: { type: 'object' } }];
    const { text } = await send(path, { input: 'hi', tools, stream: true });
    const all = events(text) as unknown as { type: string; sequence_number: number; response?: { output: object[] } }[];
    expect(all.map(({ sequence_number: number }) => number)).toEqual(all.map((_, index) => index));
    expect(all.map(({ type }) => type.replace('response.', ''))).toEqual([
      ...['created', 'in_progress', 'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.done'],
      ...['content_part.done', 'output_item.done', 'output_item.added', 'function_call_arguments.delta'],
      ...['function_call_arguments.done', 'output_item.done', 'completed'],
    ]);
    const { output } = all.at(-1)!.response!;
    const result = { type: 'function_call_output', call_id: (output[1] as { call_id: string }).call_id, output: '2' };
    await send(path, { input: [user('hi'), ...output, result], tools });
    expect(pairTokenizer.decode(engine.requests[1]!.promptTokens).split('[user]')[1]).toBe(
      `hi$[assistant]${written}$[tool]2$[assistant]`,
    );
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })!.trajectories).toHaveLength(1);
  });

  it('says when an answer was cut', async () => {
    const { send } = await start(() => ({ text: 'ab', stopReason: 'length' }));
    const { json } = await send(path, { input: 'hi', max_output_tokens: 2 });
    expect(json).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });
});

describe('the pause', () => {
  it('answers 429 with Retry-After while weights change, and marks tokens with the version after', async () => {
    const { gateway, send } = await start(() => 'a', { config: { retryAfterSeconds: 7 } });
    await send(chat, { messages: [user('one')] });
    await gateway.pause();
    expect((await send('/health')).json).toMatchObject({ status: 'paused' });
    const refused = await send(chat, { messages: [user('two')] });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect(refused.json).toMatchObject({ error: { type: 'rate_limit_error', code: 'paused' } });
    await gateway.updateWeights({ kind: 'shared', version: 5 });
    expect((await send(chat, { messages: [user('two')] })).status).toBe(429);
    await gateway.resume();
    await send(chat, { messages: [user('two')] });
    const { trajectories, errors } = gateway.endSession({ rolloutId: 'r', attempt: '0' })!;
    expect(errors).toBe(0);
    expect(trajectories.map(({ policyVersions }) => Math.max(...policyVersions))).toEqual([0, 5]);
  });

  it('holds calls where it is told to', async () => {
    const { gateway, send } = await start(() => 'a', { config: { whilePaused: 'hold' } });
    await gateway.pause();
    const held = send(chat, { messages: [user('one')] });
    while (gateway.load.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await gateway.updateWeights({ kind: 'shared', version: 2 });
    await gateway.resume();
    expect((await held).status).toBe(200);
    const [trajectory] = gateway.endSession({ rolloutId: 'r', attempt: '0' })!.trajectories;
    expect(trajectory!.policyVersions.at(-1)).toBe(2);
  });
});

describe('sessions', () => {
  it('take rewards by the API, of the whole and of answers', async () => {
    const ended: SessionRecord[] = [];
    const { send } = await start(() => 'a', { onSessionEnd: (record) => void ended.push(record) });
    await send(chat, { messages: [user('one')] });
    const { json } = await send(chat, { messages: [user('one'), { role: 'assistant', content: 'a' }, user('two')] });
    expect((await send('/rollout/r/reward', { scores: [0.5, null] })).json).toMatchObject({
      calls: 2,
      scores: [0.5, null],
    });
    await send('/rollout/r/0/reward', { reward: 0.25, completion_id: json['id'] });
    await send('/rollout/r/0/reward', { reward: 1 });
    expect((await send('/rollout/r/0/trajectories')).json).toMatchObject({
      trajectories: [{ turn_scores: [0.5, 1.25] }],
    });
    expect((await send('/rollout/r')).json).toMatchObject({ attempts: [{ attempt: '0', reward: 1 }] });
    expect((await send('/rollout/r/0/end', {})).json).toEqual({ trajectories: 1, calls: 2 });
    expect(ended[0]!.trajectories[0]!.turnScores).toEqual([0.5, 1.25]);
    expect((await send(chat, { messages: [user('late')] })).status).toBe(410);
    expect((await send('/rollout/r/0/reward', { reward: 1 })).status).toBe(404);
    expect((await send('/rollout/r/0/reward', {})).status).toBe(400);
  });

  it('asks which attempt is meant, and refuses more scores than answers', async () => {
    const { send } = await start(() => 'a');
    for (const attempt of [0, 1]) await send(`/rollout/r/${attempt}/v1/chat/completions`, { messages: [user('x')] });
    expect((await send('/rollout/r/reward', { reward: 1 })).json).toMatchObject({ error: { code: 'which_attempt' } });
    expect((await send('/rollout/r/reward', { reward: 1, attempt: 1 })).json).toMatchObject({
      attempt: '1',
      reward: 1,
    });
    expect((await send('/rollout/r/0/reward', { scores: [1, 1] })).status).toBe(400);
  });

  it('keep nothing of a caller that goes away, and count it', async () => {
    let asked = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    let aborted = false;
    const { gateway, send } = await start(
      (_, __, signal) =>
        new Promise<string>((resolve) => {
          signal!.addEventListener('abort', () => {
            aborted = true;
            resolve('late');
          });
          asked();
        }),
    );
    const caller = new AbortController();
    const call = send(chat, { messages: [user('x')], stream: true }, { signal: caller.signal });
    await arrived;
    caller.abort();
    await expect(call).rejects.toThrow();
    while (gateway.load.calls > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(aborted).toBe(true);
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })).toMatchObject({ calls: 0, disconnects: 1, errors: 0 });
  });

  it('are bounded in number, answers and tokens, and end when idle', async () => {
    const ended: SessionRecord[] = [];
    const { gateway, send } = await start(() => 'a', {
      config: { maxSessions: 1, maxCallsPerSession: 2, sessionIdleSeconds: 0.2 },
      onSessionEnd: (record) => void ended.push(record),
    });
    await send(chat, { messages: [user('1')] });
    expect((await send('/rollout/s/0/v1/chat/completions', { messages: [user('1')] })).status).toBe(429);
    await send(chat, { messages: [user('2')] });
    expect((await send(chat, { messages: [user('3')] })).json).toMatchObject({ error: { code: 'session_limit' } });
    while (gateway.load.sessions > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended[0]).toMatchObject({ calls: 2, trajectories: [{ endReason: 'no call for 0.2 s' }, {}] });
    expect((await send('/metrics')).text).toContain('rlloom_gateway_sessions_ended_total{how="expired"} 1');
  });

  it('abort what runs when they end', async () => {
    const { gateway, send } = await start(
      (_, __, signal) => new Promise<string>((resolve) => signal!.addEventListener('abort', () => resolve('late'))),
    );
    const call = send(chat, { messages: [user('x')] });
    while (gateway.load.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' }, { failure: 'enough' })).toMatchObject({
      calls: 0,
      failure: 'enough',
    });
    expect((await call).status).toBe(503);
  });
});

describe('the server', () => {
  it('asks for its token, but not for its health', async () => {
    const { send } = await start(() => 'a', { token: 'sesame' });
    const refused = await send('/v1/models');
    expect([refused.status, refused.json]).toEqual([
      401,
      { error: expect.objectContaining({ code: 'invalid_api_key' }) as object },
    ]);
    expect((await send('/health')).json).toEqual({ status: 'ok', sessions: 0, calls_in_progress: 0 });
    const { json } = await send('/v1/models', undefined, { headers: { authorization: 'Bearer sesame' } });
    expect(json).toMatchObject({ object: 'list', data: [{ id: 'policy', object: 'model' }] });
  });

  it('lets calls in progress end when it closes', async () => {
    let go = (): void => undefined;
    const { gateway, send } = await start(() => new Promise<string>((resolve) => (go = () => resolve('late'))));
    const call = send(chat, { messages: [user('x')] });
    while (gateway.load.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = gateway.close();
    setTimeout(() => go(), 50);
    expect((await call).json).toMatchObject({ choices: [{ message: { content: 'late' } }] });
    await closed;
    await gateway.close();
  });

  it('documents itself and counts', async () => {
    const { send } = await start(() => 'abc');
    await send(chat, { messages: [user('x')] });
    const { json } = await send('/openapi.json');
    expect(Object.keys(json['paths']!)).toEqual(
      expect.arrayContaining([
        '/v1/chat/completions',
        '/rollout/{rolloutId}/{attempt}/v1/responses',
        '/rollout/{rolloutId}/reward',
      ]),
    );
    const { text } = await send('/metrics');
    expect(text).toContain('rlloom_gateway_calls_total{outcome="answered"} 1');
    expect(text).toContain('rlloom_gateway_sampled_tokens_total 4');
    expect(Number(/added_seconds_sum (\S+)/.exec(text)?.[1])).toBeGreaterThan(0);
    expect(text).toContain('rlloom_gateway_sessions 1');
  });

  it('refuses tokenizers that render no conversations, and addresses that are taken', async () => {
    const engine = scriptedEngine(() => 'a');
    await expect(
      createGateway({ engine, tokenizer: { ...pairTokenizer, hasChatTemplate: false } }),
    ).rejects.toMatchObject({ kind: 'model' });
    const { url } = await start(() => 'a');
    const second = await createGateway({ engine, tokenizer: pairTokenizer });
    expect(() => second.openSession({ rolloutId: 'r' })).toThrow('listen');
    await expect(second.listen({ port: Number(new URL(url).port) })).rejects.toMatchObject({ kind: 'config' });
    await second.close();
  });
});
