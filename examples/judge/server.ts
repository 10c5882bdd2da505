import type { Message, RolloutEngine, Tokenizer } from '@rlloom/spec';
import { fastify, type FastifyInstance } from 'fastify';

interface CompletionBody {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly response_format?: unknown;
}

/**
 * The least that makes an engine an OpenAI-compatible endpoint: `POST /v1/chat/completions`, one choice, no streaming. It knows no
 * `response_format` and says so, as many servers do.
 */
export function completionServer(name: string, engine: RolloutEngine, tokenizer: Tokenizer): FastifyInstance {
  const server = fastify();
  server.post<{ Body: CompletionBody }>('/v1/chat/completions', async ({ body }, reply) => {
    if (body.response_format !== undefined) {
      return reply.code(400).send({ error: { message: 'response_format is not supported' } });
    }
    const promptTokens = tokenizer.encodeChat(body.messages, { addGenerationPrompt: true });
    const { max_tokens: maxNewTokens = 16, temperature = 1, seed = 0 } = body;
    const room = engine.capabilities.maxSequenceLength - promptTokens.length;
    if (room < 1) return reply.code(400).send({ error: { message: 'the prompt is too long' } });
    const sampling = { temperature, topK: 0, topP: 1, minP: 0, maxNewTokens: Math.min(maxNewTokens, room) };
    const [result] = await engine.generate([{ promptTokens, sampling, seed }]);
    const { tokens, stopReason } = result!;
    const content = tokenizer.decode(tokens, { skipSpecialTokens: true });
    return {
      ...{ id: `chatcmpl-${seed}`, object: 'chat.completion', created: 0, model: name },
      choices: [
        {
          ...{ index: 0, finish_reason: stopReason === 'length' ? 'length' : 'stop' },
          message: { role: 'assistant', content },
        },
      ],
      usage: {
        prompt_tokens: promptTokens.length,
        completion_tokens: tokens.length,
        total_tokens: promptTokens.length + tokens.length,
      },
    };
  });
  return server;
}
