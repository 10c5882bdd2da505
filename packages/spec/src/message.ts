/** Who speaks in a conversation; the roles chat templates know. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** A call of a tool that an assistant message asks for, in OpenAI's shape. */
export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** One message of a conversation. Plain data: safe for structured clone and msgpackr. */
export interface Message {
  readonly role: Role;
  readonly content: string;
  readonly name?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly toolCallId?: string;
}
