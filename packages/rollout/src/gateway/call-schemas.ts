import type { ToolSchema } from '@rlloom/spec';
import { z } from 'zod';
import type { GatewayConfig } from './gateway.config.ts';
import { OpenAiError, unsupported } from './openai-error.ts';

/** Parameters that chat completions and responses share. */
export const commonParameters = {
  model: z.string().optional().describe('any name: there is one model'),
  temperature: z.number().min(0).nullish().describe('0 = greedy; in a session the trainer says it'),
  top_p: z.number().gt(0).max(1).nullish().describe('in a session the trainer says it'),
  stream: z.boolean().nullish().describe('answer by server-sent events'),
  top_logprobs: z.int().min(0).nullish(),
};

/** What of the shared parameters can be honoured. */
export function checkedChoices(choices: number, { maxChoices }: GatewayConfig): number {
  if (choices <= maxChoices) return choices;
  throw new OpenAiError(400, {
    message: `n is ${choices} and may be ${maxChoices}`,
    code: 'too_many_choices',
    param: 'n',
  });
}

/** Whether tools are shown to the model. Nothing can make it call one. */
export function showsTools(choice: unknown): boolean {
  if (choice == null || choice === 'auto') return true;
  if (choice === 'none') return false;
  throw unsupported('tool_choice', 'only auto and none are supported: sampling is not constrained');
}

/** Refuses what would change what is sampled, or what is answered, and is not known here. */
export function refuseUnknown(
  body: Readonly<Record<string, unknown>>,
  harmless: Readonly<Record<string, unknown>>,
): void {
  for (const [param, neutral] of Object.entries(harmless)) {
    const value = body[param];
    if (value == null || value === neutral) continue;
    if (typeof value === 'object' && Object.keys(value).length === 0) continue;
    throw unsupported(param, 'is not supported');
  }
}

/** A tool of chat completions. */
export const chatTool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** A tool as chat templates know it. */
export function toToolSchema(
  name: string,
  given: Pick<z.infer<typeof chatTool>['function'], 'description' | 'parameters'>,
): ToolSchema {
  const { description, parameters } = given;
  return {
    type: 'function',
    function: { name, description: description ?? '', parameters: parameters ?? { type: 'object', properties: {} } },
  };
}
