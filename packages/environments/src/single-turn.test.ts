import type { Task, Tokenizer } from '@rlloom/spec';
import { testEnvironment } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { encodePrompt, singleTurn } from './single-turn.ts';

// Code points as tokens: small enough to check by eye, and a real implementation of the contract.
const codePoints: Tokenizer = {
  vocabularySize: 0x110000,
  padTokenId: 0,
  eosTokenIds: [10],
  hasChatTemplate: true,
  encode: (text) => Int32Array.from([...text].map((char) => char.codePointAt(0) ?? 0)),
  decode: (tokens) => Array.from(tokens, (token) => String.fromCodePoint(token)).join(''),
  tokenText: (id) => String.fromCodePoint(id),
  renderChat: (messages, options) =>
    messages.map((message) => `[${message.role}]${message.content}`).join('') +
    (options.addGenerationPrompt ? '[assistant]' : ''),
  encodeChat: (messages, options) => codePoints.encode(codePoints.renderChat(messages, options)),
};

const task: Task = { id: 'a', tag: 'sum', messages: [{ role: 'user', content: '1+2=' }] };

testEnvironment('singleTurn', () => ({ environment: singleTurn({ tokenizer: codePoints }), task }));

describe('encodePrompt', () => {
  it('renders the chat template with a generation prompt', () => {
    const tokens = encodePrompt(task, { tokenizer: codePoints });
    expect(codePoints.decode(tokens)).toBe('[user]1+2=[assistant]');
  });

  it('shows the tools of the record, unless it is told of others', () => {
    const renderChat: Tokenizer['renderChat'] = (_, { tools = [] }) => tools.join(',');
    const tokenizer: Tokenizer = {
      ...codePoints,
      encodeChat: (messages, options) => codePoints.encode(renderChat(messages, options)),
    };
    const own = { ...task, extra: { tools: ['add'] } };
    const shown = (template: { readonly tools?: readonly unknown[] }): string =>
      codePoints.decode(encodePrompt(own, { tokenizer, template }));
    expect(shown({})).toBe('add');
    expect(shown({ tools: ['mul'] })).toBe('mul');
  });

  it('joins contents when the format is plain', () => {
    const two = { ...task, messages: [{ role: 'system' as const, content: 'add' }, ...task.messages] };
    expect(codePoints.decode(encodePrompt(two, { tokenizer: codePoints, promptFormat: 'plain' }))).toBe('add\n1+2=');
  });

  it('names the task and the bound when a prompt is too long', () => {
    const placed = { ...task, source: { file: 'tasks.jsonl', line: 7 } };
    expect(() => encodePrompt(placed, { tokenizer: codePoints, promptFormat: 'plain', maxPromptLength: 3 })).toThrow(
      /task "a" \(tasks\.jsonl:7\): the prompt has 4 tokens, more than max_prompt_length 3/,
    );
  });

  it('refuses an empty prompt', () => {
    expect(() => encodePrompt({ ...task, messages: [] }, { tokenizer: codePoints, promptFormat: 'plain' })).toThrow(
      /the prompt is empty/,
    );
  });
});
