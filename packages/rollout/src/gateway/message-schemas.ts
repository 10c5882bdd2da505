import type { Message } from '@rlloom/spec';
import { z } from 'zod';
import { unsupported } from './openai-error.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional(), refusal: z.string().optional() });
/** Text, or parts of it. */
export const content = z.union([z.string(), z.array(part)]);

/** A call of a tool in a message. */
const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function').default('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

/** A message of chat completions. */
export const chatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: content.nullish(),
  name: z.string().optional(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().optional(),
});

/** A message as chat templates know it. */
export function toMessage(message: z.infer<typeof chatMessage>): Message {
  const { role, name, tool_calls: calls, tool_call_id: toolCallId } = message;
  return {
    role: role === 'developer' ? 'system' : role,
    content: textOf(message.content ?? ''),
    ...(name !== undefined && { name }),
    ...(calls != null &&
      calls.length > 0 && {
        toolCalls: calls.map(({ id, function: { name: called, arguments: given } }) => ({
          ...{ id, type: 'function' as const, function: { name: called, arguments: given } },
        })),
      }),
    ...(toolCallId !== undefined && { toolCallId }),
  };
}

/** The text of a content; parts are joined as they are. */
export function textOf(given: z.infer<typeof content>): string {
  if (typeof given === 'string') return given;
  return given
    .map(({ type, text, refusal }) => {
      const said = text ?? refusal;
      if (said === undefined) throw unsupported('messages', `content of the type ${type} is not supported: text is`);
      return said;
    })
    .join('');
}
