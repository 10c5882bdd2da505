import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@rlloom/models';
import type { Message, Task, ToolCall } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { type DemonstrationOptions, demonstrationSequence } from './demonstration.ts';

const tokenizer = await loadTokenizer(fileURLToPath(new URL('../../../tools/fixtures/models/qwen3', import.meta.url)));
const tools = [{ type: 'function', function: { name: 'add', parameters: { type: 'object' } } }];
const call: ToolCall = { id: 'call1', type: 'function', function: { name: 'add', arguments: '{"a":2,"b":3}' } };
const conversation: readonly Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is 2 + 3?' },
  { role: 'assistant', content: 'I add.', toolCalls: [call] },
  { role: 'tool', content: '5', toolCallId: 'call1' },
  { role: 'assistant', content: 'It is 5.' },
];

function sequence(messages: readonly Message[], change: Partial<DemonstrationOptions & { extra: Task['extra'] }> = {}) {
  const { extra, ...options } = change;
  const task: Task = { id: 'a', tag: 'sum', messages, ...(extra !== undefined && { extra }) };
  return demonstrationSequence(task, { tokenizer, promptFormat: 'chat', maxLength: 1000, ...options });
}

/** The text in pieces: those that train in brackets. */
function marked({ tokens, lossMask }: ReturnType<typeof sequence>): string {
  let text = '';
  for (let from = 0; from < tokens.length; ) {
    const next = lossMask.indexOf(1 - lossMask[from]!, from);
    const to = next < 0 ? tokens.length : next;
    const piece = tokenizer.decode(tokens.subarray(from, to));
    text += lossMask[from] === 1 ? `[[${piece}]]` : piece;
    from = to;
  }
  return text;
}

describe('demonstrationSequence', () => {
  it('shows tools, calls and their answers as the template does, and trains on what the assistant writes', () => {
    const made = sequence(conversation, { extra: { tools } });
    expect(marked(made)).toBe(
      `<|im_start|>system
Be brief.

Tools:{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}<|im_end|>
<|im_start|>user
What is 2 + 3?<|im_end|>
<|im_start|>assistant
[[I add.
<tool_call>
{"name": "add", "arguments": {"a": 2, "b": 3}}
</tool_call><|im_end|>]]
<|im_start|>tool
5<|im_end|>
<|im_start|>assistant
[[It is 5.<|im_end|>]]`,
    );
    // Token for token the template's own text, up to the line end behind the last turn.
    const whole = tokenizer.encodeChat(conversation, { tools, addGenerationPrompt: false });
    expect([...made.tokens]).toEqual([...whole.subarray(0, made.tokens.length)]);
    expect(tokenizer.decode(whole.subarray(made.tokens.length))).toBe('\n');
  });

  it('begins as a rollout of the same record does', () => {
    const { tokens, lossMask } = sequence(conversation, { extra: { tools: JSON.stringify(tools) } });
    const prompt = tokenizer.encodeChat(conversation.slice(0, 2), { tools, addGenerationPrompt: true });
    expect([...tokens.subarray(0, lossMask.indexOf(1))]).toEqual([...prompt]);
  });

  it('trains on the last turn of what has no tools, or on all, as asked', () => {
    const talk: readonly Message[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'd' },
    ];
    const trained = (change: Parameters<typeof sequence>[1], messages = talk): string[] =>
      [...marked(sequence(messages, change)).matchAll(/\[\[(.*?)\]\]/gs)].map(([, piece]) => piece ?? '');
    expect(trained({})).toEqual(['d<|im_end|>']);
    expect(trained({ turns: 'all' })).toEqual(['b<|im_end|>', 'd<|im_end|>']);
    expect(trained({ extra: { tools } })).toEqual(['b<|im_end|>', 'd<|im_end|>']);
    expect(trained({ turns: 'last', extra: { tools } }, conversation)).toEqual(['It is 5.<|im_end|>']);
    expect(trained({ turns: 'last' }, conversation.slice(0, 3))).toHaveLength(1);
  });

  it('keeps plain prompts: contents line by line, and the last answer', () => {
    const { tokens, lossMask } = sequence(conversation.slice(1, 3), { promptFormat: 'plain' });
    expect(tokenizer.decode(tokens.filter((_, index) => lossMask[index] === 0))).toBe('What is 2 + 3?');
    expect(tokenizer.decode(tokens.filter((_, index) => lossMask[index] === 1))).toMatch(/^I add\.<\|\w+\|>$/);
  });

  it('refuses a template that hides calls, a record without an answer, and one that is too long', async () => {
    const other = await loadTokenizer(fileURLToPath(new URL('../../../tools/fixtures/models/phi3', import.meta.url)));
    expect(() => sequence(conversation.slice(1, 3), { tokenizer: other })).toThrow(
      /task "a".*does not show calls of tools/,
    );
    expect(() => sequence(conversation.slice(0, 2))).toThrow(/must end with an assistant message/);
    expect(() => sequence(conversation, { maxLength: 20 })).toThrow(/more than 20/);
  });
});
