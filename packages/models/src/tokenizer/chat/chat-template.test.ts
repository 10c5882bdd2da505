import { isRlloomError, type Message } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { characterTokenizerFiles } from '../character-tokenizer.ts';
import { tokenizerFromFiles } from '../../testing/tokenizer-from-files.ts';

const messages: readonly Message[] = [
  { role: 'user', content: 'ab' },
  { role: 'assistant', content: ' ba ' },
];
const plain = { addGenerationPrompt: false };
const open = (chatTemplate: string, tokens: readonly string[] = [...'ab ']) =>
  tokenizerFromFiles(characterTokenizerFiles({ tokens, chatTemplate }));

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRlloomError(error)) return `${error.kind}: ${error.what}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('renderChat', () => {
  it.each([
    ['{{ true }} {{ none }} {{ nothing }} {{ 1.0 }} {{ 2 }}', 'True None  1.0 2'],
    ["{{ ['a', none, [1.5], {'k': false}] }}", "['a', None, [1.5], {'k': False}]"],
    [`{{ ["it's", '"', 'a\\nb'] }}`, `["it's", '"', 'a\\nb']`],
    ["{{ 'x' ~ true ~ [] }} {{ none | string }} {{ {'a': true} | tojson }}", 'xTrue[] None {"a": true}'],
    ['{% set x %}{{ false }}{% endset %}{{ x }}{% for i in range(3) %}{{ i }}{% endfor %}', 'False012'],
    [
      '{% if false %}a{% else %}{{ true }}{% endif %}{% macro m(v) %}<{{ v }}>{% endmacro %}{{ m(none) }}',
      'True<None>',
    ],
    ["{{ range(4, 0, -2) | join(',') }} {{ range(0) | length }}", '4,2 0'],
  ])('writes values as Python does: %s', async (template, text) => {
    expect((await open(template)).renderChat(messages, plain)).toBe(text);
  });

  it('goes on with the last message', async () => {
    const exact = await open('{% for m in messages %}[{{ m.content }}]{% endfor %}');
    const options = { ...plain, continueFinalMessage: true };
    expect(exact.renderChat(messages, options)).toBe('[ab][ ba ');
    const trimming = await open('{% for m in messages %}[{{ m.content | trim }}]{% endfor %}');
    expect(trimming.renderChat(messages, options)).toBe('[ab][ba');
    const hiding = await open('{{ messages[0].content }}');
    expect(failure(() => hiding.renderChat(messages, options))).toMatch(
      /^data: the chat template does not show the last/,
    );
    expect(failure(() => exact.renderChat(messages, { ...options, addGenerationPrompt: true }))).toMatch(/^config: /);
  });

  it('tells a refusal from a failure, and refuses nothing to say', async () => {
    const strict = await open("{{ raise_exception('no') }}");
    expect(failure(() => strict.renderChat(messages, plain))).toBe(
      'data: the chat template refuses the conversation: no',
    );
    const broken = await open('{{ messages | nonsense }}');
    expect(failure(() => broken.renderChat(messages, plain))).toMatch(
      /^data: the chat template fails on the conversation: /,
    );
    expect(failure(() => strict.renderChat([], plain))).toBe('data: the conversation is empty');
  });
});

describe('encodeChatWithMask', () => {
  const template =
    "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";

  it('marks the tokens that the assistant writes', async () => {
    const { tokens, assistantMask } = (await open(template)).encodeChatWithMask(messages, plain);
    expect([...tokens]).toEqual([3, 4, 5, 4, 3, 5]);
    expect([...assistantMask]).toEqual([0, 0, 1, 1, 1, 1]);
    const other = (await open(template)).encodeChatWithMask(messages.slice(0, 1), plain);
    expect([...other.assistantMask]).toEqual([0, 0]);
  });

  it('marks all tokens of a character', async () => {
    // é is not in the vocabulary: two bytes, two unknown tokens. transformers would mark the first of them.
    const said = [...messages.slice(0, 1), { role: 'assistant', content: 'é' } as const];
    expect([...(await open(template)).encodeChatWithMask(said, plain).assistantMask]).toEqual([0, 0, 1, 1]);
  });

  it('keeps a conversation that has the marks of blocks', async () => {
    const odd: Message = { role: 'assistant', content: '\ufdd0\ufdd1' };
    const tokenizer = await open(template);
    expect(tokenizer.renderChat([odd], plain)).toBe(odd.content);
    expect([...tokenizer.encodeChatWithMask([odd], plain).assistantMask]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('needs a template that says it', async () => {
    const tokenizer = await open('{{ messages[0].content }}');
    expect(failure(() => tokenizer.encodeChatWithMask(messages, plain))).toMatch(
      /^model: .*no \{% generation %\} blocks/,
    );
  });
});
