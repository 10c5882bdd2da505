import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callOfChat, chatChunks, chatCompletion, chatRequest } from './chat-completions.ts';
import { conversationOfAnswer, type GatewayService, type ZodApp } from './gateway-service.ts';
import { callOfResponses, responseEvents, responseObject, responsesRequest } from './responses.ts';
import type { Session } from './session.ts';

/** Adds OpenAI's endpoints. Below a path with `rolloutId` and `attempt` they belong to that session. */
export function addOpenAiRoutes(app: ZodApp, service: GatewayService): void {
  const { tokenizer, config } = service;
  const startedAt = now();
  app.post(
    '/chat/completions',
    { schema: { summary: 'A chat completion, streamed or not', body: chatRequest } },
    async (request, reply) => {
      const { body } = request;
      const answer = await service.answer(() => callOfChat(body, config), {
        session: sessionOf(request, service),
        reply,
      });
      const context = {
        ...{ model: body.model ?? config.modelName, created: now(), tokenizer },
        withLogProbs: body.logprobs === true,
      };
      if (body.stream !== true) return reply.send(chatCompletion(answer, context));
      const includeUsage = body.stream_options?.include_usage === true;
      return sendEvents(reply, chatLines(chatChunks(answer, { ...context, includeUsage })));
    },
  );
  app.post(
    '/responses',
    { schema: { summary: 'A response, streamed or not', body: responsesRequest } },
    async (request, reply) => {
      const { body } = request;
      const session = sessionOf(request, service);
      const { previous_response_id: previousId } = body;
      const call = () => callOfResponses(body, previousId == null ? [] : conversationOfAnswer(session, previousId));
      const answer = await service.answer(call, { session, reply });
      const context = { model: body.model ?? config.modelName, created: now(), request: body, tokenizer };
      if (body.stream !== true) return reply.send(responseObject(answer, context));
      return sendEvents(reply, eventLines(responseEvents(answer, context)));
    },
  );
  app.get('/models', { schema: { summary: 'The one model there is' } }, () => ({
    object: 'list',
    data: [{ id: config.modelName, object: 'model', created: startedAt, owned_by: 'rlloom' }],
  }));
}

function sessionOf(request: FastifyRequest, { sessions }: GatewayService): Session | undefined {
  const { rolloutId, attempt } = request.params as { readonly rolloutId?: string; readonly attempt?: string };
  return rolloutId === undefined || attempt === undefined ? undefined : sessions.take(rolloutId, attempt);
}

function sendEvents(reply: FastifyReply, lines: Iterable<string>): FastifyReply {
  return reply.header('cache-control', 'no-cache').type('text/event-stream').send(Readable.from(lines));
}

function* chatLines(chunks: Iterable<object>): Generator<string, void, undefined> {
  for (const chunk of chunks) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield 'data: [DONE]\n\n';
}

function* eventLines(events: Iterable<Record<string, unknown>>): Generator<string, void, undefined> {
  for (const event of events) yield `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Seconds since the epoch, as OpenAI counts. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
