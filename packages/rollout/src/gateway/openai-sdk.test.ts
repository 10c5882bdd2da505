import OpenAI, { BadRequestError, RateLimitError } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from './gateway.ts';
import { pairTokenizer, type Script, scriptedEngine } from './testing/scripted-policy.ts';

const open: Gateway[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

async function start(script: Script) {
  const gateway = await createGateway({ engine: scriptedEngine(script), tokenizer: pairTokenizer, token: 'sesame' });
  open.push(gateway);
  await gateway.listen({ port: 0 });
  const session = gateway.openSession({ rolloutId: 'a/b c', attempt: 1 });
  return { gateway, session, client: new OpenAI({ baseURL: session.baseUrl, apiKey: 'sesame', maxRetries: 2 }) };
}

const messages = [{ role: 'user' as const, content: 'hi' }];

describe('the SDK of OpenAI', () => {
  it('understands chat completions, streamed and not', async () => {
    const { client, gateway, session } = await start((_, { seed }) => `word ${seed % 2}`);
    const whole = await client.chat.completions.create({ model: 'm', messages, logprobs: true });
    expect(whole.choices[0]!.logprobs!.content).toHaveLength(7);
    const stream = client.chat.completions.stream({ model: 'm', messages });
    expect((await stream.finalMessage()).content).toMatch(/^word [01]$/u);
    expect(gateway.endSession(session)).toMatchObject({ rolloutId: 'a/b c', attempt: '1', calls: 2 });
  });

  it('understands responses, streamed and not', async () => {
    const { client } = await start(() => 'a word');
    const whole = await client.responses.create({ model: 'm', input: 'hi' });
    expect(whole.output_text).toBe('a word');
    const stream = client.responses.stream({ model: 'm', input: 'go', previous_response_id: whole.id });
    expect((await stream.finalResponse()).output_text).toBe('a word');
  });

  it('waits while weights change, and gets its answer', async () => {
    const { client, gateway } = await start(() => 'a');
    await gateway.pause();
    const call = client.chat.completions.create({ model: 'm', messages });
    setTimeout(() => void gateway.resume(), 100);
    expect((await call).choices[0]!.message.content).toBe('a');
  });

  it('knows the errors', async () => {
    const { client, gateway } = await start(() => 'a');
    await expect(
      client.chat.completions.create({ model: 'm', messages, response_format: { type: 'json_object' } }),
    ).rejects.toBeInstanceOf(BadRequestError);
    await gateway.pause();
    await expect(client.chat.completions.create({ model: 'm', messages }, { maxRetries: 0 })).rejects.toBeInstanceOf(
      RateLimitError,
    );
  });
});
