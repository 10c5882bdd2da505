import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRlloomError, type Message } from '@rlloom/spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { fixturePath } from '../testing/small-model.ts';
import { loadTokenizer } from './load-tokenizer.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-tokenizer-'));
  await cp(fixturePath('models/qwen2'), directory, { recursive: true });
});

async function edit(name: string, change: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(directory, name);
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...change }));
}

const messages: readonly Message[] = [{ role: 'user', content: 'hi' }];
const prompt = { addGenerationPrompt: true };

async function failure(run: () => unknown): Promise<{ kind: string; message: string }> {
  try {
    await run();
  } catch (error) {
    if (isRlloomError(error)) return { kind: error.kind, message: error.message.replaceAll(directory, 'DIR') };
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function expectMissing(tokenizer: { renderChat(from: typeof messages, options: typeof prompt): string }) {
  expect((await failure(() => tokenizer.renderChat(messages, prompt))).message).toMatch(
    /none of the chat templates is the default one\n {2}→ choose one by the option template: rag/,
  );
}

describe('loadTokenizer', () => {
  it('knows its special tokens', async () => {
    const tokenizer = await loadTokenizer(directory);
    expect(tokenizer).toMatchObject({
      vocabularySize: 502,
      padTokenId: 499,
      eosTokenIds: [501],
      hasChatTemplate: true,
    });
    expect([tokenizer.tokenText(501), tokenizer.tokenText(220), tokenizer.tokenText(9999)]).toEqual([
      '<|im_end|>',
      ' ',
      '<no token 9999>',
    ]);
  });

  it('takes the end tokens of generation_config.json, and pads with one where there is no pad token', async () => {
    await edit('generation_config.json', { eos_token_id: [499, 501] });
    expect((await loadTokenizer(directory)).eosTokenIds).toEqual([499, 501]);
    await rm(join(directory, 'generation_config.json'));
    await edit('tokenizer_config.json', { pad_token: null, eos_token: { content: '<|im_end|>' } });
    expect(await loadTokenizer(directory)).toMatchObject({ eosTokenIds: [501], padTokenId: 501 });
  });

  it('decodes nothing, and skips ids that have no token', async () => {
    const tokenizer = await loadTokenizer(directory);
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode(Int32Array.of(501), { skipSpecialTokens: true })).toBe('');
    expect(tokenizer.decode([39, 9999, 68])).toBe('He');
  });

  it('prefers chat_template.jinja, and picks among named templates', async () => {
    await edit('tokenizer_config.json', {
      chat_template: [
        { name: 'default', template: 'plain {{ eos_token }}' },
        { name: 'tool_use', template: 'tools {{ tools[0] }}' },
      ],
    });
    const named = await loadTokenizer(directory);
    expect(named.renderChat(messages, prompt)).toBe('plain <|im_end|>');
    expect(named.renderChat(messages, { ...prompt, tools: ['x'] })).toBe('tools x');
    await writeFile(join(directory, 'chat_template.jinja'), 'file {{ extra }}');
    expect((await loadTokenizer(directory)).renderChat(messages, { ...prompt, variables: { extra: 1 } })).toBe(
      'file 1',
    );
  });

  it('reads templates of their own files, and takes one that is given', async () => {
    await mkdir(join(directory, 'additional_chat_templates'));
    await writeFile(join(directory, 'additional_chat_templates', 'rag.jinja'), 'rag {{ documents }}');
    await expectMissing(await loadTokenizer(directory));
    await writeFile(join(directory, 'chat_template.jinja'), 'file');
    const several = await loadTokenizer(directory);
    expect(several.chatTemplateNames).toEqual(['default', 'rag']);
    expect(several.renderChat(messages, prompt)).toBe('file');
    expect(several.renderChat(messages, { ...prompt, template: 'rag' })).toBe('rag None');
    expect(several.renderChat(messages, { ...prompt, template: '{{ messages | length }}' })).toBe('1');
    const given = await loadTokenizer(directory, {
      chatTemplate: 'given {{ strftime_now("%Y") }}',
      now: () => new Date(0),
    });
    expect(given.renderChat(messages, prompt)).toBe(`given ${new Date(0).getFullYear()}`);
  });

  it('shows calls of tools to the template with arguments as objects', async () => {
    const tokenizer = await loadTokenizer(directory);
    const call = { id: 'a', type: 'function', function: { name: 'add', arguments: '{"x":[1,2]}' } } as const;
    const text = tokenizer.renderChat(
      [
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', content: '3', toolCallId: 'a' },
      ],
      { addGenerationPrompt: false },
    );
    expect(text).toContain('<tool_call>\n{"name": "add", "arguments": {"x": [1, 2]}}\n</tool_call>');
    expect(text).toContain('<|im_start|>tool\n3<|im_end|>');
    const odd = tokenizer.renderChat(
      [{ role: 'assistant', content: '', toolCalls: [{ ...call, function: { name: 'add', arguments: '{x' } }] }],
      { addGenerationPrompt: false },
    );
    expect(odd).toContain('"arguments": "{x"');
  });
});

describe('a broken tokenizer', () => {
  it('is missing', async () => {
    await rm(join(directory, 'tokenizer.json'));
    expect(await failure(() => loadTokenizer(directory))).toEqual({
      kind: 'model',
      message: expect.stringMatching(
        /^DIR\/tokenizer\.json: the file is missing\n {2}→ copy tokenizer\.json/,
      ) as string,
    });
    await writeFile(join(directory, 'vocab.json'), '{}');
    expect((await failure(() => loadTokenizer(directory))).message).toMatch(
      /→ the folder has a tokenizer in an older form/,
    );
  });

  it('is of an unknown kind', async () => {
    await edit('tokenizer.json', { model: { type: 'Telepathy' } });
    expect(await failure(() => loadTokenizer(directory))).toEqual({
      kind: 'model',
      message: expect.stringMatching(
        /^DIR\/tokenizer\.json: the tokenizer's model is a Telepathy, which is not supported/,
      ) as string,
    });
  });

  it.each([
    [{ pre_tokenizer: { type: 'UnicodeScripts' } }, /the tokenizer's pre_tokenizer is a UnicodeScripts, which is not/],
    [
      { decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'CTC' }] } },
      /the tokenizer's decoder\.decoders\.1 is a CTC, which is not supported\n {2}→ use a tokenizer of another kind/,
    ],
    [{ model: { type: 'BPE', vocab: {}, merges: [], dropout: 0.1 } }, /model\.dropout: makes tokens random/],
    [{ model: { type: 'BPE', vocab: {} } }, /model\.merges: /],
    [{ normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }, /precompiled_charsmap has 3 bytes/],
  ])('has a part that is not supported: %j', async (change, message) => {
    await edit('tokenizer.json', change);
    const { kind, message: found } = await failure(() => loadTokenizer(directory));
    expect(found).toMatch(message);
    expect(kind).toBe('model');
  });

  it('has no token for a text', async () => {
    await edit('tokenizer.json', {
      model: { type: 'WordLevel', vocab: { hi: 0 }, unk_token: '?' },
      pre_tokenizer: null,
    });
    const tokenizer = await loadTokenizer(directory);
    expect([...tokenizer.encode('hi')]).toEqual([0]);
    expect(await failure(() => tokenizer.encode('ho'))).toMatchObject({
      kind: 'data',
      message: expect.stringMatching(/has no token for "ho"/) as string,
    });
  });

  it('has settings of the wrong type', async () => {
    await edit('tokenizer_config.json', { eos_token: 3 });
    expect((await failure(() => loadTokenizer(directory))).message).toMatch(
      /^DIR\/tokenizer_config\.json: eos_token: /,
    );
  });

  it('has no chat template', async () => {
    await edit('tokenizer_config.json', { chat_template: null });
    const tokenizer = await loadTokenizer(directory);
    expect(tokenizer.hasChatTemplate).toBe(false);
    expect(await failure(() => tokenizer.encodeChat(messages, prompt))).toEqual({
      kind: 'model',
      message: expect.stringMatching(
        /the tokenizer has no chat template\n {2}→ use an instruction-tuned model/,
      ) as string,
    });
  });

  it('has a chat template that is not one, or refuses the conversation', async () => {
    await writeFile(join(directory, 'chat_template.jinja'), '{% for %}');
    const invalid = await loadTokenizer(directory);
    expect(await failure(() => invalid.renderChat(messages, prompt))).toEqual({
      kind: 'model',
      message: expect.stringMatching(/not valid Jinja/) as string,
    });
    await writeFile(join(directory, 'chat_template.jinja'), "{{ raise_exception('no users') }}");
    const strict = await loadTokenizer(directory);
    expect(await failure(() => strict.renderChat(messages, prompt))).toEqual({
      kind: 'data',
      message: expect.stringMatching(
        /refuses the conversation: .*no users[\s\S]*→ check the roles and their order: user/,
      ) as string,
    });
  });
});
