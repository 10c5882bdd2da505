import { readFile } from 'node:fs/promises';
import type { Message } from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerChats } from '../../testing/check-peer-chats.ts';
import type { PeerTokenizer } from '../../testing/check-peer-tokenizer.ts';
import { tokenizerFromFiles } from '../../testing/tokenizer-from-files.ts';
import type { PretrainedTokenizer } from '../pretrained-tokenizer.ts';
import { answerConversation, extendConversation, startConversation, type TokenConversation } from './conversation.ts';

const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../../testing-data/tokenizers/${name}`, import.meta.url), 'utf8')) as unknown;
const peer = (await read('qwen.json')) as PeerTokenizer;
const { templates } = (await read('chats.json')) as PeerChats;
const open = (chatTemplate: string, tokenizer = peer.tokenizer): Promise<PretrainedTokenizer> =>
  tokenizerFromFiles(
    { 'tokenizer.json': JSON.stringify(tokenizer), 'tokenizer_config.json': '{"eos_token":"<|im_end|>"}' },
    { chatTemplate },
  );
const tokenizer = await open(templates['tools'] as string);
const end = tokenizer.eosTokenIds[0] as number;

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const answer = (conversation: TokenConversation, content: string, tokens: ArrayLike<number>): TokenConversation =>
  answerConversation(conversation, { message: assistant(content), tokens });
const encoded = (text: string): number[] => [...tokenizer.encode(text, { addSpecialTokens: false })];
// Other tokens than the tokenizer would choose.
const spelled = (text: string): number[] => [...text].flatMap(encoded);
const generated = ({ tokens, generatedMask }: TokenConversation): number[] =>
  [...tokens].filter((_, index) => generatedMask[index] === 1);

describe('extendConversation', () => {
  it('adds what follows an answer, and keeps the tokens of the answer', () => {
    const start = startConversation(tokenizer, [user('2+2?')]);
    expect([...start.tokens]).toEqual([...tokenizer.encodeChat([user('2+2?')], { addGenerationPrompt: true })]);
    const sampled = [...spelled('the answer is 4'), end];
    expect(sampled).not.toEqual(encoded('the answer is 4<|im_end|>'));
    const result = extendConversation(tokenizer, answer(start, 'the answer is 4', sampled), [user('and 3+3?')]);
    expect(result.status).toBe('extended');
    const added = encoded('\n<|im_start|>user\nand 3+3?<|im_end|>\n<|im_start|>assistant\n');
    expect([...result.conversation.tokens]).toEqual([...start.tokens, ...sampled, ...added]);
    expect(generated(result.conversation)).toEqual(sampled);
  });

  it('ends an answer that was cut', () => {
    const start = startConversation(tokenizer, [user('count')]);
    const { conversation } = extendConversation(tokenizer, answer(start, 'one two', encoded('one two')), [user('on')]);
    expect(tokenizer.decode(conversation.tokens)).toBe(conversation.text);
    expect(generated(conversation)).toEqual(encoded('one two'));
  });

  it('says when the template rewrites what was said', () => {
    const thought = '<think>\nadd\n</think>\n\n4';
    const asked = answer(startConversation(tokenizer, [user('2+2?')]), thought, [...encoded(thought), end]);
    const result = extendConversation(tokenizer, asked, [user('3+3?')]);
    expect(result).toMatchObject({
      status: 'rewritten',
      at: asked.text.length,
      before: '<think>\nadd\n</think>\n\n4<|im_end|>\n',
      after: '4<|im_end|>\n<|im_start|>user\n3+3?<|im_end|>\n<|im_start|>assistant\n',
    });
    // The thoughts stay in the tokens, and the new turn follows.
    expect(tokenizer.decode(result.conversation.tokens)).toBe(
      `${asked.text}${thought}<|im_end|>\n<|im_start|>user\n3+3?<|im_end|>\n<|im_start|>assistant\n`,
    );
    const restarted = startConversation(tokenizer, result.conversation.messages);
    expect(restarted.text).not.toContain('<think>');
    expect(generated(restarted)).toEqual([]);
  });

  it('says when the prompt of the answer is gone', () => {
    const options = { variables: { enable_thinking: false } };
    const start = startConversation(tokenizer, [user('2+2?')], options);
    const result = extendConversation(tokenizer, answer(start, '4', [...encoded('4'), end]), [user('3+3?')]);
    expect(result).toMatchObject({ status: 'rewritten', before: '<think>\n\n</think>\n\n' });
    expect(tokenizer.decode(result.conversation.tokens)).toContain(
      '<think>\n\n</think>\n\n4<|im_end|>\n<|im_start|>user',
    );
  });

  it('goes on after results of tools', () => {
    const call = { id: 'a', type: 'function', function: { name: 'add', arguments: '{"x": 1}' } } as const;
    const start = startConversation(tokenizer, [user('1+1?')], { tools: [{ name: 'add' }] });
    // The model writes a call in its own way; the template would write it in another.
    const sampled = [...encoded('<tool_call>{"name":"add","arguments":{"x":1}}'), end];
    const called = answerConversation(start, {
      message: { role: 'assistant', content: '', toolCalls: [call] },
      tokens: sampled,
    });
    const result = extendConversation(tokenizer, called, [{ role: 'tool', content: '2', toolCallId: 'a' }]);
    expect(result.status).toBe('extended');
    expect(generated(result.conversation)).toEqual(sampled);
    expect(tokenizer.decode(result.conversation.tokens).slice(start.text.length)).toBe(
      '<tool_call>{"name":"add","arguments":{"x":1}}<|im_end|>\n<tool id=a>2</tool><|im_start|>assistant\n',
    );
  });

  it('works with turns that no token ends', async () => {
    const plain = await open(
      '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}',
    );
    const start = startConversation(plain, [user('a')]);
    const result = extendConversation(plain, answer(start, 'b', encoded('b\n')), [user('c')]);
    expect(result.status).toBe('extended');
    expect(plain.decode(result.conversation.tokens)).toBe('user: a\nassistant: b\nuser: c\nassistant: ');
  });

  it('splits what follows as inside of a text, where a first word has a mark of its own', async () => {
    const mistral = ((await read('mistral.json')) as PeerTokenizer).tokenizer;
    const template =
      "{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}</s>{% else %}<s>{% endif %}{% endfor %}";
    const first = await tokenizerFromFiles(
      { 'tokenizer.json': JSON.stringify(mistral), 'tokenizer_config.json': '{"eos_token":"</s>"}' },
      { chatTemplate: template },
    );
    const start = startConversation(first, [user('the')]);
    const sampled = [...first.encode('other', { addSpecialTokens: false }), ...first.eosTokenIds];
    const { conversation } = extendConversation(first, answer(start, 'other', sampled), [user('answer')]);
    // Neither turn after the first has the space that a text begins with.
    expect([...conversation.tokens].slice(start.tokens.length + sampled.length)).toEqual([
      ...first.encode('<s>answer<s>', { addSpecialTokens: false }).subarray(1),
    ]);
  });

  it('equals the rendered conversation, whatever is said', () => {
    const said = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('<', ''));
    fc.assert(
      fc.property(fc.array(fc.tuple(said, said, fc.boolean()), { minLength: 1, maxLength: 4 }), (turns) => {
        let conversation = startConversation(tokenizer, [user('x')]);
        const sampled: number[] = [];
        for (const [content, question, isSpelled] of turns) {
          const tokens = [...(isSpelled ? spelled(content) : encoded(content)), end];
          sampled.push(...tokens);
          const result = extendConversation(tokenizer, answer(conversation, content, tokens), [user(question)]);
          expect(result.status).toBe('extended');
          expect(result.conversation.tokens.slice(0, conversation.tokens.length)).toEqual(conversation.tokens);
          conversation = result.conversation;
        }
        expect(generated(conversation)).toEqual(sampled);
        if (turns.every(([, , isSpelled]) => !isSpelled)) {
          const whole = tokenizer.encodeChat(conversation.messages, { addGenerationPrompt: true });
          expect([...conversation.tokens]).toEqual([...whole]);
        }
      }),
    );
  });
});
