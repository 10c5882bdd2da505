import { Tokenizer } from '@huggingface/tokenizers';

/** What is used of `@huggingface/tokenizers`, whose own type files do not resolve in Node's module mode. */
export interface HuggingFaceTokenizer {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  /** Throws for no tokens. */
  decode(tokens: number[], options: { readonly skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_vocab(withAddedTokens: boolean): Map<string, number>;
}

/** Makes a tokenizer of the parsed tokenizer.json and tokenizer_config.json; throws what the library throws. */
export const createHuggingFaceTokenizer = (definition: unknown, config: object): HuggingFaceTokenizer =>
  new (Tokenizer as unknown as new (definition: unknown, config: object) => HuggingFaceTokenizer)(definition, config);
