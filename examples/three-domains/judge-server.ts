import type { AddressInfo } from 'node:net';
import type { Message, RolloutEngine, Tokenizer } from '@rlloom/spec';
import { fastify } from 'fastify';

interface CompletionBody {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** An OpenAI-compatible endpoint. */
interface JudgeServer {
  /** As `base_url` wants it. */
  readonly baseUrl: string;
  /** Judgements written so far. */
  answered(): number;
  close(): Promise<void>;
}

/** Puts an engine behind `POST /v1/chat/completions` on this machine: one choice, no streaming. */
export async function serveJudge(name: string, engine: RolloutEngine, tokenizer: Tokenizer): Promise<JudgeServer> {
  const server = fastify();
  let answered = 0;
  // The engine generates one batch at a time.
  let last: Promise<unknown> = Promise.resolve();
  server.post<{ Body: CompletionBody }>('/v1/chat/completions', async ({ body }, reply) => {
    const promptTokens = tokenizer.encodeChat(body.messages, { addGenerationPrompt: true });
    const { max_tokens: maxNewTokens = 24, temperature = 0, seed = 0 } = body;
    const room = engine.capabilities.maxSequenceLength - promptTokens.length;
    if (room < 1) return reply.code(400).send({ error: { message: 'the prompt is too long' } });
    const sampling = { temperature, topK: 0, topP: 1, minP: 0, maxNewTokens: Math.min(maxNewTokens, room) };
    const work = last.then(() => engine.generate([{ promptTokens, sampling, seed }]));
    last = work.catch(() => undefined);
    const [result] = await work;
    const { tokens, stopReason } = result!;
    answered++;
    const content = tokenizer.decode(tokens, { skipSpecialTokens: true });
    return {
      ...{ id: `chatcmpl-${answered}`, object: 'chat.completion', created: 0, model: name },
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
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, answered: () => answered, close: () => server.close() };
}
