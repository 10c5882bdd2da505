import { isRlloomError, type Message, type Role } from '@rlloom/spec';
import type { PretrainedTokenizer } from '../tokenizer/pretrained-tokenizer.ts';
import type { Difference } from './check-peer-tokenizer.ts';

interface PeerMessage {
  readonly role: Role;
  readonly content: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: unknown };
  }[];
}

/** What transformers made of conversations; `testing-data/make_tokenizers.py` writes it. */
export interface PeerChats {
  /** What the clock of `strftime_now` showed, local time. */
  readonly now: string;
  readonly templates: Readonly<
    Record<string, string | readonly { readonly name: string; readonly template: string }[]>
  >;
  readonly cases: readonly PeerChat[];
}

/** One rendered conversation. */
export interface PeerChat {
  readonly template: string;
  readonly messages: readonly PeerMessage[];
  readonly add_generation_prompt?: boolean;
  readonly continue_final_message?: boolean;
  readonly tools?: readonly unknown[];
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Of the template, where there are several. */
  readonly name?: string;
  readonly text?: string;
  readonly ids?: readonly number[];
  readonly assistant_mask?: readonly number[];
  /** The peer's message where it refuses. */
  readonly error?: string;
}

/** Everything in which the rendered conversation differs from the peer's. */
export function differencesFromPeerChat(tokenizer: PretrainedTokenizer, chat: PeerChat): Difference[] {
  const messages = chat.messages.map(toMessage);
  const options = {
    addGenerationPrompt: chat.add_generation_prompt ?? false,
    continueFinalMessage: chat.continue_final_message ?? false,
    ...(chat.tools === undefined ? {} : { tools: chat.tools }),
    ...(chat.variables === undefined ? {} : { variables: chat.variables }),
    ...(chat.name === undefined ? {} : { template: chat.name }),
  };
  const attempt = <Value>(run: () => Value): Value | string => {
    try {
      return run();
    } catch (error) {
      return isRlloomError(error) ? `refused: ${error.kind}: ${error.message}` : `failed: ${String(error)}`;
    }
  };
  const refusal = chat.error === undefined ? undefined : `refused: data: ...${chat.error}...`;
  const found: Difference[] = [];
  const compare = (of: string, actual: unknown, expected: unknown) => {
    const isSame =
      expected === refusal && typeof actual === 'string'
        ? actual.startsWith('refused: data:') && actual.includes(chat.error ?? '')
        : JSON.stringify(actual) === JSON.stringify(expected);
    if (!isSame) found.push({ of, input: JSON.stringify(chat), actual, expected });
  };
  compare(
    'text',
    attempt(() => tokenizer.renderChat(messages, options)),
    refusal ?? chat.text,
  );
  if (chat.ids !== undefined)
    compare(
      'ids',
      attempt(() => [...tokenizer.encodeChat(messages, options)]),
      chat.ids,
    );
  if (chat.assistant_mask !== undefined) {
    compare(
      'mask',
      attempt(() => [...tokenizer.encodeChatWithMask(messages, options).assistantMask]),
      chat.assistant_mask,
    );
  }
  return found;
}

function toMessage({ role, content, tool_call_id: toolCallId, tool_calls: calls }: PeerMessage): Message {
  return {
    role,
    content,
    ...(toolCallId === undefined ? {} : { toolCallId }),
    ...(calls === undefined
      ? {}
      : {
          toolCalls: calls.map((call) => ({
            id: call.id,
            type: 'function',
            function: { name: call.function.name, arguments: JSON.stringify(call.function.arguments) },
          })),
        }),
  };
}
