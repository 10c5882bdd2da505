import { type ChatTemplateOptions, type Message, RlloomError, type Tokenizer } from '@rlloom/spec';
import type { ChatTemplate } from './chat/chat-template.ts';
import { createDecodeStream, type DecodeStream } from './decoding/decode-stream.ts';
import { cleanUpSpaces, createDecoder, tokenBytes } from './decoding/decoders.ts';
import { addedTokenText } from './encoding/added-tokens.ts';
import { createNormalizer } from './encoding/normalizers.ts';
import { createTextEncoder } from './encoding/text-encoder.ts';
import { createTokenModel } from './encoding/token-models.ts';
import type { TokenizerDefinition } from './encoding/tokenizer-definition.ts';

/** The tokens of a text and where they stand in it. */
export interface TokenEncoding {
  readonly tokens: Int32Array;
  /**
   * For every token the range of the text it stands for, `text.slice(start, end)`: in UTF-16 units, as JavaScript counts.
   * Tokens that share a character, such as its bytes, each have all of it. Added special tokens have `[0, 0]`.
   */
  readonly offsets: readonly (readonly [start: number, end: number])[];
}

/** The tokens of a conversation, and which the assistant writes. */
export interface ChatEncoding {
  readonly tokens: Int32Array;
  /** 1 for every token of the template's `{% generation %}` blocks, as many as `tokens`. */
  readonly assistantMask: Uint8Array;
}

/** A tokenizer of a Hugging Face folder. */
export interface PretrainedTokenizer extends Tokenizer {
  /** Like `encode`, with the place of every token. */
  encodeWithOffsets(text: string, options?: { readonly addSpecialTokens?: boolean }): TokenEncoding;
  /**
   * Like `encodeChat`, with the mask that trains on what the assistant writes and nothing else: `assistant_masks` of
   * transformers. A last character of several tokens is masked whole here, and up to its first token there.
   *
   * @throws RlloomError kind `model` when the template has no `{% generation %}` blocks
   */
  encodeChatWithMask(messages: readonly Message[], options: ChatTemplateOptions): ChatEncoding;
  /** Decodes tokens as they come; the parts together equal `decode` of all tokens. */
  decodeStream(options?: { readonly skipSpecialTokens?: boolean }): DecodeStream;
  /** The names of the chat templates; `default` for a single one. */
  readonly chatTemplateNames: readonly string[];
}

/** What a {@link PretrainedTokenizer} is made of. */
export interface PretrainedTokenizerParts {
  readonly definition: TokenizerDefinition;
  readonly chat: ChatTemplate;
  /** Spaces before English punctuation go from decoded text. */
  readonly cleansUp: boolean;
  readonly padToken: string | undefined;
  readonly eosTokenIds: (idOf: (token: string) => number | undefined) => readonly number[];
  /** The model folder, for errors. */
  readonly where: string;
}

/** A tokenizer of the parts of its files. */
export function createPretrainedTokenizer(parts: PretrainedTokenizerParts): PretrainedTokenizer {
  const { definition, chat, cleansUp, where } = parts;
  const model = createTokenModel(definition.model);
  const normalizer = definition.normalizer ? createNormalizer(definition.normalizer) : undefined;
  const textOf = new Map(Array.from(model.vocabulary, ([token, id]) => [id, token]));
  for (const token of definition.added_tokens) textOf.set(token.id, addedTokenText(token, normalizer));
  const added = new Map(definition.added_tokens.map(({ content, id }) => [content, id]));
  const special = new Set(definition.added_tokens.filter((token) => token.special).map(({ content }) => content));
  const idOf = (token: string) => added.get(token) ?? model.vocabulary.get(token);
  const eosTokenIds = parts.eosTokenIds(idOf);

  const encodeText = createTextEncoder({ definition, model, textOf });
  const encode: Tokenizer['encode'] = (text, options = {}) =>
    Int32Array.from(encodeText(text, options.addSpecialTokens ?? true), ({ id }) => id);
  const encodeWithOffsets: PretrainedTokenizer['encodeWithOffsets'] = (text, options = {}) => {
    const found = encodeText(text, options.addSpecialTokens ?? true);
    return {
      tokens: Int32Array.from(found, ({ id }) => id),
      offsets: found.map(({ start, end }) => [start, end] as const),
    };
  };

  const bytesOf = tokenBytes(new Set(definition.added_tokens.map(({ content }) => content)));
  const decoder = definition.decoder ? createDecoder(definition.decoder, bytesOf) : undefined;
  // A model may have more ids than its tokenizer; transformers drops them too.
  const tokenOf = (skipSpecialTokens: boolean) => (id: number) => {
    const token = textOf.get(id);
    return token === undefined || (skipSpecialTokens && special.has(token)) ? undefined : token;
  };
  const decode: Tokenizer['decode'] = (ids, options = {}) => {
    const tokens = Array.from(ids, tokenOf(options.skipSpecialTokens ?? false)).filter((token) => token !== undefined);
    const text = decoder === undefined ? tokens.join(' ') : decoder(tokens).join('');
    return cleansUp ? cleanUpSpaces(text) : text;
  };
  const streams = [false, true].map((skips) =>
    createDecodeStream({ decoder: definition.decoder ?? undefined, tokenOf: tokenOf(skips), bytesOf, cleansUp }),
  );

  return {
    vocabularySize: maximum(textOf.keys()) + 1,
    padTokenId: (parts.padToken === undefined ? undefined : idOf(parts.padToken)) ?? eosTokenIds[0] ?? 0,
    eosTokenIds,
    encode,
    encodeWithOffsets,
    decode,
    decodeStream: ({ skipSpecialTokens = false } = {}) => streams[Number(skipSpecialTokens)] as DecodeStream,
    tokenText: (id) => (textOf.has(id) ? decode([id]) : `<no token ${id}>`),
    hasChatTemplate: chat.exists,
    chatTemplateNames: chat.names,
    renderChat: (messages, options) => chat.render(messages, options).text,
    encodeChat: (messages, options) => encode(chat.render(messages, options).text, { addSpecialTokens: false }),
    encodeChatWithMask(messages, options) {
      const { text, generated } = chat.render(messages, options);
      if (generated === undefined) throw withoutBlocks(where);
      const { tokens, offsets } = encodeWithOffsets(text, { addSpecialTokens: false });
      const isGenerated = ([start, end]: readonly [number, number]) =>
        generated.some((range) => start < range.end && end > range.start);
      return { tokens, assistantMask: Uint8Array.from(offsets, (place) => Number(isGenerated(place))) };
    },
  };
}

function withoutBlocks(where: string): RlloomError {
  return new RlloomError('model', {
    what: 'the chat template does not say what the assistant writes: it has no {% generation %} blocks',
    where,
    fix: 'put {% generation %} and {% endgeneration %} around the assistant turn in chat_template.jinja, or mask prompts by their length',
  });
}

function maximum(values: Iterable<number>): number {
  let result = -1;
  for (const value of values) result = Math.max(result, value);
  return result;
}
