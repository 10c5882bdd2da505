import { fileURLToPath } from 'node:url';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { loadModel, loadTokenizer } from '@rlloom/models';
import type { RolloutEngine } from '@rlloom/spec';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend } from '@rlloom/tensor';
import OpenAI, { APIError } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { createLlamaCppEngine } from '../llama-cpp/llama-cpp-engine.ts';
import { loadLlama } from '../llama-cpp/load-llama.ts';
import { createLocalEngine } from '../local-engine.ts';
import { createGateway } from './gateway.ts';
import { pairTokenizer, type Script, scriptedEngine, type ScriptedStream } from './testing/scripted-policy.ts';
import type { ToolCallFormat } from './tool-call-format.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const folder = fileURLToPath(new URL('../../../../tools/fixtures/models/qwen2', import.meta.url));
const template = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]';
const missing = await loadLlama({ gpu: 'none' }).then(
  () => undefined,
  (error: Error) => error.message,
);
const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 40 };
const messages = [{ role: 'user' as const, content: 'Tell me.' }];

type MakeEngine = () => Promise<RolloutEngine>;
const local = (joinsCalls: boolean, compiled: 'always' | 'never') => async () => {
  await selectBackend({ backend: 'wasm' });
  const model = await loadModel(folder);
  closing.push(async () => model.dispose());
  return createLocalEngine({ model, tokenizer: await loadTokenizer(folder), joinsCalls, compiled });
};
const engines: readonly (readonly [string, boolean, MakeEngine])[] = [
  ['local', true, local(false, 'never')],
  ['local, calls joined', true, local(true, 'never')],
  ['local, compiled', true, local(true, 'always')],
  [
    missing === undefined ? 'llama_cpp' : `llama_cpp (skipped: ${missing})`,
    missing === undefined,
    () => createLlamaCppEngine({ model: folder, maxBatchSize: 2, maxSequenceLength: 128, threads: 1, gpu: 'none' }),
  ],
];

describe.each(engines)('the stream of %s', (_, isThere, makeEngine) => {
  it.skipIf(!isThere)('is the answer without it, token for token, as the SDK of OpenAI reads it', async () => {
    const loaded = await loadTokenizer(folder);
    const tokenizer = {
      ...loaded,
      hasChatTemplate: true,
      renderChat: (...[said, options]: Parameters<typeof loaded.renderChat>) =>
        loaded.renderChat(said, { ...options, template }),
    };
    const engine = await makeEngine();
    const gateway = await createGateway({ engine, tokenizer });
    closing.unshift(() => gateway.close());
    closing.push(() => engine.close());
    await gateway.listen({ port: 0 });
    const answers = [];
    for (const rolloutId of ['whole', 'streamed']) {
      const session = gateway.openSession({ rolloutId, seed: 7, sampling });
      const client = new OpenAI({ baseURL: session.baseUrl, apiKey: 'none' });
      const body = { model: 'm', messages, n: 2 };
      const texts = ['', ''];
      let deltas = 0;
      if (rolloutId === 'streamed') {
        for await (const { choices } of await client.chat.completions.create({ ...body, stream: true })) {
          for (const { index, delta } of choices) texts[index] += delta.content ?? '';
          deltas += 1;
        }
        expect(deltas).toBeGreaterThan(20);
      } else {
        const { choices } = await client.chat.completions.create(body);
        for (const { index, message } of choices) texts[index] = message.content!;
      }
      const { trajectories } = gateway.endSession(session)!;
      answers.push({ texts, trajectories: trajectories.map((each) => ({ ...each, taskId: '', episodeId: '' })) });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]!.texts.join('').length).toBeGreaterThan(20);
  });
});

type AiSdkModel = ReturnType<ReturnType<typeof createOpenAICompatible>>;
type AiSdkPrompt = Parameters<AiSdkModel['doStream']>[0]['prompt'];

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
  certainLength: (text) => (text.includes('<') ? text.indexOf('<') : text.length),
};

async function start(script: Script, stream: ScriptedStream = {}) {
  const gateway = await createGateway({
    ...{ engine: scriptedEngine(script, stream), tokenizer: pairTokenizer, toolFormat },
  });
  closing.push(() => gateway.close());
  await gateway.listen({ port: 0 });
  return { gateway, session: gateway.openSession({ rolloutId: 'r' }) };
}

describe('clients of a stream', () => {
  it('of the AI SDK get text and calls as they come, and go on with them', async () => {
    const { gateway, session } = await start((prompt) =>
      prompt.includes('[tool]')
        ? 'a cat'
        : 'Let me see.<tool_call>{"name": "look", "arguments": {"box": "red"}}</tool_call>',
    );
    const provider = createOpenAICompatible({ name: 'policy', baseURL: session.baseUrl });
    const look = {
      ...{ type: 'function' as const, name: 'look', description: 'Looks into a box.' },
      inputSchema: { type: 'object' as const, properties: { box: { type: 'string' as const } } },
    };
    const seen: string[] = [];
    const ask = async (prompt: AiSdkPrompt) => {
      const { stream } = await provider('policy').doStream({ prompt, tools: [look] });
      for await (const part of stream) {
        if (part.type === 'text-delta') seen.push(part.delta);
        if (part.type === 'tool-call') seen.push(`<${part.toolName} ${part.input}>`);
        if (part.type === 'finish') seen.push(part.finishReason);
      }
    };
    const asked = { role: 'user' as const, content: [{ type: 'text' as const, text: 'red' }] };
    await ask([asked]);
    expect(seen.splice(0)).toEqual([...'Let', ' m', ...'e', ' s', ...'ee.', '<look {"box":"red"}>', 'tool-calls']);
    const called = { toolCallId: 'c', toolName: 'look' };
    await ask([
      asked,
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', ...called, input: { box: 'red' } },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', ...called, output: { type: 'text', value: 'a cat' } }] },
    ]);
    expect(seen).toEqual(['a', ' c', ...'at', 'stop']);
    const { trajectories, calls } = gateway.endSession(session)!;
    expect([trajectories.length, calls]).toEqual([1, 2]);
  });

  it.each(['chat', 'responses'] as const)('of OpenAI are told when it breaks off: %s', async (kind) => {
    const { session } = await start(() => 'abc', {
      beforeToken(written) {
        if (written === 'ab') throw new Error('out of order');
      },
    });
    const client = new OpenAI({ baseURL: session.baseUrl, apiKey: 'none' });
    const read = async () => {
      if (kind === 'chat') await client.chat.completions.stream({ model: 'm', messages }).finalMessage();
      else await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse();
    };
    await expect(read()).rejects.toThrow(APIError);
    await expect(read()).rejects.toThrow('out of order');
  });
});
