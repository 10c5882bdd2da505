import { isDeepStrictEqual } from 'node:util';
import type { Message, ToolCall } from '@rlloom/spec';

/**
 * Whether a message of a history is the answer that was given: the same text up to the space around it, the same
 * calls with the same arguments however their JSON is written. Ids of calls do not count.
 */
export function isSameAnswer(message: Message | undefined, answered: Message): boolean {
  if (message?.role !== 'assistant' || message.content.trim() !== answered.content.trim()) return false;
  const [calls, given] = [message.toolCalls ?? [], answered.toolCalls ?? []];
  return calls.length === given.length && calls.every((call, index) => isSameCall(call, given[index]!));
}

function isSameCall({ function: one }: ToolCall, { function: other }: ToolCall): boolean {
  return one.name === other.name && isDeepStrictEqual(parsed(one.arguments), parsed(other.arguments));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
