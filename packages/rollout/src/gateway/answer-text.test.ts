import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@rlloom/models';
import type { Tokenizer } from '@rlloom/spec';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { findEnd } from '../http/find-end.ts';
import { type AnswerPart, answerCall } from './answer-call.ts';
import { createAnswerText } from './answer-text.ts';
import { gatewayConfig } from './gateway.config.ts';
import { pairTokenizer } from './testing/scripted-policy.ts';
import type { ToolCallFormat } from './tool-call-format.ts';

/** `<call>name` is a call. */
const format: ToolCallFormat = {
  name: 'test',
  parse(text) {
    const [content = '', ...calls] = text.split('<call>');
    return { content: content.trim(), calls: calls.map((name) => ({ name, arguments: '{}' })) };
  },
  certainLength(text) {
    const at = text.indexOf('<');
    return at < 0 ? text.length : at;
  },
};

const codes = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!);
const piecesOf = (
  text: string,
  options: { readonly stop?: readonly string[]; readonly format?: ToolCallFormat } = {},
): string[] => {
  const answer = createAnswerText({ tokenizer: pairTokenizer, stop: [], format: undefined, ...options });
  return codes(text).map((token) => answer.push([token]));
};

describe('createAnswerText', () => {
  it('gives text as it comes, and holds back what may become a stop string', () => {
    expect(piecesOf('abc')).toEqual(['a', 'b', 'c']);
    expect(piecesOf('a<b<ENDxy', { stop: ['<END>'] })).toEqual(['a', '', '<b', '', '', '', '', '<ENDx', 'y']);
    expect(piecesOf('ab;c', { stop: [';'] })).toEqual(['a', 'b', '', '']);
  });

  it('holds back what may become a call, and space that would be trimmed beside one', () => {
    expect(piecesOf('a b <x', { format })).toEqual(['a', '', ' b', '', '', '']);
    expect(piecesOf(' a', { format })).toEqual(['', '']);
    const { certainLength: _, ...plain } = format;
    expect(piecesOf('ab', { format: plain })).toEqual(['', '']);
  });

  it('does not take an end token for text while it is the last', () => {
    expect(piecesOf('a$')).toEqual(['a', '']);
  });
});

describe.each(['qwen2', 'llama', 'gemma2', 'mistral'])('the text of %s, token by token', (name) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(
      fileURLToPath(new URL(`../../../../tools/fixtures/models/${name}`, import.meta.url)),
    );
  });

  // The engine writes these tokens, as far as it is let.
  async function answerOf(
    written: readonly number[],
    { stop, withTools }: { readonly stop: readonly string[]; readonly withTools: boolean },
  ) {
    const { eosTokenIds } = tokenizer;
    const end = findEnd(written, { eosTokenIds, stopStrings: stop, tokenizer });
    const tokens = Int32Array.from(written.slice(0, end?.length));
    const parts: AnswerPart[] = [];
    const answer = await answerCall(
      {
        ...{ config: gatewayConfig.parse({}), sampling: undefined, toolFormat: format, onGenerated: () => undefined },
        tokenizer: {
          ...{ ...pairTokenizer, eosTokenIds, renderChat: () => 'x', encode: () => Int32Array.of(1) },
          decode: (ids, options) => tokenizer.decode(ids, options),
          decodeStream: (options) => tokenizer.decodeStream!(options),
        },
        engine: {
          capabilities: { maxSequenceLength: 1000 },
          generate: async (_: unknown, { onTokens }: { onTokens: (index: number, drawn: object) => void }) => {
            for (const token of tokens) onTokens(0, { tokens: [token], logProbs: [0] });
            const logProbs = new Float32Array(tokens.length);
            return [{ tokens, logProbs, policyVersions: new Int32Array(0), stopReason: end?.reason ?? 'length' }];
          },
        } as never,
      },
      {
        session: undefined,
        call: {
          ...{ messages: [], templateVariables: {}, choices: 1, stop, seed: 1, maxNewTokens: undefined },
          ...{ temperature: undefined, topP: undefined },
          tools: withTools ? [{ type: 'function', function: { name: 'f', description: '', parameters: {} } }] : [],
        },
        signal: new AbortController().signal,
        onPart: (part) => parts.push(part),
      },
    );
    return { content: answer.choices[0]!.message.content, streamed: parts.map(({ text }) => text).join('') };
  }

  const stops = fc.array(fc.constantFrom('.', '\n\n', 'é', '<END>', 'ab'), { maxLength: 2 });

  it('is a beginning of the whole, whatever tokens are drawn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 490 }), { maxLength: 30 }),
        stops,
        fc.boolean(),
        async (written, stop, withTools) => {
          const { content, streamed } = await answerOf(written, { stop, withTools });
          expect(content.startsWith(streamed)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is all of a text of whole characters, but for what may go on', async () => {
    const part = fc.constantFrom('word ', 'é', '€', '😀', '日本', '\n', ' . ', 'ab', '<', '<call>', 'x');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), stops, fc.boolean(), async (parts, stop, withTools) => {
        const written = [...tokenizer.encode(`${parts.join('')}e`, { addSpecialTokens: false })];
        const { content, streamed } = await answerOf(written, { stop, withTools });
        expect(content.startsWith(streamed)).toBe(true);
        if (stop.length === 0 && !withTools) expect(streamed).toBe(content);
      }),
      { numRuns: 200 },
    );
  });
});
