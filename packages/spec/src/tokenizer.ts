import type { Message } from './message.ts';

/** Options of a chat template. */
export interface ChatTemplateOptions {
  /** Ends with the header of an assistant turn, ready for generation. */
  readonly addGenerationPrompt: boolean;
  /** Ends inside the last message, so that a generation goes on with it. Default false. */
  readonly continueFinalMessage?: boolean;
  /** The name of one of the tokenizer's templates, or the Jinja text of another. Default: the tokenizer's own. */
  readonly template?: string;
  readonly tools?: readonly unknown[];
  /** Further variables the template reads, e.g. `{ enable_thinking: false }`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Text of token ids as they come. States are values: a stream may go on from an earlier one. */
export interface TextDecodeStream {
  /** Before the first token. */
  readonly start: unknown;
  /** The text that is certain now, whole characters only, and where the stream stands after it. */
  push(state: unknown, tokens: ArrayLike<number>): { readonly text: string; readonly state: unknown };
  /** What was held back, once no token follows. Joined, the parts are what `decode` says of all tokens. */
  end(state: unknown): string;
}

/** Text to token ids and back. Implementations live in `@rlloom/models`. */
export interface Tokenizer {
  readonly vocabularySize: number;
  readonly padTokenId: number;
  readonly eosTokenIds: readonly number[];
  /** Token ids of a text. `addSpecialTokens` default: true. */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): Int32Array;
  /** The text of token ids. `skipSpecialTokens` default: false. */
  decode(tokens: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /** `decode`, part by part. Needed to stream text. */
  decodeStream?(options?: { readonly skipSpecialTokens?: boolean }): TextDecodeStream;
  /** The string form of one id, for people. */
  tokenText(id: number): string;
  hasChatTemplate: boolean;
  /** The rendered conversation; a `ModelError` says what is missing when there is no template. */
  renderChat(messages: readonly Message[], options: ChatTemplateOptions): string;
  /** `encode(renderChat(...))` without adding special tokens twice. */
  encodeChat(messages: readonly Message[], options: ChatTemplateOptions): Int32Array;
}
