import { RlloomError } from '@rlloom/spec';
import { type JsonServer, requestObject } from './json-server.ts';
import { asArray, asObject, type Json } from './read-answer.ts';
import type { InspectCall } from './server-protocol.ts';

/** What `/v1/models` tells of a model. */
export interface ModelFacts {
  readonly model: string;
  readonly maxSequenceLength: number;
  /** As the server wrote it. */
  readonly card: Json;
}

/**
 * The model of a server, by OpenAI's list of models and what servers write beside it.
 *
 * @throws RlloomError kind `rollout` for a model the server does not have, or a length that nobody tells
 */
export async function inspectModels(server: JsonServer, call: InspectCall): Promise<ModelFacts> {
  const answer = await requestObject(server, { ...call, method: 'GET', path: '/v1/models' });
  const cards = asArray(answer['data'], 'list of models').map((card) => asObject(card, 'model'));
  const card = call.model === null ? cards[0] : cards.find(({ id }) => id === call.model);
  if (card === undefined) {
    throw new RlloomError('rollout', {
      what: `the server at ${server.url} has no model ${call.model ?? ''}`.trimEnd(),
      where: 'rollout.engine.model',
      fix: `choose one of: ${cards.map(({ id }) => String(id)).join(', ')}`,
    });
  }
  const meta = typeof card['meta'] === 'object' && card['meta'] !== null ? (card['meta'] as Json) : {};
  const told = [card['max_model_len'], meta['n_ctx'], meta['n_ctx_train']].find((value) => typeof value === 'number');
  const maxSequenceLength = call.maxSequenceLength ?? told;
  if (typeof maxSequenceLength !== 'number') {
    throw new RlloomError('rollout', {
      what: `the server at ${server.url} does not tell how long its sequences may be`,
      where: 'rollout.engine.max_sequence_length',
      fix: 'set it to the context length the server was started with',
    });
  }
  return { model: String(card['id']), maxSequenceLength, card };
}
