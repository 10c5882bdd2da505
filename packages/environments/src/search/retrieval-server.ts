import { RlloomError } from '@rlloom/spec';
import fastify from 'fastify';
import MiniSearch from 'minisearch';
import { type RetrievalDocument, retrievalRequest } from './retrieval-protocol.ts';

/** Options of a local retrieval service. */
export interface RetrievalServerOptions {
  readonly documents: readonly RetrievalDocument[];
  /** Default `127.0.0.1` */
  readonly host?: string;
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Documents per query where a request does not say. Default 3 */
  readonly topK?: number;
}

/** A running retrieval service. */
export interface RetrievalServer {
  /** `http://host:port/retrieve` */
  readonly url: string;
  /** Ends it; safe to call twice. */
  close(): Promise<void>;
}

/**
 * A retrieval service in Search-R1's protocol over documents in memory, ranked by BM25+ (minisearch, whole words
 * without regard to case): no embeddings, no GPU.
 *
 * @throws RlloomError kind `data` for two documents with one id, `rollout` when it cannot listen
 */
export async function startRetrievalServer(options: RetrievalServerOptions): Promise<RetrievalServer> {
  const { documents, host = '127.0.0.1', port = 0, topK = 3 } = options;
  const byId = new Map(documents.map((document) => [document.id, document]));
  if (byId.size < documents.length) {
    throw new RlloomError('data', {
      what: `${documents.length - byId.size} documents share an id with another`,
      fix: 'give every document an id of its own',
    });
  }
  const index = new MiniSearch<RetrievalDocument>({ fields: ['contents'] });
  index.addAll([...documents]);

  const find = (query: string, limit: number): { readonly document: RetrievalDocument; readonly score: number }[] =>
    index
      .search(query)
      // Equal scores in the order of the ids, so that answers are the same everywhere.
      .sort((one, other) => other.score - one.score || (String(one.id) < String(other.id) ? -1 : 1))
      .slice(0, limit)
      .map(({ id, score }) => ({ document: byId.get(String(id)) as RetrievalDocument, score }));

  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/health', async () => ({ documents: documents.length }));
  server.post('/retrieve', async (request, reply) => {
    const parsed = retrievalRequest.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send({ error: parsed.error.issues[0]?.message ?? 'not valid' });
    const { queries, topk, return_scores: withScores } = parsed.data;
    const found = queries.map((query) => find(query, topk ?? topK));
    return { result: withScores === true ? found : found.map((each) => each.map(({ document }) => document)) };
  });
  try {
    const address = await server.listen({ host, port });
    return { url: `${address}/retrieve`, close: () => server.close() };
  } catch (error) {
    await server.close();
    throw new RlloomError('rollout', {
      what: `the retrieval service cannot listen: ${error instanceof Error ? error.message : String(error)}`,
      where: `${host}:${port}`,
      fix: 'choose another port, or 0 for one that is free',
      cause: error,
    });
  }
}
