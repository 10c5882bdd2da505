import type { Message, RewardRequest } from '@rlloom/spec';

/** One call of a tool, and what came of it. */
export interface ObservedCall {
  /** Place of its turn among the turns of the policy, 0-based. */
  readonly turn: number;
  /** Name of the tool; `undefined` when the call cannot be read. */
  readonly name: string | undefined;
  /** The arguments as written, JSON. */
  readonly arguments: string;
  /** What the tool answered; `undefined` when it did not. */
  readonly result: string | undefined;
}

/** What happened in an episode, as far as tools go. */
export interface ToolEpisode {
  readonly calls: readonly ObservedCall[];
  /** Turns of the policy. */
  readonly turnCount: number;
  /** What the policy said last, after every tool had answered; empty when it ended with a call. */
  readonly finalText: string;
}

/**
 * The calls of an episode: of the request's `conversation`, else of a response text that holds all of it, with
 * `<tool_call>{"name": …, "arguments": …}</tool_call>` and `<tool_response>…</tool_response>` (Hermes, Qwen).
 */
export function readEpisode({ conversation, responseText }: RewardRequest): ToolEpisode {
  return conversation === undefined ? episodeOfText(responseText) : episodeOfMessages(conversation);
}

function episodeOfMessages(messages: readonly Message[]): ToolEpisode {
  const calls: ObservedCall[] = [];
  const answers = new Set<Message>();
  let turn = -1;
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    turn += 1;
    const replies = repliesAfter(messages, index);
    for (const call of message.toolCalls ?? []) {
      // By id; without one, in order.
      const result =
        replies.find((reply) => reply.toolCallId === call.id && !answers.has(reply)) ??
        replies.find((reply) => reply.toolCallId === undefined && !answers.has(reply));
      if (result !== undefined) answers.add(result);
      calls.push({ turn, name: call.function.name, arguments: call.function.arguments, result: result?.content });
    }
    if (message.toolCalls === undefined || message.toolCalls.length === 0) {
      for (const call of callsInText(message.content)) {
        const result = replies.find((reply) => !answers.has(reply));
        if (result !== undefined) answers.add(result);
        calls.push({ ...call, turn, result: result?.content });
      }
    }
  }
  const last = messages.at(-1);
  const ends = last?.role === 'assistant' && !calls.some((call) => call.turn === turn);
  return { calls, turnCount: turn + 1, finalText: ends ? last.content : '' };
}

/** What tools, or the environment as a user, say up to the next turn of the policy. */
function repliesAfter(messages: readonly Message[], index: number): Message[] {
  const next = messages.findIndex(({ role }, at) => at > index && role === 'assistant');
  return messages.slice(index + 1, next === -1 ? undefined : next).filter(({ role }) => role !== 'system');
}

function episodeOfText(text: string): ToolEpisode {
  const pieces = text.split(/<tool_response>|<\/tool_response>/);
  // Text of the policy and answers of tools take turns.
  const calls = pieces.flatMap((piece, index) => {
    if (index % 2 === 1) return [];
    const results = index + 1 < pieces.length ? [pieces[index + 1]] : [];
    const here = callsInText(piece);
    return here.map((call, at) => ({
      ...call,
      turn: index / 2,
      result: at === here.length - 1 ? results[0] : results[at],
    }));
  });
  const last = pieces.length % 2 === 1 ? (pieces.at(-1) ?? '') : '';
  const finalText = last.includes('<tool_call>') ? '' : last;
  return { calls, turnCount: Math.ceil(pieces.length / 2), finalText };
}

function callsInText(text: string): Pick<ObservedCall, 'name' | 'arguments'>[] {
  return text
    .split('<tool_call>')
    .slice(1)
    .map((rest) => readCall(rest.split('</tool_call>', 1)[0] ?? ''));
}

function readCall(text: string): Pick<ObservedCall, 'name' | 'arguments'> {
  try {
    const call: unknown = JSON.parse(text);
    if (typeof call !== 'object' || call === null) return { name: undefined, arguments: text };
    const { name, arguments: given = {} } = call as { readonly name?: unknown; readonly arguments?: unknown };
    return {
      name: typeof name === 'string' ? name : undefined,
      arguments: typeof given === 'string' ? given : JSON.stringify(given),
    };
  } catch {
    return { name: undefined, arguments: text };
  }
}
