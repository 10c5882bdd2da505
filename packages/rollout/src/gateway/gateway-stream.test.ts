import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { pairTokenizer, type Script, scriptedEngine, type ScriptedStream } from './testing/scripted-policy.ts';
import type { ToolCallFormat } from './tool-call-format.ts';

const open: Gateway[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

const mark = '<tool_call>';
const toolFormat: ToolCallFormat = {
  name: 'test',
  parse(text) {
    const [content = '', ...calls] = text.split(mark);
    return {
      content: content.trim(),
      calls: calls.map((call) => ({ name: 'look', arguments: call.split('</tool_call>')[0]! })),
    };
  },
  certainLength(text) {
    const at = text.indexOf(mark.slice(0, 1));
    return at < 0 ? text.length : at;
  },
};

async function start(script: Script, stream: ScriptedStream = {}, options: Partial<GatewayOptions> = {}) {
  const engine = scriptedEngine(script, stream);
  const gateway = await createGateway({ engine, tokenizer: pairTokenizer, toolFormat, ...options });
  open.push(gateway);
  const url = await gateway.listen({ port: 0 });
  const post = (path: string, body: object, signal?: AbortSignal) =>
    fetch(`${url}${path}`, {
      ...{ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
      ...(signal && { signal }),
    });
  return { engine, gateway, post };
}

type Event = Record<string, never>;

async function* eventsOf(response: Response): AsyncGenerator<Event, void, undefined> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = text.slice(0, end).split('data: ')[1]!;
      text = text.slice(end + 2);
      if (data !== '[DONE]') yield JSON.parse(data) as Event;
    }
  }
}

async function all(response: Response): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

const chat = '/rollout/r/0/v1/chat/completions';
const messages = [{ role: 'user', content: 'hi' }];
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly content?: string; readonly tool_calls?: readonly object[] };
    readonly logprobs: { readonly content: readonly { readonly token: string; readonly logprob: number }[] } | null;
    readonly finish_reason: string | null;
  }[];
}
const deltasOf = (events: readonly object[], choice = 0) =>
  (events as readonly Chunk[]).flatMap(({ choices }) => choices.filter(({ index }) => index === choice));

