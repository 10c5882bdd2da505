import type { ChatTemplateOptions, Message, Tokenizer } from '@rlloom/spec';

/** What a template reads in every turn of a conversation. */
export type ConversationOptions = Omit<ChatTemplateOptions, 'addGenerationPrompt' | 'continueFinalMessage'>;

/** A conversation as the model sees it: tokens that are only ever added to. */
export interface TokenConversation {
  readonly messages: readonly Message[];
  readonly tokens: Int32Array;
  /** 1 for every token the model generated, as many as `tokens`. */
  readonly generatedMask: Uint8Array;
  /** How the template last rendered the messages, ready for a generation. */
  readonly text: string;
  readonly options: ConversationOptions;
}

/** What became of {@link extendConversation}. */
export type ConversationExtension =
  | { readonly status: 'extended'; readonly conversation: TokenConversation }
  | {
      /**
       * The template now renders earlier text in another way, for example without the thoughts of earlier turns. The
       * tokens so far are not what it would make of the conversation.
       */
      readonly status: 'rewritten';
      /** Where the rendered texts part, in UTF-16 units. */
      readonly at: number;
      /** What stood there, at most 80 characters. */
      readonly before: string;
      /** What stands there now, at most 80 characters. */
      readonly after: string;
      /** The conversation with the tokens it had, going on as if nothing were rewritten. */
      readonly conversation: TokenConversation;
    };

/**
 * The tokens of messages, ready for a generation.
 *
 * @throws RlloomError of the template, see `renderChat`
 */
export function startConversation(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: ConversationOptions = {},
): TokenConversation {
  const text = tokenizer.renderChat(messages, { ...options, addGenerationPrompt: true });
  const tokens = tokenizer.encode(text, { addSpecialTokens: false });
  return { messages, tokens, generatedMask: new Uint8Array(tokens.length), text, options };
}

/**
 * The conversation with what the model generated and the message it stands for. The tokens are kept as they are,
 * whatever tokens the text of the message would have.
 */
export function answerConversation(
  conversation: TokenConversation,
  answer: { readonly message: Message; readonly tokens: ArrayLike<number> },
): TokenConversation {
  return {
    ...conversation,
    messages: [...conversation.messages, answer.message],
    ...joined(conversation, answer.tokens, 1),
  };
}

/**
 * The conversation with further messages after an answer, ready for the next generation. Only what follows the answer
 * is tokenized: the end of its turn, where the model did not write it, and the new turns. So every generated token stays
 * what was sampled, and `generatedMask` marks exactly those.
 *
 * The template renders the conversation with and without the new messages. Where the three renderings do not begin
 * alike, the result says `rewritten`, and a caller who wants what the template says starts a new conversation with the
 * messages.
 *
 * @param conversation after {@link answerConversation}
 * @throws RlloomError of the template, see `renderChat`
 */
export function extendConversation(
  tokenizer: Tokenizer,
  conversation: TokenConversation,
  messages: readonly Message[],
): ConversationExtension {
  const { options, text: prompt } = conversation;
  const all = [...conversation.messages, ...messages];
  const answered = tokenizer.renderChat(conversation.messages, { ...options, addGenerationPrompt: false });
  const text = tokenizer.renderChat(all, { ...options, addGenerationPrompt: true });
  const end = closingOf(tokenizer, answered, firstDifference(prompt, answered)?.at ?? prompt.length);
  const extended: TokenConversation = {
    messages: all,
    ...joined(conversation, continuation(tokenizer, conversation, { answered, text, end }), 0),
    text,
    options,
  };
  const difference = firstDifference(prompt, answered) ?? firstDifference(answered, text);
  if (difference === undefined) return { status: 'extended', conversation: extended };
  return { status: 'rewritten', ...difference, conversation: extended };
}

interface Closing {
  readonly token: number;
  readonly text: string;
  /** How many tokens like it stand before it in the rendered conversation. */
  readonly earlier: number;
}

interface Rendered {
  readonly answered: string;
  readonly text: string;
  readonly end: Closing | undefined;
}

// The end token that the template puts after the last answer.
function closingOf(tokenizer: Tokenizer, answered: string, from: number): Closing | undefined {
  const found = tokenizer.eosTokenIds
    .map((token) => {
      const text = tokenizer.tokenText(token);
      return { token, text, at: answered.lastIndexOf(text) };
    })
    .filter(({ text, at }) => text !== '' && at >= from)
    .sort((one, other) => other.at - one.at)[0];
  if (found === undefined) return undefined;
  return { token: found.token, text: found.text, earlier: answered.slice(0, found.at).split(found.text).length - 1 };
}

function continuation(
  tokenizer: Tokenizer,
  conversation: TokenConversation,
  { answered, text, end }: Rendered,
): Int32Array {
  const encode = (part: string) => tokenizer.encode(part, { addSpecialTokens: false });
  // A template that ends turns by plain text: what follows the answer is what the new messages add.
  if (end === undefined) return encode(text.slice(firstDifference(answered, text)?.at ?? answered.length));
  const following = text
    .split(end.text)
    .slice(end.earlier + 1)
    .join(end.text);
  // With the end token before it, so that words are split as they are inside of a text.
  const tokens = encode(end.text + following);
  const isEnded = tokenizer.eosTokenIds.includes(conversation.tokens.at(-1) ?? -1);
  return isEnded && tokens[0] === end.token ? tokens.subarray(1) : tokens;
}

function joined(
  { tokens, generatedMask }: TokenConversation,
  more: ArrayLike<number>,
  isGenerated: 0 | 1,
): { readonly tokens: Int32Array; readonly generatedMask: Uint8Array } {
  const allTokens = new Int32Array(tokens.length + more.length);
  const mask = new Uint8Array(allTokens.length).fill(isGenerated);
  allTokens.set(tokens);
  allTokens.set(more, tokens.length);
  mask.set(generatedMask);
  return { tokens: allTokens, generatedMask: mask };
}

// Where a text that should begin like another does not.
function firstDifference(
  beginning: string,
  text: string,
): { readonly at: number; readonly before: string; readonly after: string } | undefined {
  if (text.startsWith(beginning)) return undefined;
  let at = 0;
  while (beginning[at] === text[at]) at += 1;
  return { at, before: beginning.slice(at, at + 80), after: text.slice(at, at + 80) };
}
