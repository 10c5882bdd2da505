import { setTimeout as sleep } from 'node:timers/promises';
import { RlloomError, type Tool } from '@rlloom/spec';
import { z } from 'zod';
import { defineTool } from '../tools/define-tool.ts';
import { retrievalResponse } from './retrieval-protocol.ts';

/** Options of the search tool. */
export interface SearchToolOptions {
  /** Address of the retrieval service, `/retrieve` included, e.g. `http://127.0.0.1:8000/retrieve`. */
  readonly url: string;
  /** Documents per query. Default 3 */
  readonly topK?: number;
  /** Tries of one search. Default 3 */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubled before each further one. Default 500 */
  readonly retryDelayMs?: number;
}

/**
 * `search`: asks a retrieval service in Search-R1's protocol, and answers the documents, each with its title. A service
 * that is busy or away (429, 5xx, no connection) is asked again.
 */
export function searchTool(options: SearchToolOptions): Tool {
  return defineTool({
    name: 'search',
    description: 'Searches a collection of documents.',
    parameters: z.object({
      query_list: z.array(z.string().min(1)).min(1).max(16).describe('what to search for; several queries at once'),
    }),
    async execute({ query_list: queries }, { signal }) {
      const { result } = await retrieve(options, queries, signal);
      const found = result.reduce((sum, documents) => sum + documents.length, 0);
      return {
        content: result.map(shown).join('\n---\n') || 'No documents were found.',
        metrics: { queries: queries.length, documents: found },
      };
    },
  });
}

type Retrieved = z.infer<typeof retrievalResponse>;

// As Search-R1 shows documents to the policy.
function shown(documents: Retrieved['result'][number]): string {
  if (documents.length === 0) return 'No documents were found.';
  return documents
    .map((entry, index) => {
      const { contents } = 'document' in entry ? (entry.document as { readonly contents: string }) : entry;
      const [title = '', ...lines] = String(contents).split('\n');
      return `Doc ${index + 1} (Title: ${title})\n${lines.join('\n')}`.trim();
    })
    .join('\n\n');
}

async function retrieve(
  { url, topK = 3, attempts = 3, retryDelayMs = 500 }: SearchToolOptions,
  queries: readonly string[],
  signal: AbortSignal,
): Promise<Retrieved> {
  let problem = '';
  let cause: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await sleep(retryDelayMs * 2 ** (attempt - 1), undefined, { signal });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ queries, topk: topK, return_scores: true }),
        signal,
      });
      const text = await response.text();
      if (response.ok) return retrievalResponse.parse(JSON.parse(text));
      problem = `it answered ${response.status}: ${text.slice(0, 200)}`;
      if (response.status !== 429 && response.status < 500) break;
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      problem = reason instanceof Error ? reason.message || reason.name : String(reason);
      cause = error;
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        problem = 'its answer is not one of a retrieval service';
        break;
      }
    }
  }
  throw new RlloomError('rollout', {
    what: `the search failed: ${problem}`,
    where: url,
    fix: 'see whether a retrieval service runs there',
    cause,
  });
}
