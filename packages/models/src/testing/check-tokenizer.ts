import { type Message, type Role, type Tokenizer } from '@rlloom/spec';
import { compareExactly, type ConformanceResult } from './conformance-result.ts';

/** What the peer's tokenizer made of some texts and conversations. */
export interface TokenizerFixture {
  readonly encode: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly ids_with_special: readonly number[];
    /** Of `ids_with_special`. */
    readonly decoded: string;
    readonly decoded_skip_special: string;
  }[];
  readonly batch_left_padded: {
    readonly texts: readonly string[];
    readonly input_ids: readonly (readonly number[])[];
    readonly attention_mask: readonly (readonly number[])[];
  };
  readonly chat?: readonly {
    readonly messages: readonly FixtureMessage[];
    readonly kwargs: { readonly tools?: readonly unknown[] } & Readonly<Record<string, unknown>>;
    readonly add_generation_prompt: boolean;
    /** Missing where the template refuses the conversation. */
    readonly text?: string;
    readonly ids?: readonly number[];
  }[];
}

interface FixtureMessage {
  readonly role: Role;
  readonly content?: string | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id?: string;
    readonly function: { readonly name: string; readonly arguments: unknown };
  }[];
}

/** Compares encoding, decoding, left padding, and rendered conversations. */
export function checkTokenizer(tokenizer: Tokenizer, fixture: TokenizerFixture): ConformanceResult[] {
  const { encode, batch_left_padded: batch, chat = [] } = fixture;
  const ids = (text: string, addSpecialTokens: boolean) => [...tokenizer.encode(text, { addSpecialTokens })];
  const each = <Item, Value>(
    name: string,
    items: readonly Item[],
    pair: (item: Item) => readonly [Value, Value],
  ): ConformanceResult => {
    const pairs = items.map(pair);
    const wrong = pairs.findIndex(([actual, expected]) => JSON.stringify(actual) !== JSON.stringify(expected));
    if (wrong < 0) return compareExactly(`tokenizer.${name}`, 0, 0);
    return compareExactly(`tokenizer.${name}[${wrong}]`, ...(pairs[wrong] as [Value, Value]));
  };
  const results = [
    each('ids', encode, (entry) => [ids(entry.text, false), entry.ids]),
    each('ids_with_special', encode, (entry) => [ids(entry.text, true), entry.ids_with_special]),
    each('decoded', encode, (entry) => [tokenizer.decode(entry.ids_with_special), entry.decoded]),
    each('decoded_skip_special', encode, (entry) => [
      tokenizer.decode(entry.ids_with_special, { skipSpecialTokens: true }),
      entry.decoded_skip_special,
    ]),
    compareExactly('tokenizer.batch_left_padded', leftPadded(tokenizer, batch.texts), [
      batch.input_ids,
      batch.attention_mask,
    ]),
  ];
  if (chat.length === 0) return results;
  const options = (entry: (typeof chat)[number]) => {
    const { tools, ...variables } = entry.kwargs;
    return { addGenerationPrompt: entry.add_generation_prompt, variables, ...(tools === undefined ? {} : { tools }) };
  };
  const attempt = <Value>(render: () => Value): Value | undefined => {
    try {
      return render();
    } catch {
      return undefined;
    }
  };
  return [
    ...results,
    each('chat.text', chat, (entry) => [
      attempt(() => tokenizer.renderChat(entry.messages.map(toMessage), options(entry))),
      entry.text,
    ]),
    each('chat.ids', chat, (entry) => [
      attempt(() => [...tokenizer.encodeChat(entry.messages.map(toMessage), options(entry))]),
      entry.ids,
    ]),
  ];
}

function leftPadded(tokenizer: Tokenizer, texts: readonly string[]): [number[][], number[][]] {
  const rows = texts.map((text) => [...tokenizer.encode(text)]);
  const longest = Math.max(...rows.map((row) => row.length));
  const pad = (row: readonly number[]) => new Array<number>(longest - row.length);
  return [
    rows.map((row) => [...pad(row).fill(tokenizer.padTokenId), ...row]),
    rows.map((row) => [...pad(row).fill(0), ...row.map(() => 1)]),
  ];
}

function toMessage(message: FixtureMessage): Message {
  return {
    role: message.role,
    content: message.content ?? '',
    ...(message.tool_call_id === undefined ? {} : { toolCallId: message.tool_call_id }),
    ...(message.tool_calls === undefined
      ? {}
      : {
          toolCalls: message.tool_calls.map((call, index) => ({
            id: call.id ?? `call-${index}`,
            type: 'function' as const,
            function: {
              name: call.function.name,
              arguments:
                typeof call.function.arguments === 'string'
                  ? call.function.arguments
                  : JSON.stringify(call.function.arguments),
            },
          })),
        }),
  };
}
