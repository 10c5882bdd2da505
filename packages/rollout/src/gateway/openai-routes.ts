import type { FastifyRequest } from 'fastify';
import { callOfChat, chatCompletion, chatRequest } from './chat-completions.ts';
import { createChatEvents } from './chat-events.ts';
import { sendEvents } from './event-stream.ts';
import { conversationOfAnswer, type GatewayService, type ZodApp } from './gateway-service.ts';
import { createResponseEvents } from './response-events.ts';
import { callOfResponses, responseObject, responsesRequest } from './responses.ts';
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
      const session = sessionOf(request, service);
      const context = {
        ...{ model: body.model ?? config.modelName, created: now(), tokenizer },
        withLogProbs: body.logprobs === true,
      };
      const call = () => callOfChat(body, config);
      if (body.stream !== true) {
        return reply.send(chatCompletion(await service.answer(call, { session, reply }), context));
      }
      const includeUsage = body.stream_options?.include_usage === true;
      return sendEvents(reply, createChatEvents({ ...context, includeUsage }), (onPart) =>
        service.answer(call, { session, reply, onPart }),
      );
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
      const context = { model: body.model ?? config.modelName, created: now(), request: body, tokenizer };
      if (body.stream !== true) {
        return reply.send(responseObject(await service.answer(call, { session, reply }), context));
      }
      return sendEvents(reply, createResponseEvents(context), (onPart) =>
        service.answer(call, { session, reply, onPart }),
      );
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

/** Seconds since the epoch, as OpenAI counts. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