describe('a streamed answer', () => {
  it('arrives while it is written', async () => {
    // The policy writes on when the caller has read what there is.
    const read: string[] = [];
    let isRead = (): void => undefined;
    const beforeToken = async (written: string) => {
      while (read.join('') !== written) await new Promise<void>((resolve) => (isRead = resolve));
    };
    const { post, gateway } = await start(() => 'one two', { beforeToken });
    for await (const event of eventsOf(await post(chat, { messages, stream: true }))) {
      read.push(...deltasOf([event]).map(({ delta }) => delta.content ?? ''));
      isRead();
    }
    expect(read.filter((text) => text !== '')).toEqual([...'one two']);
    expect(gateway.load.calls).toBe(0);
  });

  it('is the same as one that is not, and so is its record', async () => {
    const script: Script = (_, { seed, sampling }) =>
      sampling.stopStrings === undefined
        ? `a 12 😀 ${seed % 7} é`
        : { text: `${'x'.repeat(seed % 5)}<EN<END>`, stopReason: 'stop' };
    for (const more of [{}, { n: 3, logprobs: true }, { stop: '<END>' }, { tools }]) {
      const answers = await Promise.all(
        [false, true].map(async (streams) => {
          const { post, gateway } = await start(script, {});
          const response = await post(chat, { messages, ...more, stream: streams });
          const body = streams ? await all(response) : await response.json();
          return { body: body as never, record: gateway.endSession({ rolloutId: 'r', attempt: '0' })! };
        }),
      );
      const [whole, streamed] = answers as [(typeof answers)[0], (typeof answers)[0]];
      expect(streamed.record.trajectories).toEqual(whole.record.trajectories);
      const { choices } = whole.body as {
        choices: {
          message: { content: string };
          finish_reason: string;
          logprobs: { content: object[] } | null;
        }[];
      };
      for (const [index, { message, finish_reason: reason, logprobs }] of choices.entries()) {
        const deltas = deltasOf(streamed.body, index);
        expect(deltas.map(({ delta }) => delta.content ?? '').join('')).toBe(message.content);
        expect(deltas.filter(({ delta }) => (delta.content ?? '') !== '').length).toBeGreaterThan(1);
        expect(deltas.at(-1)!.finish_reason).toBe(reason);
        const told = deltas.flatMap((delta) => delta.logprobs?.content ?? []);
        expect(told).toEqual(logprobs?.content ?? []);
      }
    }
  });

  it('has calls of tools as such, never as text', async () => {
    const written = 'Let me < see. <tool_call>{"box":1}</tool_call>';
    const { post, gateway } = await start(() => written);
    const deltas = deltasOf(await all(await post(chat, { messages, tools, stream: true })));
    expect(deltas.map(({ delta }) => delta.content ?? '').join('')).toBe('Let me < see.');
    expect(deltas.flatMap(({ delta }) => delta.tool_calls ?? [])).toMatchObject([
      { index: 0, type: 'function', function: { name: 'look', arguments: '' } },
      { index: 0, function: { arguments: '{"box":1}' } },
    ]);
    expect(deltas.at(-1)!.finish_reason).toBe('tool_calls');
    const [trajectory] = gateway.endSession({ rolloutId: 'r', attempt: '0' })!.trajectories;
    expect(trajectory!.conversation!.at(-1)).toMatchObject({ content: 'Let me < see.' });
  });

  it('of the responses is one message, then its calls', async () => {
    const { post } = await start(() => 'so<tool_call>{"box":1}</tool_call>');
    const body = { input: 'hi', tools: [{ type: 'function', ...tools[0]!.function }], stream: true };
    const events = (await all(await post('/rollout/r/0/v1/responses', body))) as unknown as {
      type: string;
      sequence_number: number;
      delta?: string;
      response?: { output: { id: string }[] };
      item_id?: string;
    }[];
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      ...['created', 'in_progress', 'output_item.added', 'content_part.added', 'output_text.delta'],
      ...['output_text.delta', 'output_text.done', 'content_part.done', 'output_item.done', 'output_item.added'],
      ...['function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done', 'completed'],
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.flatMap(({ type, delta }) => (type.includes('text.delta') ? [delta] : []))).toEqual(['s', 'o']);
    const { output } = events.at(-1)!.response!;
    expect(events.find(({ type }) => type.includes('text.delta'))!.item_id).toBe(output[0]!.id);
  });

  it.each([chat, '/rollout/r/0/v1/responses'])('whose engine fails ends with the error: %s', async (path) => {
    const { post, gateway } = await start(() => 'abc', {
      beforeToken(written) {
        if (written === 'ab') throw new Error('out of order');
      },
    });
    const response = await post(path, { messages, input: 'hi', stream: true });
    expect(response.status).toBe(200);
    expect((await all(response)).at(-1)).toMatchObject({ error: { message: 'out of order', type: 'server_error' } });
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })).toMatchObject({
      ...{ calls: 0, errors: 1, disconnects: 0, lastError: 'out of order' },
    });
  });

  it('has a status of its own when it fails before its first token', async () => {
    const { post } = await start(() => Promise.reject(new Error('out of order')));
    expect((await post(chat, { messages, stream: true })).status).toBe(500);
  });

  it('leaves nothing in the record when its caller goes away in the middle', async () => {
    let goesOn = (): void => undefined;
    const gone = new Promise<void>((resolve) => (goesOn = resolve));
    const { post, gateway } = await start(() => 'abc', {
      beforeToken: (written) => (written === 'ab' ? gone : undefined),
    });
    const caller = new AbortController();
    const response = await post(chat, { messages, stream: true }, caller.signal);
    const events = eventsOf(response);
    await events.next();
    caller.abort();
    await expect(events.next().then(() => events.next())).rejects.toThrow();
    const metrics = async () => (await fetch(response.url.replace(chat, '/metrics'))).text();
    while (!(await metrics()).includes('outcome="gone"} 1')) await new Promise((resolve) => setTimeout(resolve, 5));
    goesOn();
    while (gateway.load.calls > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(gateway.endSession({ rolloutId: 'r', attempt: '0' })).toMatchObject({ calls: 0, disconnects: 1, errors: 0 });
  });

  it('ends with an error when its session does', async () => {
    const { post, gateway } = await start(() => 'abc', {
      beforeToken(written) {
        if (written === 'ab') gateway.endSession({ rolloutId: 'r', attempt: '0' });
      },
    });
    const events = await all(await post(chat, { messages, stream: true }));
    expect(events.at(-1)).toMatchObject({ error: { code: 'aborted' } });
  });
});
