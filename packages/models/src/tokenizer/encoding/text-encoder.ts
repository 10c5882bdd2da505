import { type AddedToken, createAddedTokenSplitters } from './added-tokens.ts';
import { type AlignedText, alignText, sourceOf } from './aligned-text.ts';
import { createNormalizer } from './normalizers.ts';
import { createPostProcessor, type TextToken } from './post-processors.ts';
import { createPreTokenizer } from './pre-tokenizers.ts';
import type { TokenModel } from './token-models.ts';
import type { TokenizerDefinition } from './tokenizer-definition.ts';

/** The tokens of a text, each with its place. */
export type TextEncoding = (text: string, addSpecialTokens: boolean) => readonly TextToken[];

/** What {@link createTextEncoder} is made of. */
export interface TextEncoderParts {
  readonly definition: TokenizerDefinition;
  readonly model: TokenModel;
  /** The tokens of the vocabulary by id. */
  readonly textOf: ReadonlyMap<number, string>;
}

/**
 * Encodes in the order of the Rust tokenizers: added tokens, normalizer, added tokens of the normalized text, words,
 * the model, special tokens. Every step keeps where its text came from.
 */
export function createTextEncoder({ definition, model, textOf }: TextEncoderParts): TextEncoding {
  const normalizer = definition.normalizer ? createNormalizer(definition.normalizer) : undefined;
  const preTokenizer = definition.pre_tokenizer ? createPreTokenizer(definition.pre_tokenizer) : undefined;
  const postProcessor = definition.post_processor ? createPostProcessor(definition.post_processor) : undefined;
  const { beforeNormalizer, afterNormalizer } = createAddedTokenSplitters(definition.added_tokens, normalizer);

  const added = (text: AlignedText, { id }: AddedToken): TextToken => {
    const [start, end] = sourceOf(text, 0, text.text.length);
    return { id, text: text.text, start, end };
  };
  const word = (text: AlignedText): TextToken[] =>
    model.tokenize(text.text).map((token) => {
      const [start, end] = sourceOf(text, token.start, token.end);
      return { id: token.id, text: textOf.get(token.id) ?? '', start, end };
    });
  const words = (text: AlignedText): TextToken[] => {
    if (text.text === '') return [];
    return preTokenizer === undefined ? word(text) : preTokenizer(text).flatMap(word);
  };

  return (text, addSpecialTokens) => {
    const tokens = beforeNormalizer(alignText(wellFormed(text))).flatMap((part) => {
      if (part.token !== undefined) return [added(part.text, part.token)];
      const normalized = normalizer === undefined ? part.text : normalizer(part.text);
      return afterNormalizer(normalized).flatMap((inner) =>
        inner.token === undefined ? words(inner.text) : [added(inner.text, inner.token)],
      );
    });
    return postProcessor === undefined ? tokens : postProcessor(tokens, { source: text, addSpecialTokens });
  };
}

// Half a surrogate pair has no UTF-8 form.
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
