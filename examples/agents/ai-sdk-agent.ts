import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';

/** Finds out what is in a box: it looks into it with a tool, then says what it saw. Knows nothing of training. */
export async function whatIsIn(
  box: string,
  boxes: Readonly<Record<string, string>>,
  endpoint: { readonly baseURL: string; readonly apiKey: string; readonly signal: AbortSignal },
): Promise<string> {
  const { signal, ...connection } = endpoint;
  const provider = createOpenAICompatible({ name: 'policy', ...connection });
  const { text } = await generateText({
    model: provider('policy'),
    prompt: box,
    tools: {
      look: tool({
        description: 'Looks into a box.',
        inputSchema: z.object({ box: z.string() }),
        execute: ({ box: opened }) => boxes[opened] ?? 'none',
      }),
    },
    stopWhen: stepCountIs(2),
    abortSignal: signal,
  });
  return text;
}
