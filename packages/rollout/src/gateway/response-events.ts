import type { AnswerEvents } from './event-stream.ts';
import { pieces } from './pieces.ts';
import { type Json, messageId, outputItems, type ResponseContext, responseHead, responseObject } from './responses.ts';

/** Responses as events. */
export function createResponseEvents(context: ResponseContext): AnswerEvents {
  let sequence = 0;
  let hasBegun = false;
  let written = '';
  let isMessageBegun = false;
  const event = (type: string, rest: Json): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...rest })}\n\n`;

  function* begin(id: string): Generator<string, void, undefined> {
    if (hasBegun) return;
    hasBegun = true;
    const response = { ...responseHead(id, context), status: 'in_progress', output: [], usage: null };
    yield event('response.created', { response });
    yield event('response.in_progress', { response });
  }
  // The text of an answer is its first item.
  function* text(id: string, deltas: readonly string[]): Generator<string, void, undefined> {
    const item = { id: messageId(id), type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    const place = { item_id: item.id, output_index: 0 };
    const part = { ...place, content_index: 0 };
    if (!isMessageBegun) {
      isMessageBegun = true;
      yield event('response.output_item.added', { ...place, item });
      const empty = { type: 'output_text', text: '', annotations: [] };
      yield event('response.content_part.added', { ...part, part: empty });
    }
    for (const delta of deltas) yield event('response.output_text.delta', { ...part, delta, logprobs: [] });
  }

  return {
    *part({ id, text: delta }) {
      if (delta === '') return;
      yield* begin(id);
      yield* text(id, [delta]);
      written += delta;
    },
    *end(answer) {
      yield* begin(answer.id);
      for (const [index, item] of outputItems(answer, context).entries()) {
        const place = { item_id: item['id'], output_index: index };
        if (item['type'] === 'message') {
          const [whole] = item['content'] as [{ readonly text: string; readonly logprobs?: unknown }];
          const part = { ...place, content_index: 0 };
          yield* text(answer.id, pieces(whole.text.slice(written.length)));
          yield event('response.output_text.done', { ...part, text: whole.text, logprobs: whole.logprobs ?? [] });
          yield event('response.content_part.done', { ...part, part: whole });
        } else {
          const given = item['arguments'] as string;
          const begun = { ...item, status: 'in_progress', arguments: '' };
          yield event('response.output_item.added', { ...place, item: begun });
          for (const delta of pieces(given)) yield event('response.function_call_arguments.delta', { ...place, delta });
          yield event('response.function_call_arguments.done', { ...place, name: item['name'], arguments: given });
        }
        yield event('response.output_item.done', { ...place, item });
      }
      const response = responseObject(answer, context);
      yield event(`response.${String(response['status'])}`, { response });
    },
    *fail(error) {
      // Some clients look for the error within, others beside its type.
      const { code, message, param } = error;
      yield event('error', { code, message, param, error });
    },
  };
}
