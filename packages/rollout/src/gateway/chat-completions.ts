import type { Tokenizer } from '@rlloom/spec';
import { z } from 'zod';
import type { PolicyAnswer, PolicyCall, PolicyChoice } from './answer-call.ts';
import { chatTool, checkedChoices, commonParameters, refuseUnknown, showsTools, toToolSchema } from './call-schemas.ts';
import type { GatewayConfig } from './gateway.config.ts';
import { chatMessage, toMessage } from './message-schemas.ts';
import { unsupported } from './openai-error.ts';

/** What `POST /v1/chat/completions` takes. */
export const chatRequest = z.looseObject({
  ...commonParameters,
  messages: z.array(chatMessage).min(1),
  tools: z.array(chatTool).nullish(),
  tool_choice: z.unknown().optional().describe('auto or none'),
  n: z.int().positive().nullish().describe('answers; each begins a branch of the session'),
  stop: z.union([z.string().min(1), z.array(z.string().min(1))]).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  seed: z.int().nullish().describe('in a session each call has a seed of its own'),
  logprobs: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish().describe('only text'),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish().describe('further variables of the chat template'),
});

/** What `POST /v1/chat/completions` takes. */
export type ChatRequest = z.infer<typeof chatRequest>;

/**
 * The call of a request.
 *
 * @throws OpenAiError for what cannot be honoured
 */
export function callOfChat(body: ChatRequest, config: GatewayConfig): PolicyCall {
  const { response_format: format, top_logprobs: alternatives } = body;
  if (format != null && format.type !== 'text') {
    throw unsupported('response_format', `${format.type} is not supported: sampling is not constrained`);
  }
  if (alternatives != null && alternatives > 0)
    throw unsupported('top_logprobs', 'engines give the sampled token only');
  refuseUnknown(body, { frequency_penalty: 0, presence_penalty: 0, logit_bias: null, functions: null, audio: null });
  const tools = showsTools(body.tool_choice) ? (body.tools ?? []) : [];
  return {
    messages: body.messages.map(toMessage),
    tools: tools.map(({ function: { name, ...given } }) => toToolSchema(name, given)),
    templateVariables: body.chat_template_kwargs ?? {},
    choices: checkedChoices(body.n ?? 1, config),
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    maxNewTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    seed: body.seed ?? undefined,
  };
}

/** What an answer is written with. */
export interface ChatAnswerContext {
  readonly model: string;
  readonly created: number;
  readonly withLogProbs: boolean;
  readonly tokenizer: Pick<Tokenizer, 'tokenText'>;
}

/** An answer as a chat completion. */
export function chatCompletion(answer: PolicyAnswer, context: ChatAnswerContext): Record<string, unknown> {
  return {
    id: chatId(answer.id),
    object: 'chat.completion',
    created: context.created,
    model: context.model,
    choices: answer.choices.map((choice, index) => ({
      index,
      message: { role: 'assistant', ...contentOf(choice), refusal: null },
      logprobs: context.withLogProbs ? { content: tokenLogProbs(choice, context.tokenizer), refusal: null } : null,
      finish_reason: finishReason(choice),
    })),
    usage: usageOf(answer),
  };
}

/** Id of an answer as chat completions write it. */
export function chatId(id: string): string {
  return `chatcmpl-${id}`;
}

/** Log-probs of sampled tokens, in OpenAI's shape. */
export function tokenLogProbs(
  { tokens, logProbs }: { readonly tokens: ArrayLike<number>; readonly logProbs: ArrayLike<number> },
  tokenizer: Pick<Tokenizer, 'tokenText'>,
): Record<string, unknown>[] {
  return Array.from(tokens, (id, index) => {
    const token = tokenizer.tokenText(id);
    return { token, logprob: logProbs[index]!, bytes: [...Buffer.from(token)], top_logprobs: [] };
  });
}

function contentOf({ message: { content, toolCalls } }: PolicyChoice): Record<string, unknown> {
  return toolCalls === undefined ? { content } : { content: content === '' ? null : content, tool_calls: toolCalls };
}

/** Why an answer ended, in OpenAI's words. */
export function finishReason({ message, stopReason }: Pick<PolicyChoice, 'message' | 'stopReason'>): string {
  if (stopReason === 'length') return 'length';
  return message.toolCalls === undefined ? 'stop' : 'tool_calls';
}

/** Tokens of an answer, in OpenAI's words. */
export function usageOf({ promptTokens, completionTokens }: PolicyAnswer): Record<string, number> {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
