import type { Message } from '@rlloom/spec';
import { z } from 'zod';
import type { EndpointConfig } from './endpoint.config.ts';
import { type JudgeAnswer, type JudgeAskOptions, JudgeFailure } from './judge-model.ts';

/** The body of a chat completion request. */
export function completionBody(
  messages: readonly Message[],
  options: JudgeAskOptions,
  config: EndpointConfig,
): Readonly<Record<string, unknown>> {
  const { maxTokens, temperature, seed, responseSchema } = options;
  return {
    model: config.model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    [config.tokenLimitField]: maxTokens,
    ...(temperature !== null && { temperature }),
    ...(seed !== null && { seed }),
    ...(responseSchema !== undefined && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'judgement', strict: true, schema: responseSchema },
      },
    }),
    ...config.extraBody,
  };
}

const textPart = z.looseObject({ type: z.string(), text: z.string().optional() });

const completion = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: z.union([z.string(), z.array(textPart)]).nullish(),
          refusal: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .looseObject({
      prompt_tokens: z.int().nonnegative().nullish(),
      completion_tokens: z.int().nonnegative().nullish(),
    })
    .nullish()
    .catch(null),
});

/**
 * The first choice of a chat completion.
 *
 * @throws JudgeFailure `answer` for text that is none, for a refusal, and for an empty message
 */
export function readCompletion(text: string): JudgeAnswer {
  const read = completion.safeParse(parseJson(text));
  if (!read.success) throw new JudgeFailure('answer', `the answer is no chat completion: ${excerpt(text)}`);
  const { choices, usage } = read.data;
  const { content, refusal } = choices[0]!.message;
  const written = typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');
  if (written.trim() === '') {
    throw new JudgeFailure(
      'answer',
      refusal == null ? 'the answer is empty' : `the judge refuses: ${excerpt(refusal)}`,
    );
  }
  return {
    text: written,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The beginning of a text, on one line. */
export function excerpt(text: string): string {
  const line = text.slice(0, 400).replace(/\s+/g, ' ').trim();
  return line === '' ? 'nothing' : line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
