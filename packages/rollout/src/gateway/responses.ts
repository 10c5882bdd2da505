import type { Message, Tokenizer, ToolCall } from '@rlloom/spec';
import { z } from 'zod';
import type { PolicyAnswer, PolicyCall } from './answer-call.ts';
import { commonParameters, refuseUnknown, showsTools, toToolSchema } from './call-schemas.ts';
import { tokenLogProbs } from './chat-completions.ts';
import { chatMessage, content, textOf, toMessage } from './message-schemas.ts';
import { unsupported } from './openai-error.ts';

const inputItem = z.looseObject({
  type: z.string().optional(),
  role: chatMessage.shape.role.optional(),
  content: content.nullish(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  output: content.optional(),
});

/** What `POST /v1/responses` takes. */
export const responsesRequest = z.looseObject({
  ...commonParameters,
  input: z.union([z.string(), z.array(inputItem)]).describe('text, or items'),
  instructions: z.string().nullish().describe('put before the conversation as a system message'),
  previous_response_id: z.string().nullish().describe('an answer of the same session to go on from'),
  tools: z
    .array(
      z.looseObject({
        type: z.string(),
        name: z.string().optional(),
        description: z.string().nullish(),
        parameters: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .nullish(),
  tool_choice: z.unknown().optional().describe('auto or none'),
  max_output_tokens: z.int().positive().nullish(),
  include: z.array(z.string()).nullish().describe('message.output_text.logprobs'),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string() }).optional() })
    .nullish()
    .describe('only text'),
});

/** What `POST /v1/responses` takes. */
export type ResponsesRequest = z.infer<typeof responsesRequest>;

/**
 * The call of a request.
 *
 * @param previous the conversation of `previous_response_id`, with its answer
 * @throws OpenAiError for what cannot be honoured
 */
export function callOfResponses(body: ResponsesRequest, previous: readonly Message[]): PolicyCall {
  const format = body.text?.format?.type ?? 'text';
  if (format !== 'text') throw unsupported('text.format', `${format} is not supported: sampling is not constrained`);
  if (body.top_logprobs != null && body.top_logprobs > 0) {
    throw unsupported('top_logprobs', 'engines give the sampled token only');
  }
  refuseUnknown(body, { background: false, conversation: null, prompt: null, max_tool_calls: null });
  const said =
    typeof body.input === 'string' ? [{ role: 'user' as const, content: body.input }] : messagesOf(body.input);
  // The instructions of an earlier answer do not hold for the next.
  const earlier = body.instructions == null ? previous : previous.filter(({ role }) => role !== 'system');
  const system = body.instructions == null ? [] : [{ role: 'system' as const, content: body.instructions }];
  const tools = showsTools(body.tool_choice) ? (body.tools ?? []) : [];
  return {
    messages: [...system, ...earlier, ...said],
    tools: tools.map(({ type, name, ...given }) => {
      if (type === 'function' && name !== undefined) return toToolSchema(name, given);
      throw unsupported('tools', `tools of the type ${type} are not supported: functions are`);
    }),
    ...{ templateVariables: {}, choices: 1, stop: [], seed: undefined },
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    maxNewTokens: body.max_output_tokens ?? undefined,
  };
}

// Calls are items of their own there, and parts of a message in chat templates.
function messagesOf(items: readonly z.infer<typeof inputItem>[]): readonly Message[] {
  const messages: Message[] = [];
  for (const { type = 'message', role, ...item } of items) {
    if (type === 'message' && role !== undefined) {
      messages.push(toMessage({ role, content: item.content ?? '' }));
    } else if (type === 'function_call' && item.name !== undefined) {
      const call: ToolCall = {
        ...{ id: item.call_id ?? '', type: 'function' },
        function: { name: item.name, arguments: item.arguments ?? '{}' },
      };
      const last = messages.at(-1);
      if (last?.role === 'assistant')
        messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
      else messages.push({ role: 'assistant', content: '', toolCalls: [call] });
    } else if (type === 'function_call_output') {
      const name = messages.flatMap(({ toolCalls = [] }) => toolCalls).find(({ id }) => id === item.call_id)
        ?.function.name;
      messages.push({
        ...{ role: 'tool', content: textOf(item.output ?? '') },
        ...(item.call_id !== undefined && { toolCallId: item.call_id }),
        ...(name !== undefined && { name }),
      });
    } else if (type !== 'reasoning') {
      throw unsupported('input', `items of the type ${type} are not supported`);
    }
  }
  return messages;
}

/** What an answer is written with. */
export interface ResponseContext {
  readonly model: string;
  readonly created: number;
  readonly request: ResponsesRequest;
  readonly tokenizer: Pick<Tokenizer, 'tokenText'>;
}

/** An object as JSON has them. */
export type Json = Record<string, unknown>;

/** An answer as a response. */
export function responseObject(answer: PolicyAnswer, context: ResponseContext): Json {
  const isCut = answer.choices[0]!.stopReason === 'length';
  return {
    ...responseHead(answer.id, context),
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: outputItems(answer, context),
    usage: {
      input_tokens: answer.promptTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: answer.completionTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: answer.promptTokens + answer.completionTokens,
    },
  };
}

/** Id of an answer as responses write it. */
function responseId(id: string): string {
  return `resp_${id}`;
}

/** Id of the message of an answer. */
export function messageId(id: string): string {
  return `msg_${id}`;
}

/** What a response says from its beginning. */
export function responseHead(id: string, { model, created, request }: ResponseContext): Json {
  return {
    ...{
      id: responseId(id),
      object: 'response',
      created_at: created,
      model,
      error: null,
      incomplete_details: null,
    },
    instructions: request.instructions ?? null,
    previous_response_id: request.previous_response_id ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    ...{ metadata: {}, parallel_tool_calls: true, store: false, truncation: 'disabled', reasoning: null },
    ...{ temperature: request.temperature ?? 1, top_p: request.top_p ?? 1 },
    ...{ tools: request.tools ?? [], tool_choice: request.tool_choice ?? 'auto', text: { format: { type: 'text' } } },
  };
}

/** The text of an answer, where there is any, and its calls. */
export function outputItems(answer: PolicyAnswer, { request, tokenizer }: ResponseContext): readonly Json[] {
  const choice = answer.choices[0]!;
  const { content: text, toolCalls = [] } = choice.message;
  const withLogProbs = request.include?.includes('message.output_text.logprobs') === true;
  const part = {
    type: 'output_text',
    text,
    annotations: [],
    ...(withLogProbs && { logprobs: tokenLogProbs(choice, tokenizer) }),
  };
  const status = choice.stopReason === 'length' ? 'incomplete' : 'completed';
  const message = { id: messageId(answer.id), type: 'message', role: 'assistant', status, content: [part] };
  return [
    ...(text === '' && toolCalls.length > 0 ? [] : [message]),
    ...toolCalls.map(({ id, function: { name, arguments: given } }, index) => ({
      ...{
        id: `fc_${answer.id}_${index}`,
        type: 'function_call',
        status: 'completed',
        call_id: id,
        name,
        arguments: given,
      },
    })),
  ];
}
