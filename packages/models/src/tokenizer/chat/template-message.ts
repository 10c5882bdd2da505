import type { Message } from '@rlloom/spec';

/** A message with the keys of the Hugging Face format, which templates know, and arguments of tools as objects. */
export function toTemplateMessage({ role, content, name, toolCalls, toolCallId }: Message): Record<string, unknown> {
  return {
    role,
    content,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            ...call,
            function: { ...call.function, arguments: parsed(call.function.arguments) },
          })),
        }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The model wrote something else: the template shows it as it is.
    return text;
  }
}
